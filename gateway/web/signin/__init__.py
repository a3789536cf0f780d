"""Signing in through a browser: choosing, waiting, failing, linking, and leaving."""
