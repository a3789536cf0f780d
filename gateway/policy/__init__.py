"""What a caller may ask, why, and of whom."""
