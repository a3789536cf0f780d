"""The rooms: one folder a state, of one shape."""
