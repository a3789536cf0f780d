"""The keys that programs prove themselves by: those they uploaded, or those at their own address."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from urllib.parse import urlsplit

import orjson

from gateway.errors import BackendError, ConfigurationError, InvalidClient, ProviderDown
from gateway.identity.providers.oidc.jwks import KeySet, ProviderKeys, read_key_set
from gateway.identity.providers.oidc.kept import Ages, Kept
from gateway.oauth.client import Client
from gateway.resilience.deadline import Deadline
from gateway.sdk.gate import Gate, GateLimits, Response
from gateway.sdk.transport import AddressCheck

SECONDS: Final = 5.0
MOST_PROGRAMS: Final = 512
AGES: Final = Ages(fresh=300.0, longest=3_600.0, cooldown=30.0, pause=5.0)
"""A key that a program took away is believed for five minutes more, and for an hour while its address is down."""

_LIMITS: Final = GateLimits(concurrent=2, queue=16, response_bytes=65_536, attempts=1, timeout=SECONDS)
Fetch = Callable[[str, str], Awaitable[KeySet]]


class ClientKeys:
    """Finds the keys of a program; what is fetched is kept, and asked for anew with a cooldown.

    ``fetch`` gets the key set of the program of that id from that address, and raises ``ProviderError``.
    """

    def __init__(self, fetch: Fetch, ages: Ages = AGES) -> None:
        self._fetch = fetch
        self._ages = ages
        self._kept: OrderedDict[tuple[str, str], ProviderKeys] = OrderedDict()

    def of(self, client: Client) -> ProviderKeys:
        """The program's keys; a registration that changed has new ones. Raises ``InvalidClient`` where it has none."""
        source = client.jwks_uri or orjson.dumps(client.jwks, option=orjson.OPT_SORT_KEYS).decode()
        found = self._kept.get((client.client_id, source))
        if found is None:
            found = ProviderKeys(Kept(client.client_id, self._source(client), self._ages))
            self._kept[client.client_id, source] = found
        self._kept.move_to_end((client.client_id, source))
        if len(self._kept) > MOST_PROGRAMS:
            self._kept.popitem(last=False)
        return found

    def _source(self, client: Client) -> Callable[[], Awaitable[KeySet]]:
        if client.jwks_uri is not None:
            return partial(self._fetch, client.client_id, client.jwks_uri)
        if client.jwks is None:
            raise InvalidClient
        return partial(_uploaded, client.client_id, orjson.dumps(client.jwks))


class KeyFetcher:
    """Gets key sets from programs' addresses: bounded, timed, by TLS, never from an inner address.

    ``may_connect`` judges the very address that a host's name led to, so that no name can change its mind.
    """

    def __init__(self, may_connect: AddressCheck) -> None:
        self._may_connect = may_connect

    async def fetch(self, client_id: str, url: str) -> KeySet:
        """The key set; raises ``ProviderDown`` where there is none to be had."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        try:
            gate = Gate(
                "oauth",
                f"{parts.scheme}://{parts.netloc}",
                _LIMITS,
                endpoint="jwks",
                check_address=self._may_connect,
            )
        except (ConfigurationError, ValueError) as problem:
            raise ProviderDown(provider=client_id) from problem
        try:
            deadline = Deadline.after(SECONDS)
            return await gate.send("GET", path, deadline=deadline, read=read_key_set(client_id))
        except (BackendError, ValueError) as problem:
            raise ProviderDown(provider=client_id) from problem
        finally:
            # Asked once in minutes: a connection that is kept would only be kept from others.
            await gate.close()


async def _uploaded(client_id: str, body: bytes) -> KeySet:
    try:
        return read_key_set(client_id)(Response(200, {}, body))
    except BackendError as problem:
        raise ProviderDown(provider=client_id) from problem
