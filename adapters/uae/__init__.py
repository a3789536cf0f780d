"""The room of the United Arab Emirates: JSON over HTTP behind OAuth 2.0 client credentials."""
