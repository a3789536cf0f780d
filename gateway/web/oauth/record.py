"""What the record keeps of programs: each grant, and each refusal, that concerns a person or a program."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from aiohttp import web

from gateway.errors import BawabaError
from gateway.identity.principal import Assurance
from gateway.ledger.entry import Entry
from gateway.ledger.ledger import Ledger
from gateway.policy.quota import Quota
from gateway.schema.answer import Outcome
from gateway.schema.country import Country
from gateway.web.address import caller_address
from gateway.web.middleware import REQUEST_ID

SERVICE = "oauth"


class Concerned(Protocol):
    """The person whom it concerns: a principal, or a grant of theirs."""

    @property
    def subject(self) -> str:
        """The opaque name of the person."""
        ...

    @property
    def home(self) -> Country:
        """The state whose identity provider vouched."""
        ...

    @property
    def assurance(self) -> Assurance:
        """How surely."""
        ...


@dataclass(frozen=True, slots=True)
class OAuthRecord:
    """Seals what happened at the doors for programs; ``strangers`` bounds how much one address can have sealed."""

    ledger: Ledger
    strangers: Quota
    clock: Callable[[], datetime]

    async def granted(
        self,
        request: web.Request,
        step: str,
        client_id: str,
        principal: Concerned | None,
        *,
        program: str | None = None,
    ) -> None:
        """Seals a grant before it leaves; ``program`` is the one that it is about. Raises ``SealingFailed``."""
        await self._seal(request, step, client_id, principal, None, program)

    async def refused(
        self,
        request: web.Request,
        step: str,
        problem: BawabaError,
        client_id: str | None = None,
        principal: Concerned | None = None,
    ) -> None:
        """Seals a refusal; ``client_id`` is that of a program which is registered, or none.

        Raises ``TooManyRequests`` for an address that has had too many, and ``SealingFailed``.
        """
        if principal is None:
            self.strangers.spend(caller_address(request))
        await self._seal(request, step, client_id, principal, problem)

    async def _seal(
        self,
        request: web.Request,
        step: str,
        client_id: str | None,
        principal: Concerned | None,
        problem: BawabaError | None,
        program: str | None = None,
    ) -> None:
        owner = principal.subject if principal else ""
        await self.ledger.seal(
            Entry(
                at=self.clock(),
                request_id=request[REQUEST_ID],
                service=SERVICE,
                outcome=Outcome.refused if problem else Outcome.ok,
                code=problem.code if problem else None,
                step=step,
                subject=self.ledger.pseudonym(owner) if principal else None,
                home=principal.home if principal else None,
                client=client_id,
                program=program,
                assurance=principal.assurance.value if principal else None,
            ),
            owner,
        )
