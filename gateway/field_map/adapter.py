"""A field map as an adapter: a system that proves who asks, and a lookup for each service."""

from collections.abc import Mapping, Sequence

from gateway.errors import BackendGarbled, ConfigurationError
from gateway.field_map.authentication import Authenticator, authenticator
from gateway.field_map.compiling import CompiledMap, compile_map
from gateway.field_map.fetching import Fetched, Fetcher
from gateway.field_map.findings import Finding
from gateway.field_map.model import Authentication, FieldMap
from gateway.field_map.scope import Fuel, Scope, Unfit
from gateway.schema.country import Country
from gateway.schema.records import AnyRecord
from gateway.sdk import Ask, Connection, Lookup, NationalSystem

LIST_NOT_COMPLETE = "list_not_complete"
"""What is noted on every record of a list that was longer than what was asked about."""


class MappedSystem(NationalSystem):
    """The national system of a name plate with field maps; maps that prove themselves alike share their token."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._schemes: list[tuple[Authentication, Authenticator]] = []

    def prover(self, scheme: Authentication, key: str) -> Authenticator:
        """What proves who asks; raises ``ConfigurationError`` where a secret is of no use."""
        for known, made in self._schemes:
            if known == scheme:
                return made
        made = authenticator(scheme, self.connection, key)
        self._schemes.append((scheme, made))
        return made

    async def close(self) -> None:
        for _, made in self._schemes:
            await made.close()


class MappedLookup(Lookup[MappedSystem, Fetched]):
    """One service by its map, which was compiled once."""

    def __init__(self, system: MappedSystem, fetcher: Fetcher, compiled: CompiledMap) -> None:
        super().__init__(system)
        self._fetcher = fetcher
        self._record = compiled.record
        self._cost = compiled.cost

    async def fetch(self, ask: Ask) -> Fetched:
        return await self._fetcher.fetch(ask)

    def normalise(self, answer: Fetched, ask: Ask) -> Sequence[AnyRecord]:
        """The records; raises ``BackendGarbled`` whose ``reason`` names the field that cannot be read."""
        missing = () if answer.complete else (LIST_NOT_COMPLETE,)
        fuel = Fuel()
        try:
            fuel.spend(self._cost * len(answer.items))
            return tuple(self._record(item, Scope(ask, item, {*missing}, fuel)) for item in answer.items)
        except Unfit as problem:
            # The sentence is in the cause: a fact holds the name of the field, and never what stood there.
            raise BackendGarbled(reason=problem.at or "answer") from problem
        except ValueError as problem:
            # What the shared schema refuses may hold a value in its words.
            raise BackendGarbled(reason=type(problem).__name__) from problem


def check(
    field_map: FieldMap,
    kind: str,
    country: Country = Country.BH,
    *,
    key: str = "map",
    endpoints: Sequence[str] | None = None,
    secrets: Sequence[str] | None = None,
) -> list[Finding]:
    """Everything that is wrong with a map, nothing where it can be built.

    ``endpoints`` and ``secrets`` are those of the name plate, where they are to be looked at too.
    """
    compiled = compile_map(field_map, kind, country, key=key, endpoints=endpoints, secrets=secrets)
    return compiled if isinstance(compiled, list) else []


def build(
    maps: Mapping[str, FieldMap], kinds: Mapping[str, str], country: Country, connection: Connection
) -> tuple[NationalSystem, Mapping[str, Lookup[MappedSystem, Fetched]]]:
    """The adapter of a name plate: its system, and a lookup for each service that has a map.

    ``kinds`` are the kinds of records that the services are answered with. Nothing is sent yet. Raises
    ``ConfigurationError`` whose ``field`` is the first key that is wrong.
    """
    system = MappedSystem(connection)
    lookups = {}
    for service, field_map in maps.items():
        key = f"services.{service}.map"
        compiled = compile_map(
            field_map,
            kinds[service],
            country,
            key=key,
            endpoints=connection.gates,
            secrets=connection.secrets,
        )
        if isinstance(compiled, list):
            raise ConfigurationError(field=compiled[0].key, problem=compiled[0].problem)
        prover = system.prover(field_map.authentication, f"{key}.authentication")
        fetcher = Fetcher(compiled.plans, compiled.judge, prover, connection, country)
        lookups[service] = _of(service)(system, fetcher, compiled)
    return system, lookups


def _of(service: str) -> type[MappedLookup]:
    """The lookup of one service: which one, a class says of itself."""
    return type("MappedLookup", (MappedLookup,), {"service": service, "__module__": __name__})
