"""Who is asking, and how sure of it the gateway is."""
