"""The room of Bahrain: JSON behind a signed assertion, money in fils, lists in pages."""
