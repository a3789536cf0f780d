"""Which addresses a provider may send the gateway to."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

LONGEST: Final = 2048
_PLAIN: Final = re.compile(r"https?://[!#-;=?-\[\]_a-z~]+")
# The doors that clouds open to their own machines (AWS, Alibaba, Oracle), beside the link-local one.
_METADATA: Final = frozenset(map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "192.0.0.192")))


class UnfitAddressError(ValueError):
    """An address that nobody may be sent to; its text is a keyword for the log."""


def check_address(url: object, issuer: str, *, query: bool = True) -> str:
    """``url`` itself; raises ``UnfitAddressError``.

    It must be https; http is for loopback, and loopback for an issuer that is there itself.
    """
    if not isinstance(url, str) or len(url) > LONGEST or not _PLAIN.fullmatch(url):
        raise UnfitAddressError("address_form")
    parts = _split(url)
    if parts.username is not None or parts.password is not None or parts.fragment or (parts.query and not query):
        raise UnfitAddressError("address_form")
    loopback = is_loopback(url)
    if parts.scheme != "https" and not loopback:
        raise UnfitAddressError("address_not_https")
    if loopback and not is_loopback(issuer):
        raise UnfitAddressError("address_loopback")
    try:
        literal = ipaddress.ip_address(str(parts.hostname))
    except ValueError:
        return url
    if not may_connect(str(literal), loopback=loopback):
        raise UnfitAddressError("address_refused")
    return url


def is_loopback(url: str) -> bool:
    """Whether the host is this machine, by address or by the name that always means it."""
    host = str(_split(url).hostname)
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def may_connect(address: str, *, loopback: bool) -> bool:
    """Whether the IP address that a name led to may be spoken to; ``loopback`` says if this machine may.

    Private networks may: a government's provider may well stand in one.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if inner is not None:
            return may_connect(str(inner), loopback=loopback)
    if ip.is_loopback:
        return loopback
    # ``is_reserved`` takes in the translation prefixes that hide an IPv4 address.
    return not (ip.is_link_local or ip.is_unspecified or ip.is_multicast or ip.is_reserved or ip in _METADATA)


def origin_and_path(url: str) -> tuple[str, str]:
    """The part of a checked address that a connection is made to, and what is asked for there."""
    parts = _split(url)
    path = parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", f"{path}?{parts.query}" if parts.query else path


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        if parts.hostname and parts.port != 0:
            return parts
    except ValueError:
        pass
    raise UnfitAddressError("address_form")
