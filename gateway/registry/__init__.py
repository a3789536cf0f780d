"""Which services there are, which rooms are open, and how they come to be."""
