"""A whole gateway on one machine, with invented people to try it as."""
