"""The operators' console: pages on the operators' own port, for those who signed in there with two factors."""
