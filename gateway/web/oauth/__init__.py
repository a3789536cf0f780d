"""The doors of the authorization server: what programs and people ask there, and how they are answered."""
