"""The room of Kuwait: SOAP with Basic authentication, answered later by an authenticated callback."""
