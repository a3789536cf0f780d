"""What a token is bound to, as the rooms below know it too: they make the principal of a bound token."""

from gateway.identity.confirmation import PROOF_ALGORITHMS, Confirmation, is_thumbprint

__all__ = ["PROOF_ALGORITHMS", "Confirmation", "is_thumbprint"]
