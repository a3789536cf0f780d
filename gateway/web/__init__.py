"""The doors: thin endpoints that parse, call and render."""
