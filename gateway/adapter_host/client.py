"""The gateway's side of a host: a national system, lookups and procedures like those of a room in the house."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from gateway.adapter_host.applying import HostProcedure
from gateway.adapter_host.keys import Signer, read_keys
from gateway.adapter_host.link import Exchange, Link, exchanged, written
from gateway.adapter_host.messages import content_digest
from gateway.adapter_host.protocol import JSON, About, Records
from gateway.errors import BackendGarbled
from gateway.resilience.deadline import Deadline
from gateway.schema.country import Country
from gateway.schema.records import AnyRecord
from gateway.schema.source import Source
from gateway.sdk.adapter import Ask, Lookup, NationalSystem
from gateway.sdk.connection import Connection
from gateway.sdk.procedure import Procedure

ENDPOINT: Final = "host"
"""The endpoint on the name plate at which the host is."""

AHEAD: Final = timedelta(seconds=90)
"""By how much a host's clock may be ahead of ours."""

Kind = Literal["lookup", "procedure"]


class HostSystem(NationalSystem):
    """A national system behind a host; ``link`` is how the two sides know each other."""

    def __init__(self, connection: Connection, signer: Signer, keys: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(connection)
        self.gate = connection.gate(ENDPOINT)
        self.link = Link(self.gate.base, signer, read_keys(keys, "host.keys"), connection.clock)

    async def about(self, deadline: Deadline) -> About:
        """What the host says that it is; raises ``BackendError``."""
        return await exchanged(self.gate, Exchange(self.link, "GET", "/about", deadline), About, deadline)


class HostLookup(Lookup[HostSystem, tuple[AnyRecord, ...]]):
    """One lookup of a host."""

    def __init__(self, system: HostSystem, service: str) -> None:
        super().__init__(system)
        # One class serves every service, so what other rooms say of a class is said of the object.
        self.service = service  # type: ignore[misc]

    async def fetch(self, ask: Ask) -> tuple[AnyRecord, ...]:
        """The records, checked at the border against the shared schema; what the host tells of is raised."""
        body = written(_question(ask))
        digest = content_digest(body)
        exchange = Exchange(self.system.link, "POST", f"/lookups/{self.service}", ask.deadline, JSON, digest)
        return (await exchanged(self.system.gate, exchange, Records, ask.deadline, body)).records

    def normalise(self, answer: tuple[AnyRecord, ...], ask: Ask) -> Sequence[AnyRecord]:
        """The records, once each says that it comes from the state, agency and adapter that were asked."""
        for record in answer:
            check_source(record.source, ask.source)
        return answer


def check_source(said: Source, asked: Source) -> None:
    """Raises ``BackendGarbled`` where a record claims to come from elsewhere, or from a time that is still to come."""
    if (said.country, said.agency, said.adapter) != (asked.country, asked.agency, asked.adapter):
        raise BackendGarbled(reason="host_source")
    if said.fetched_at > asked.fetched_at + AHEAD:
        raise BackendGarbled(reason="host_source_time")


def build(
    services: Mapping[str, Kind],
    country: Country,
    connection: Connection,
    signer: Signer,
    keys: Sequence[Mapping[str, Any]],
) -> tuple[HostSystem, Mapping[str, HostLookup], Mapping[str, Procedure[Any, Any]]]:
    """A host's system, lookups and procedures, by service; nothing is sent yet.

    ``connection`` has the gate ``host``, whose base is the host's address as it is registered. ``signer`` is the
    gateway's own key, ``keys`` the agency's public JWKs. Raises ``ConfigurationError`` naming what is of no use.
    """
    system = HostSystem(connection, signer, keys)
    lookups = {service: HostLookup(system, service) for service, kind in services.items() if kind == "lookup"}
    procedures = {
        service: HostProcedure(system, system.link, system.gate, service)
        for service, kind in services.items()
        if kind == "procedure"
    }
    return system, lookups, procedures


def _question(ask: Ask) -> Mapping[str, Any]:
    asked = {"subject": ask.subject, "inputs": dict(ask.inputs), "purpose": ask.purpose, "language": ask.language}
    return asked | {"reference": ask.reference, "source": ask.source}
