"""Six national systems and six identity providers on loopback."""
