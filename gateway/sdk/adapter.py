"""What a room is made of: the ask it is given and the two steps it takes, one that waits and one that is pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar

from gateway.errors import CallbackRefused
from gateway.resilience.deadline import Deadline
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.records import AnyRecord
from gateway.schema.source import Source
from gateway.sdk.connection import Connection
from gateway.sdk.inbox import Callback, Heard

AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to one state.

    ``subject`` is the identifier that the state is asked with: its own where the person has one there, else
    the home state's. ``inputs`` have passed the service's JSON Schema. ``reference`` is unique to this call
    and safe to show to the national system.
    """

    service: str
    country: Country
    subject: NationalIdentifier
    inputs: Mapping[str, Any]
    purpose: str
    language: str
    reference: str
    deadline: Deadline
    source: Source

    @property
    def today(self) -> date:
        """The day of the call, by which identifiers that carry a date are judged."""
        return self.source.fetched_at.date()

    def source_of(self, reference: str | None) -> Source:
        """Where a record comes from, with the national system's own reference to it."""
        return self.source.model_copy(update={"reference": reference}) if reference else self.source


class NationalSystem:
    """One state's back end as a room knows it; ``national.py`` of each room subclasses it.

    Made once at start and shared by the room's adapters. ``open`` and ``close`` frame its life.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    @property
    def documents_certificate(self) -> str | None:
        """The certificate, in PEM, that the state signs its documents with, where the name plate lists it."""
        return self.connection.secrets.get("documents_certificate")

    async def open(self) -> None:
        """Starts what must run while the gateway runs (a poller, say)."""

    async def close(self) -> None:
        """Ends what ``open`` started."""

    def read_callback(self, callback: Callback) -> Heard:
        """What the national system tells by itself about an application, once its sender is proved.

        Raises ``CallbackRefused`` where it is not, as always in a room whose national system never calls back.
        """
        raise CallbackRefused


SystemT = TypeVar("SystemT", bound=NationalSystem)


class Lookup(Generic[SystemT, AnswerT]):
    """One service of one state: ``fetch`` waits, ``normalise`` is pure.

    ``AnswerT`` is the national answer, still in the state's own words. An empty sequence of records means
    that the state knows nothing of the subject; what goes wrong is raised as a ``BackendError``.
    """

    service: ClassVar[str]

    def __init__(self, system: SystemT) -> None:
        self.system = system

    async def fetch(self, ask: Ask) -> AnswerT:
        """The national answer to ``ask``."""
        raise TypeError(f"{type(self).__name__} must say how it fetches")

    def normalise(self, answer: AnswerT, ask: Ask) -> Sequence[AnyRecord]:
        """The national answer in the shared schema."""
        raise TypeError(f"{type(self).__name__} must say how it normalises")
