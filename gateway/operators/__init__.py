"""What operators do, each act judged by policy and kept in the ledger."""
