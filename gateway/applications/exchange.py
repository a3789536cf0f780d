"""One exchange with a state about an application, by the same stations as every call."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway.applications.kept import Application
from gateway.errors import BackendGarbled
from gateway.flow import Carried, Errand, Flow
from gateway.policy.permit import Call
from gateway.registry.registry import Registry
from gateway.registry.route import Dossier
from gateway.resilience.deadline import Deadline
from gateway.schema.application import Progress
from gateway.sdk.procedure import Attachment, Order, Procedure

Ask = Callable[[Procedure[Any, Any], Order], Awaitable[Any]]
"""Puts the question; what comes back is the state's own answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """Carries questions in the applicant's name. ``events_url`` is where national systems may tell by themselves of an
    application that says no other place."""

    flow: Flow
    registry: Registry
    events_url: str

    async def carry(
        self, application: Application, step: str, seconds: float, ask: Ask, attachments: tuple[Attachment, ...] = ()
    ) -> Carried[Progress]:
        """What the state says, sealed; raises ``SealingFailed``.

        The applicant is permitted anew: what policy no longer allows is not done. An answer about another
        application is not believed.
        """
        call = call_about(application, f"{step}-{secrets.token_hex(8)}", seconds)
        dossier = Dossier(
            reference=application.reference,
            callback_url=self._events_of(application),
            national_reference=application.national_reference,
            attachments=attachments,
            seconds=seconds if attachments else None,
        )

        async def work(procedure: Procedure[Any, Any], order: Order) -> Progress:
            progress = procedure.normalise(await ask(procedure, order), order)
            if application.national_reference not in (None, progress.reference):
                raise BackendGarbled
            return progress

        errand = Errand(application.id, step, dossier, work)
        return await self.flow.carry(application.particulars.applicant.principal(), call, errand)

    def _events_of(self, application: Application) -> str:
        room = self.registry.room_of(application.service, application.country)
        base = application.particulars.events_url or self.events_url
        return f"{base}/events/{room.plate.name}" if room else ""


def call_about(application: Application, request_id: str, seconds: float) -> Call:
    """The call by which the applicant, or we in their name, ask the state about the application."""
    particulars = application.particulars
    return Call(
        service=application.service,
        country=application.country,
        inputs=particulars.asked(),
        purpose=particulars.purpose,
        language=particulars.language,
        request_id=request_id,
        deadline=Deadline.after(seconds),
    )
