"""Long texts of the portal, each in both languages."""
