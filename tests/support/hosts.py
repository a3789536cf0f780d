"""A host and a gateway that know each other: keys, certificates, settings, and a host in this process."""

import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.adapter_host import ENDPOINT, HostLookup, HostSystem, build, client_tls
from gateway.adapter_host.keys import HeldSigner
from gateway.adapter_host.protocol import VERSION, About, ServiceOffer
from gateway.adapter_host.running import Hosted, plan, serving
from gateway.adapter_host.settings import load_settings
from gateway.errors import BackendError
from gateway.registry.rooms import Room, gate_limits
from gateway.resilience.deadline import Deadline
from gateway.schema import AnyRecord, Country, NationalIdentifier, Person, Source
from gateway.sdk.adapter import Ask, Lookup, NationalSystem
from gateway.sdk.asking import records_of
from gateway.sdk.connection import Connection
from gateway.sdk.gate import Gate, GateLimits
from gateway.sdk.inbox import Inbox
from gateway.sdk.procedure import Procedure
from tests.support.gates import AT_ONCE, LIMITS
from tests.support.house import ROOT
from tests.support.procedures import Counter
from tests.support.program import free_ports
from tests.support.signing import ed25519

SERVICE = "identity-verification"
AGENCY = "om-rop"
LABEL = "oman@1.0.0"


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Sides:
    """What the two sides hold, in files of ``folder``; each side's certificate is of an authority of its own."""

    folder: Path
    gateway: HeldSigner = field(default_factory=ed25519)
    host: HeldSigner = field(default_factory=ed25519)
    agency: trustme.CA = field(default_factory=trustme.CA)
    programme: trustme.CA = field(default_factory=trustme.CA)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._show("host", self.agency.issue_cert("127.0.0.1", "localhost"))
        self._show("gateway", self.programme.issue_cert(common_name="gateway.example"))
        self.programme.cert_pem.write_to_path(self.folder / "programme.pem")
        self.file("signing.pem").write_bytes(private_pem(self.host))
        self.file("gateway.json").write_text(json.dumps({"keys": [self.gateway.jwk]}))

    def file(self, name: str) -> Path:
        return self.folder / name

    @property
    def authority(self) -> str:
        """The agency's, in PEM."""
        return self.agency.cert_pem.bytes().decode()

    def tls(self) -> ssl.SSLContext:
        """The gateway's, as the agency's hosts are spoken to."""
        return client_tls(self.file("gateway.pem"), self.file("gateway.key"), self.authority)

    def write(self, port: int, *, tls: bool = True, rest: str = "", scheme: str = "", top: str = "") -> Path:
        """The host's settings file; ``rest`` is more of it, ``top`` what comes before its first section."""
        address = f"{scheme or ('https' if tls else 'http')}://127.0.0.1:{port}"
        certificates = (
            '[tls]\ncertificate_file = "host.pem"\nkey_file = "host.key"\nclient_authorities_file = "programme.pem"\n'
        )
        path = self.file("host.toml")
        path.write_text(
            f'adapters = "{ROOT / "adapters"}"\naddress = "{address}"\nsigning_key_file = "signing.pem"\n'
            f'gateway_keys_file = "gateway.json"\n{top}\n{certificates if tls else ""}{rest}'
        )
        return path

    def _show(self, name: str, certificate: trustme.LeafCert) -> None:
        certificate.cert_chain_pems[0].write_to_path(self.file(f"{name}.pem"))
        certificate.private_key_pem.write_to_path(self.file(f"{name}.key"))


def private_pem(signer: HeldSigner) -> bytes:
    """The private half as a file has it."""
    return signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Table(Lookup[NationalSystem, Sequence[AnyRecord]]):
    """A lookup that answers by ``say``, and remembers what it was asked."""

    service = SERVICE

    def __init__(self, say: Callable[[Ask], Awaitable[Sequence[AnyRecord]]]) -> None:
        super().__init__(NationalSystem(Connection({}, {}, Inbox(""), now)))
        self.say = say
        self.asked: list[Ask] = []

    async def fetch(self, ask: Ask) -> Sequence[AnyRecord]:
        self.asked.append(ask)
        return await self.say(ask)

    def normalise(self, answer: Sequence[AnyRecord], ask: Ask) -> Sequence[AnyRecord]:
        return answer


async def somebody(ask: Ask) -> Sequence[AnyRecord]:
    """The person asked for."""
    return [a_person(ask)]


def a_person(ask: Ask, **changes: Any) -> Person:
    """A record about the one who was asked for, invented."""
    document = {
        "source": ask.source.model_dump(mode="json"),
        "identifier": ask.subject.model_dump(mode="json"),
        "names": {"arabic": {"full": "سالم بن حمد"}, "latin": {"full": "Salim bin Hamad"}},
        "standing": "citizen",
        "birth_date": {"date": "1990-02-01", "original": "01/02/1990"},
        **changes,
    }
    return Person.model_validate_json(json.dumps(document))


