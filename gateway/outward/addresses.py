"""Which addresses of strangers may be spoken to: judged when they are given, and again when a connection is made.

The table of networks is our own: libraries disagree about shared, translated and reserved ones.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from gateway.errors import InvalidInput

LONGEST: Final = 2048
PORTS: Final = frozenset({443, 8443})
"""What an address of a stranger may name; whatever else listens on a machine does not expect us."""

_PLAIN: Final = re.compile(r"https?://[!#-;=?-\[\]_a-zA-Z~]+")
_NAME: Final = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]\.?")
_DENIED_4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared (RFC 6598), and a cloud's metadata
            "127.0.0.0/8",  # this machine
            "169.254.0.0/16",  # link-local, and the clouds' metadata
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments, and a cloud's metadata
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # relays to IPv6
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
_GLOBAL_6: Final = ipaddress.IPv6Network("2000::/3")
# Of the global part: what hides an IPv4 address, documentation, and assignments to protocols.
_DENIED_6: Final = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))


@dataclass(frozen=True, slots=True)
class Allowed:
    """An exception: a network, and the ports of it, that may be spoken to all the same, without TLS too."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network
    ports: frozenset[int] = frozenset()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Of ``127.0.0.1/32`` or ``127.0.0.1/32 port 7301``, without a port all of them; raises ``ValueError``."""
        network, _, port = text.partition(" port ")
        return cls(ipaddress.ip_network(network), frozenset({int(port)}) if port else frozenset())

    def covers(self, address: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> bool:
        """Whether the address and port are of the exception."""
        return address in self.network and (not self.ports or port in self.ports)


class Outward:
    """The judge; ``allowed`` are its exceptions, of which a demo and tests have some and production none."""

    def __init__(self, allowed: Sequence[Allowed] = ()) -> None:
        self._allowed = tuple(allowed)

    def check(self, url: str, field: str) -> str:
        """``url`` itself; raises ``InvalidInput`` with ``address_refused`` naming the field."""
        if len(url) > LONGEST or not _PLAIN.fullmatch(url):
            raise InvalidInput("address_refused", field=field)
        try:
            parts = urlsplit(url)
            default = 443 if parts.scheme == "https" else 80
            host, port = parts.hostname or "", default if parts.port is None else parts.port
        except ValueError:
            raise InvalidInput("address_refused", field=field) from None
        if "@" in parts.netloc or parts.fragment or not self._is_fit(parts.scheme, host, port):
            raise InvalidInput("address_refused", field=field)
        return url

    def may_connect(self, address: str, port: int) -> bool:
        """Whether this very address, to which a name has led, may be spoken to."""
        ip = ipaddress.ip_address(address.partition("%")[0])
        return self._is_allowed(ip, port) or (port in PORTS and _is_public(ip))

    def _is_fit(self, scheme: str, host: str, port: int) -> bool:
        try:
            ip = ipaddress.ip_address(host)
        except ValueError:
            # Decimal, octal and shortened addresses are no names either: a name ends in letters.
            return scheme == "https" and port in PORTS and bool(_NAME.fullmatch(host.lower()))
        return self._is_allowed(ip, port) or (scheme == "https" and self.may_connect(str(ip), port))

    def _is_allowed(self, ip: ipaddress.IPv4Address | ipaddress.IPv6Address, port: int) -> bool:
        return any(each.covers(ip, port) for each in self._allowed)


def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _DENIED_4)
    return ip in _GLOBAL_6 and not any(ip in network for network in _DENIED_6)
