"""Tokens for programs: who they are, what people let them do, and what they are given for it."""
