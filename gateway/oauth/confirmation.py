"""What a token is bound to, as the rooms below know it too: they make the principal of a bound token."""

from gateway.identity.confirmation import Confirmation, is_thumbprint

__all__ = ["Confirmation", "is_thumbprint"]
