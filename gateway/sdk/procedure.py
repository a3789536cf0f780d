"""What a room gives for a service that takes days: it submits, tracks and acts, and reads the answer purely."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, Generic, Literal

from gateway.resilience.deadline import Deadline
from gateway.schema.application import Progress
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.source import Source
from gateway.sdk.adapter import AnswerT, SystemT

ActionKind = Literal["supply", "withdraw", "confirm_payment"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of the applicant. ``read`` gives its bytes anew at each call, in parts of 64 KiB at most.

    ``name`` is the service's name for it, ``size`` in bytes, ``digest`` SHA-256 in hexadecimal.
    """

    name: str
    media_type: str
    size: int
    digest: str
    read: Callable[[], AsyncIterator[bytes]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """One exchange with a state about one application.

    ``reference`` is the application's, the same at every try and in every exchange about it: the national system
    knows a repetition by it. ``call`` is unique to this exchange. ``national_reference`` is ``None`` until the
    state has given one. ``inputs`` have passed the service's JSON Schema. ``callback_url`` is where the national
    system may tell of changes, as ``NationalSystem.read_callback`` reads them.
    """

    service: str
    country: Country
    subject: NationalIdentifier
    inputs: Mapping[str, Any]
    purpose: str
    language: str
    reference: str
    call: str
    callback_url: str
    deadline: Deadline
    source: Source
    national_reference: str | None = None
    attachments: tuple[Attachment, ...] = ()

    @property
    def today(self) -> date:
        """The day of the exchange, by which identifiers that carry a date are judged."""
        return self.source.fetched_at.date()


@dataclass(frozen=True, slots=True)
class Action:
    """What the applicant does about an application under way; ``values`` and ``attachments`` are what is supplied.

    ``reference`` is the action's own, the same at every try: a repetition is known by it.
    """

    kind: ActionKind
    reference: str
    values: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Download:
    """A document on its way: its type, its length where the national system gives one, and its bytes in parts."""

    media_type: str
    size: int | None
    parts: AsyncIterator[bytes] = field(repr=False)


class Procedure(Generic[SystemT, AnswerT]):
    """One service of one state that is applied for.

    Everything but ``normalise`` waits. Submitting or acting twice with the same reference must come to the same
    thing as once. A refusal on the merits is an answer (``Progress`` with ``refused`` and reasons); ``BackendRefused``
    is for what the person cannot mend, such as our credentials: an operator is told and sends it again.
    """

    service: ClassVar[str]

    def __init__(self, system: SystemT) -> None:
        self.system = system

    async def submit(self, order: Order) -> AnswerT:
        """Hands the application in, its attachments with it."""
        raise TypeError(f"{type(self).__name__} must say how it submits")

    async def track(self, order: Order) -> AnswerT:
        """Asks how it stands."""
        raise TypeError(f"{type(self).__name__} must say how it tracks")

    async def act(self, order: Order, action: Action) -> AnswerT:
        """Supplies what was asked for, withdraws, or says that it was paid."""
        raise TypeError(f"{type(self).__name__} must say how it acts")

    def normalise(self, answer: AnswerT, order: Order) -> Progress:
        """The national answer in the shared schema."""
        raise TypeError(f"{type(self).__name__} must say how it normalises")

    def open_document(self, order: Order, document: str) -> AbstractAsyncContextManager[Download]:
        """The document of that id, streamed while the context lasts."""
        raise TypeError(f"{type(self).__name__} must say how it fetches documents")
