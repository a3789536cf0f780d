"""The national systems as they speak: a SOAP bus for people, lists and requests, and Wathq for companies."""

from collections.abc import Mapping

from adapters.saudi_arabia.bus import Bus, Message
from adapters.saudi_arabia.operations import (
    CITIZEN,
    CONTRIBUTIONS,
    GULF_CITIZEN,
    RESIDENT,
    VIOLATIONS,
)
from adapters.saudi_arabia.service_desk import ServiceDesk
from adapters.saudi_arabia.soap import Operation, Result
from adapters.saudi_arabia.values import identity, nationality_code
from adapters.saudi_arabia.wathq import Wathq
from gateway.sdk import Ask, Connection, Country, IdentifierKind, NationalIdentifier, NationalSystem


class SaudiSystem(NationalSystem):
    """The client of both: the bus takes its credentials inside the body, Wathq in a header."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        secrets = connection.secrets
        self._bus = Bus(connection.gate("soap"), secrets)
        self.requests = ServiceDesk(self._bus)
        self.register = Wathq(connection.gate("wathq"), secrets["api_key"])

    async def person(self, ask: Ask) -> Result | None:
        """What the population register knows of the subject, ``None`` where it knows nobody of that number."""
        subject = ask.subject
        match person_operation(subject):
            case operation if operation is GULF_CITIZEN:
                asked = {"gccNIN": subject.value, "gccNationality": nationality_code(subject.country)}
            case operation if operation is RESIDENT:
                asked = {"iqamaNumber": subject.value}
            case operation:
                asked = {"nin": subject.value}
        return await self._call(operation, ask, asked)

    async def violations(self, ask: Ask) -> Result | None:
        """The traffic violations of the subject."""
        return await self._call(VIOLATIONS, ask, identity(ask.subject))

    async def contributions(self, ask: Ask) -> Result | None:
        """The social insurance contributions of the subject."""
        return await self._call(CONTRIBUTIONS, ask, identity(ask.subject))

    async def _call(self, operation: Operation, ask: Ask, asked: Mapping[str, str]) -> Result | None:
        return await self._bus.call(operation, Message(ask.reference, ask.purpose, ask.deadline), asked)


def person_operation(subject: NationalIdentifier) -> Operation:
    """The operation that knows people like the subject."""
    if subject.country is not Country.SA:
        return GULF_CITIZEN
    return RESIDENT if subject.kind is IdentifierKind.resident_id else CITIZEN
