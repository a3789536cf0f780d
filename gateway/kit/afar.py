"""Applications asked of an agency's own sandbox, which decides in its own time, or of a stand-in that misbehaves."""

import asyncio
import secrets
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from gateway.errors import BackendError, BackendGarbled, BawabaError
from gateway.kit.applying import Played
from gateway.kit.cases import Act, ApplicationCase
from gateway.kit.counter import attachment
from gateway.registry.rooms import Room
from gateway.resilience.deadline import Deadline
from gateway.schema.application import Progress
from gateway.schema.identifier import NationalIdentifier
from gateway.schema.source import Source
from gateway.sdk.procedure import Action, Order, Procedure

PATIENCE: Final = 15.0
"""Seconds in which a sandbox has to decide."""

PAUSE: Final = 0.2
NOWHERE: Final = "https://gateway.invalid/events/kit"
"""Where a sandbox may tell of changes: nobody listens, for it is asked."""


async def play_afar(
    said: ApplicationCase, room: Room, service: str, clock: Callable[[], datetime], patience: float = PATIENCE
) -> Played:
    """Hands the application in once, follows it until it stands as expected or ``patience`` is over."""
    procedure = room.procedures[service]
    try:
        order = order_afar(said, room, service, clock())
        first = procedure.normalise(await procedure.submit(order), order)
        seen = await _follow(procedure, order, first, said, time.monotonic() + patience)
        documents = [await _document(procedure, order, seen[-1], each.id) for each in seen[-1].documents]
    except BackendError as problem:
        return Played(problem.code, [], [])
    except BawabaError as problem:
        return Played(problem.code, [], [])
    except (ValueError, KeyError, TypeError, AttributeError):
        return Played(BackendGarbled.code, [], [])
    return Played(None, seen, documents)


def order_afar(said: ApplicationCase, room: Room, service: str, now: datetime) -> Order:
    """The application of the case under a reference of its own: a sandbox may remember those of before."""
    plate, application = room.plate, said.application
    reference = f"BW-{secrets.token_hex(4).upper()}"
    return Order(
        service=service,
        country=plate.country,
        subject=NationalIdentifier.parse(application.subject.country, application.subject.value, today=now.date()),
        inputs=application.inputs,
        purpose="service_delivery",
        language=application.language,
        reference=reference,
        call=f"{reference}-1",
        callback_url=NOWHERE,
        deadline=Deadline.after(plate.limits.timeout_ms / 1000),
        source=Source(
            country=plate.country, agency=plate.services[service].agency, adapter=plate.label, fetched_at=now
        ),
        attachments=tuple(attachment(name, kind) for name, kind in application.attachments.items()),
    )


async def _follow(
    procedure: Procedure[Any, Any], order: Order, first: Progress, said: ApplicationCase, until: float
) -> list[Progress]:
    seen, acts, number = [first], list(said.acts), 1
    while time.monotonic() < until and not (seen[-1].status is not None and seen[-1].status.final):
        number += 1
        asked = _again(order, seen[-1].reference, number)
        due = next((act for act in acts if seen[-1].status == act.when), None)
        if due is not None:
            acts.remove(due)
            answer = await procedure.act(asked, _action(due, number))
        elif seen[-1].status == said.expect.status:
            break
        else:
            await asyncio.sleep(PAUSE)
            answer = await procedure.track(asked)
        latest = procedure.normalise(answer, asked)
        if latest != seen[-1]:
            seen.append(latest)
    return seen


def _action(act: Act, number: int) -> Action:
    files = tuple(attachment(name, kind) for name, kind in act.attachments.items())
    kind = "confirm_payment" if act.action == "pay" else act.action
    return Action(kind, f"act-{number}", dict(act.values), files)


async def _document(procedure: Procedure[Any, Any], order: Order, stands: Progress, document: str) -> bytes:
    asked = _again(order, stands.reference, 0)
    async with procedure.open_document(asked, document) as download:
        return b"".join([part async for part in download.parts])


def _again(order: Order, reference: str, number: int) -> Order:
    """The same application in another exchange, with time of its own."""
    seconds = max(order.deadline.remaining(), 4.0)
    return replace(
        order, call=f"{order.reference}-{number}", national_reference=reference, deadline=Deadline.after(seconds)
    )
