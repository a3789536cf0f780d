"""Acceptance cases of applications: read from their files, and played at a room's counter.

A case is ``{"promise", "application": {"subject", "inputs", "attachments": {name: media type}, "language"}, "orders",
"behaviour"?, "reply"?, "acts"?, "expect"}``. ``orders`` and ``behaviour`` are the stand-in's, told before the
application is handed in; ``reply`` primes the raw answers that it gives first. ``acts`` are what the applicant does
when it comes to stand so, each once: ``{"when", "action": "supply" | "withdraw" | "pay", "values"?, "attachments"?}``.
In ``expect`` every key that is given must hold:

==================  =====================================================================================
``status``          how it stands in the end
``passes``          statuses that it came to before, in this order; others may stand between them
``national_status`` the state's own word for the last one
``reasons``         the codes of the state's reasons
``wanted``          the names of what the state asked for on the way
``documents``       how many documents can be downloaded in the end
``trouble``         the code of the error with which the first try of handing it in ended
``submissions``     how often the application reached the state's books, where each is kept once
==================  =====================================================================================
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from gateway.errors import BackendError
from gateway.sdk import Order, Progress
from gateway.sdk.sandbox import Behaviour, Orders
from gateway.sdk.sandbox.behaviours import Reply
from tests.support.house import ROOT
from tests.support.procedures import Counter, attachment

TRIES = 6
"""How often an application is handed in before it is given up."""
ROUNDS = 24
"""Steps of the stand-in's pace after which an application is taken to change no more."""


@dataclass(frozen=True)
class Case:
    """One promise of one room about applications."""

    room: str
    service: str
    path: Path

    @property
    def id(self) -> str:
        return f"{self.room}-{self.service}-{self.path.stem}"

    @property
    def shows(self) -> str:
        """What kind of course it shows, by the beginning of its file's name."""
        return self.path.stem.split("_")[0]

    def read(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.path.read_text("utf-8"))
        return document


def application_cases() -> list[Case]:
    """Every case file that is about an application, by path."""
    paths = sorted((ROOT / "adapters").glob("*/cases/*/*.json"))
    cases = [Case(path.parents[2].name, path.parent.name, path) for path in paths]
    return [case for case in cases if "application" in case.read()]


@dataclass
class Played:
    """What came of a case: the error of the first try, every progress seen, and the documents downloaded."""

    trouble: str | None
    seen: list[Progress]
    documents: list[bytes]

    @property
    def last(self) -> Progress:
        return self.seen[-1]


async def play(case: Case, here: Counter) -> Played:
    """Plays the case at the counter, whose clock moves as soon as nothing more happens by itself."""
    said = case.read()
    here.sandbox.desk.orders = Orders(**said.get("orders", {}))
    if behaviour := said.get("behaviour"):
        here.sandbox.behave(Behaviour(**behaviour))
    if reply := said.get("reply"):
        here.sandbox.prime(Reply.from_json(reply))
    order = order_of(case, here)
    trouble, first = await _hand_in(here, order)
    if first is None:
        return Played(trouble, [], [])
    seen = await _follow(here, order, first, list(said.get("acts", ())))
    number = seen[-1].reference
    documents = [(await here.document(order, number, each.id)).content for each in seen[-1].documents]
    return Played(trouble, seen, documents)


def order_of(case: Case, here: Counter) -> Order:
    """The application of the case, with its files."""
    application = case.read()["application"]
    subject = application["subject"]
    files = application.get("attachments", {})
    return here.order(
        case.service,
        (subject["country"], subject["value"]),
        application["inputs"],
        [attachment(name, kind) for name, kind in files.items()],
        language=application["language"],
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


async def _follow(here: Counter, order: Order, first: Progress, acts: list[Mapping[str, Any]]) -> list[Progress]:
    seen = [first]
    for round_ in range(ROUNDS):
        due = next((act for act in acts if seen[-1].status == act["when"]), None)
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


async def _act(here: Counter, order: Order, stands: Progress, act: Mapping[str, Any], reference: str) -> Progress:
    number = stands.reference
    match act["action"]:
        case "pay":
            assert stands.payment is not None
            await _pay(stands.payment.url)
            return await here.act(order, number, "confirm_payment", reference=reference)
        case "supply" | "withdraw" as kind:
            files = [attachment(name, media_type) for name, media_type in act.get("attachments", {}).items()]
            return await here.act(order, number, kind, act.get("values"), files, reference)
        case unknown:
            raise AssertionError(f"no applicant can {unknown}")


async def _pay(url: str) -> None:
    async with aiohttp.ClientSession() as session, session.post(url) as response:
        assert response.status in (200, 204, 303), response.status


def keeps(case: Case, played: Played, books: Sequence[Mapping[str, Any]]) -> None:
    """Fails where what was played is not what the case expects."""
    expected, promise = case.read()["expect"], case.read()["promise"]
    if "trouble" in expected:
        assert played.trouble == expected["trouble"], promise
    else:
        assert played.trouble is None, promise
    if "submissions" in expected:
        assert [each["submissions"] for each in books] == [expected["submissions"]], promise
    if "status" not in expected:
        assert not played.seen, promise
        return
    statuses = [each.status.value if each.status else None for each in played.seen]
    assert statuses, (played.trouble, promise)
    assert statuses[-1] == expected["status"], (statuses, promise)
    assert_passes(statuses, expected.get("passes", ()))
    if "national_status" in expected:
        assert played.last.national_status == expected["national_status"]
    if "reasons" in expected:
        assert [reason.code for reason in played.last.reasons] == expected["reasons"]
    if "wanted" in expected:
        assert {each.name for progress in played.seen for each in progress.wanted} == set(expected["wanted"])
    assert len(played.documents) == expected.get("documents", 0), promise
    assert all(content.startswith(b"%PDF-") for content in played.documents)


def assert_passes(statuses: Sequence[str | None], passes: Sequence[str]) -> None:
    """Each of ``passes`` is among ``statuses``, in the same order."""
    rest = iter(statuses)
    assert all(status in rest for status in passes), f"{statuses} does not pass through {passes}"
