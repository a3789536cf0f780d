"""``/v1/registry/…``: agencies join, and lead their adapters, by programs and by pages."""
