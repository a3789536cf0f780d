"""Agencies: who may act for one, and how what it registers comes to be judged, tried and opened."""
