"""The room of Qatar: REST that speaks XML, each request with an API key, a timestamp and a signature of its own."""
