"""Cases of procedures, played at a room's counter to their end: what came of them, and every difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from gateway.errors import BackendError
from gateway.kit.cases import Act, ApplicationCase
from gateway.kit.counter import Counter, attachment
from gateway.kit.playing import ABSENT, differences
from gateway.kit.report import Difference
from gateway.schema.application import Progress
from gateway.sdk.procedure import Order
from gateway.sdk.sandbox import Behaviour, Orders, Reply

TRIES = 6
"""How often an application is handed in before it is given up."""
ROUNDS = 24
"""Steps of the stand-in's pace after which an application is taken to change no more."""


@dataclass
class Played:
    """What came of a case: the error of the first try, every progress seen, and the documents downloaded."""

    trouble: str | None
    seen: list[Progress]
    documents: list[bytes]

    @property
    def last(self) -> Progress:
        return self.seen[-1]

    @property
    def statuses(self) -> list[str | None]:
        """Every status that was seen, ``None`` for a word that the room does not know."""
        return [each.status.value if each.status else None for each in self.seen]


async def play(said: ApplicationCase, service: str, here: Counter) -> Played:
    """Plays the case at the counter, whose clock moves as soon as nothing more happens by itself."""
    here.sandbox.desk.orders = Orders(**said.orders)
    if said.behaviour:
        here.sandbox.behave(Behaviour(**said.behaviour))
    if said.reply:
        here.sandbox.prime(Reply.from_json(said.reply))
    order = order_of(said, service, here)
    trouble, first = await _hand_in(here, order)
    if first is None:
        return Played(trouble, [], [])
    seen = await _follow(here, order, first, list(said.acts))
    number = seen[-1].reference
    documents = [(await here.document(order, number, each.id)).content for each in seen[-1].documents]
    return Played(trouble, seen, documents)


def order_of(said: ApplicationCase, service: str, here: Counter) -> Order:
    """The application of the case, with its files."""
    application = said.application
    return here.order(
        service,
        (application.subject.country.value, application.subject.value),
        application.inputs,
        [attachment(name, kind) for name, kind in application.attachments.items()],
        language=application.language,
    )


async def _hand_in(here: Counter, order: Order) -> tuple[str | None, Progress | None]:
    """The first trouble and what the state says at last; each try carries the same reference."""
    trouble: str | None = None
    for _ in range(TRIES):
        try:
            return trouble, await here.submit(order)
        except BackendError as problem:
            trouble = trouble or problem.code
    return trouble, None


async def _follow(here: Counter, order: Order, first: Progress, acts: list[Act]) -> list[Progress]:
    seen = [first]
    for round_ in range(ROUNDS):
        due = next((act for act in acts if seen[-1].status == act.when), None)
        if due is not None:
            acts.remove(due)
            latest = await _act(here, order, seen[-1], due, f"act-{round_}")
        else:
            if seen[-1].status is not None and seen[-1].status.final:
                break
            here.clock.advance(here.sandbox.desk.orders.pace)
            latest = await here.track(order, first.reference)
        if latest != seen[-1]:
            seen.append(latest)
    return seen


async def _act(here: Counter, order: Order, stands: Progress, act: Act, reference: str) -> Progress:
    if act.action == "pay":
        if stands.payment is not None:
            await _pay(stands.payment.url)
        return await here.act(order, stands.reference, "confirm_payment", reference=reference)
    files = [attachment(name, media_type) for name, media_type in act.attachments.items()]
    return await here.act(order, stands.reference, act.action, act.values, files, reference)


async def _pay(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        await response.read()


def differences_of(played: Played, said: ApplicationCase, books: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """Where what was played is not what the case expects; ``books`` are those of the stand-in."""
    expected = said.expect
    found = differences(played.trouble, expected.trouble, "trouble")
    if expected.submissions is not None:
        found += differences([each["submissions"] for each in books], [expected.submissions], "submissions")
    if expected.status is None:
        return found + differences(played.statuses, [], "statuses")
    if not played.seen:
        return [*found, Difference(path="status", came=played.trouble or ABSENT, expected=expected.status.value)]
    found += differences(played.statuses[-1], expected.status.value, "status")
    found += _passes(played.statuses, expected.passes)
    if expected.national_status is not None:
        found += differences(played.last.national_status, expected.national_status, "national_status")
    if expected.reasons is not None:
        found += differences([reason.code for reason in played.last.reasons], list(expected.reasons), "reasons")
    if expected.wanted is not None:
        wanted = sorted({each.name for progress in played.seen for each in progress.wanted})
        found += differences(wanted, sorted(set(expected.wanted)), "wanted")
    found += differences(len(played.documents), expected.documents, "documents")
    if not all(content.startswith(b"%PDF-") for content in played.documents):
        found.append(Difference(path="documents", came="bytes", expected="%PDF-"))
    return found


def _passes(statuses: Sequence[str | None], passes: Sequence[str | None]) -> list[Difference]:
    """Each of ``passes`` is among ``statuses``, in the same order."""
    rest = iter(statuses)
    if all(status in rest for status in passes):
        return []
    return [Difference(path="passes", came=", ".join(map(str, statuses)), expected=", ".join(map(str, passes)))]
