"""The room of Oman: batches of semicolon-separated rows, dropped once and fetched by polling."""
