"""The key or certificate that a token is bound to: whoever uses it proves that they hold it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self, cast

Kind = Literal["jkt", "x5t#S256"]
KINDS: Final = ("jkt", "x5t#S256")
PROOF_ALGORITHMS: Final = ("ES256", "PS256", "EdDSA", "Ed25519")
"""By which keys prove themselves: those of the FAPI 2.0 Security Profile, 5.4.1, and RFC 9864's name of the last."""

# SHA-256 in base64url: 43 characters, of which the last has two unused bits.
_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]")


@dataclass(frozen=True, slots=True)
class Confirmation:
    """``jkt`` is the thumbprint of a DPoP key (RFC 9449, 6.1), ``x5t#S256`` that of a certificate (RFC 8705, 3.1)."""

    kind: Kind
    value: str

    @classmethod
    def of_claim(cls, cnf: object) -> Self:
        """What a ``cnf`` claim names; raises ``ValueError`` unless it is exactly one thumbprint of a kind we know."""
        if not is_claim(cnf):
            raise ValueError("cnf")
        ((kind, value),) = cast(Mapping[Kind, str], cnf).items()
        return cls(kind, value)

    @property
    def claim(self) -> dict[str, str]:
        """The ``cnf`` claim (RFC 7800)."""
        return {self.kind: self.value}


def is_claim(cnf: object) -> bool:
    """Whether it is a ``cnf`` claim of one thumbprint; with two, who holds one of them would pass for both."""
    if not isinstance(cnf, dict) or len(cnf) != 1:
        return False
    ((kind, value),) = cnf.items()
    return kind in KINDS and is_thumbprint(value)


def is_thumbprint(value: object) -> bool:
    """Whether it is a SHA-256 in base64url, as its own encoder writes it."""
    return isinstance(value, str) and _THUMBPRINT.fullmatch(value) is not None
