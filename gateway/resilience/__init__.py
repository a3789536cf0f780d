"""How a call survives what it depends on: deadline, retry, breaker, bulkhead."""
