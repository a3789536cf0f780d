"""The stand-ins of the six national identity providers, each speaking its own protocol, quirks included."""
