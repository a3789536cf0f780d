"""Telling people that something has happened, by the channels that they chose."""
