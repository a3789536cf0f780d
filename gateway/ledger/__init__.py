"""What happened: a log of every call that nobody can change quietly."""
