"""Whose address a request comes from, where a proxy of ours may stand between."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import cast

from aiohttp import web

from gateway.errors import ConfigurationError

HEADER = "X-Forwarded-For"
Network = IPv4Network | IPv6Network
TRUSTED = cast("web.RequestKey[Sequence[Network]]", web.RequestKey("trusted_proxies", tuple))
"""The proxies whose word is believed about who came to them."""


def proxies(setting: Sequence[str]) -> tuple[Network, ...]:
    """The addresses and networks of the setting; raises ``ConfigurationError`` naming it."""
    try:
        return tuple(ip_network(each) for each in setting)
    except ValueError as problem:
        raise ConfigurationError(field="server.trusted_proxies", problem=str(problem)) from problem


def caller_address(request: web.Request) -> str:
    """The address that limits count the request under, as text; empty where there is none."""
    return forwarded_address(request.remote or "", request.headers.getall(HEADER, []), request.get(TRUSTED, ()))


def forwarded_address(peer: str, said: Sequence[str], trusted: Sequence[Network]) -> str:
    """The last address of ``said``, the header's lines, that no trusted proxy has; ``peer`` where there is none.

    Each proxy writes at the end from whom it took the request, so only what trusted ones wrote is read: what stands
    before may be the caller's own invention. ``peer``, the connection's own address, is also what counts when it is
    not trusted itself, or when what it wrote is no address.
    """
    if not is_from(peer, trusted):
        return peer
    for written in reversed([part.strip(" \t") for line in said for part in line.split(",")]):
        address = _parsed(written)
        if address is None:
            return peer
        if not is_from(written, trusted):
            return str(address)
    return peer


def is_from(address: str | None, trusted: Sequence[Network]) -> bool:
    """Whether it is the address of one of those."""
    parsed = _parsed(address or "")
    return parsed is not None and any(parsed in network for network in trusted)


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    try:
        # The name of an interface, which may follow an address, is nothing that another machine can tell.
        address = ip_address(text if "%" not in text else "")
    except ValueError:
        return None
    # A socket that takes both families tells an IPv4 peer as an IPv6 address.
    return getattr(address, "ipv4_mapped", None) or address
