"""Addresses that others give us: judged before anything is sent there."""