def an_ask(
    inputs: Mapping[str, Any] | None = None, *, value: str = "08123457", seconds: float = 5.0, service: str = SERVICE
) -> Ask:
    """A question to Oman."""
    moment = now()
    return Ask(
        service=service,
        country=Country.OM,
        subject=NationalIdentifier.parse(Country.OM, value, today=moment.date()),
        inputs=inputs or {},
        purpose="self_service",
        language="en",
        reference="req-1-OM",
        deadline=Deadline.after(seconds),
        source=Source(country=Country.OM, agency=AGENCY, adapter=LABEL, fetched_at=moment),
    )


@dataclass
class Host:
    """A running host, and how a gateway reaches it."""

    sides: Sides
    port: int
    tls: bool

    @property
    def address(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def gate(self, address: str | None = None, limits: GateLimits = LIMITS, **parts: Any) -> AsyncIterator[Gate]:
        """A gate to it, or to ``address``."""
        tls = self.sides.tls() if self.tls else None
        gate = Gate(
            "oman", address or self.address, limits, endpoint=ENDPOINT, **{"tls": tls, "backoff": AT_ONCE, **parts}
        )
        try:
            yield gate
        finally:
            await gate.close()

    @asynccontextmanager
    async def system(
        self, signer: HeldSigner | None = None, keys: Sequence[Mapping[str, Any]] | None = None, **parts: Any
    ) -> AsyncIterator[HostSystem]:
        """The gateway's side of it."""
        async with self.gate(**parts) as gate:
            connection = Connection({ENDPOINT: gate}, {}, Inbox(""), now)
            yield HostSystem(connection, signer or self.sides.gateway, keys or [self.sides.host.jwk])

    @asynccontextmanager
    async def lookup(self, service: str = SERVICE, **parts: Any) -> AsyncIterator[HostLookup]:
        """One of its lookups, as the gateway has it."""
        async with self.system(**parts) as system:
            yield HostLookup(system, service)


@asynccontextmanager
async def hosting(
    folder: Path,
    lookups: Mapping[str, Lookup[Any, Any]] | None = None,
    procedures: Mapping[str, Procedure[Any, Any]] | None = None,
    *,
    tls: bool = True,
    sides: Sides | None = None,
    rest: str = "",
    top: str = "",
    country: Country = Country.OM,
    clock: Callable[[], datetime] = now,
    system: NationalSystem | None = None,
) -> AsyncIterator[Host]:
    """Runs a host of these in this process; what calls back is heard by ``system``."""
    sides, port = sides or Sides(folder), free_ports(1)
    settings = load_settings(sides.write(port, tls=tls, rest=rest, top=top))
    offers = [ServiceOffer(id=each, kind="lookup") for each in lookups or {}]
    offers += [ServiceOffer(id=each, kind="procedure") for each in procedures or {}]
    about = About(protocol=VERSION, name="oman", version="1.0.0", country=country, services=tuple(offers))

    def room(inbox: Inbox) -> Hosted:
        own = system or NationalSystem(Connection({}, {}, inbox, clock))
        return Hosted(about, own, lookups or {}, procedures or {})

    async with serving(plan(settings, f"127.0.0.1:{port}", room, lambda: clock().timestamp())):
        yield Host(sides, port, tls)


async def asked(host: Host, ask: Ask | None = None, **parts: Any) -> Sequence[AnyRecord]:
    """The records that the gateway takes."""
    async with host.lookup(**parts) as lookup:
        return await records_of(lookup, ask or an_ask())


async def trouble(host: Host, ask: Ask | None = None, **parts: Any) -> BackendError:
    """The error that the gateway raises."""
    with pytest.raises(BackendError) as caught:
        await asked(host, ask, **parts)
    return caught.value


@asynccontextmanager
async def from_afar(here: Counter, folder: Path) -> AsyncIterator[None]:
    """Puts a host between the counter and its room, both by the counter's clock, until the context ends."""
    room = here.room
    country = room.plate.country
    port = free_ports(1)
    door = f'[callbacks]\nlisten = "127.0.0.1:{port}"\nurl = "http://127.0.0.1:{port}"\n'
    async with (
        hosting(folder, {}, room.procedures, rest=door, country=country, clock=here.clock, system=room.system) as host,
        host.gate(limits=replace(gate_limits(room.plate), attempts=1)) as gate,
    ):
        connection = Connection({ENDPOINT: gate}, {}, Inbox(""), here.clock)
        kinds = dict.fromkeys(room.procedures, "procedure")
        known = [host.sides.host.jwk]
        here.room = Room(room.plate, *build(kinds, country, connection, host.sides.gateway, known))  # type: ignore[arg-type]
        try:
            yield
        finally:
            here.room = room


__all__ = [
    "ENDPOINT",
    "SERVICE",
    "Host",
    "Sides",
    "Table",
    "a_person",
    "an_ask",
    "asked",
    "build",
    "from_afar",
    "hosting",
    "somebody",
    "trouble",
]
