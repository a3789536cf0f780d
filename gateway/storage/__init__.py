"""Where things are kept: SQLite or PostgreSQL, by URL."""
