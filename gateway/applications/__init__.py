"""Applications: what takes days, handed to a state once and followed to its end."""
