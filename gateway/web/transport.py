"""Where callers reach us by TLS, browsers are told to come by nothing else."""

from collections.abc import Mapping

TLS_ALONE = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
"""For a year, and for the names below ours (RFC 6797)."""


def by_tls(public_url: str) -> bool:
    """Whether the address is one of https."""
    return public_url.lower().startswith("https://")


def tls_alone(public_url: str) -> Mapping[str, str]:
    """The header for answers at that address; none where it is plain http, which a browser could not use any more."""
    return TLS_ALONE if by_tls(public_url) else {}
