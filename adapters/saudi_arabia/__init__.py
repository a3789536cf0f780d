"""Saudi Arabia's room: SOAP 1.1 for people, violations and contributions, REST for companies."""
