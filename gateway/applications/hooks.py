"""Where other capabilities join: who is told of events, and who keeps the attachments."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.kept import Application, Event
from gateway.applications.view import ApplicationView
from gateway.schema.country import Country
from gateway.sdk.procedure import Attachment

Remember = Callable[[AsyncConnection, ApplicationView], Awaitable[None]]
"""Run inside the transaction that takes an application or an action in; what it raises undoes the whole."""


@dataclass(frozen=True, slots=True)
class Happened:
    """An event that is being written, and the application as it stands after it."""

    application: Application
    event: Event


class Listener(Protocol):
    """Who is told of every event, inside the transaction that writes it: both are durable, or neither."""

    async def told(self, connection: AsyncConnection, happened: Happened) -> None:
        """Writes down what follows from it; must not wait for anything but the database."""


class Attachments(Protocol):
    """Who keeps what applicants attach, until it is delivered."""

    async def present(self, connection: AsyncConnection, application: str) -> set[str]:
        """The names of those that have arrived whole and were not sent yet."""

    async def attached(self, connection: AsyncConnection, applications: Collection[str]) -> Mapping[str, set[str]]:
        """The same of many, for those that have any."""

    async def assign(self, connection: AsyncConnection, application: str, message: str) -> None:
        """Has the message take along all that has arrived and was not sent yet."""

    async def of(self, message: str) -> tuple[Attachment, ...]:
        """What the message takes along."""

    async def delivered(self, connection: AsyncConnection, message: str) -> None:
        """Forgets the contents of what the message took along."""


class NoAttachments:
    """A gateway that keeps none."""

    async def present(self, connection: AsyncConnection, application: str) -> set[str]:
        return set()

    async def attached(self, connection: AsyncConnection, applications: Collection[str]) -> Mapping[str, set[str]]:
        return {}

    async def assign(self, connection: AsyncConnection, application: str, message: str) -> None:
        """There is nothing to take along."""

    async def of(self, message: str) -> tuple[Attachment, ...]:
        return ()

    async def delivered(self, connection: AsyncConnection, message: str) -> None:
        """There is nothing to forget."""


class Watch(Protocol):
    """Who counts for the operators."""

    def status_unknown(self, service: str, country: Country) -> None:
        """A state said something that its room cannot interpret."""

    def document_refused(self, service: str, country: Country) -> None:
        """A document does not bear the signature that its state promises."""
