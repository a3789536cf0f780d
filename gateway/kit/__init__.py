"""The adapter kit: what an adapter is judged by, from its first draft to live."""
