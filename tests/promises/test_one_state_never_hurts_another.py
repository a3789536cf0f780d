"""One question to six states: each answers for itself, and one in trouble takes nothing from the other five."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.ledger.verify import verify
from gateway.schema import Country
from gateway.sdk.sandbox import Behaviour
from gateway.sdk.sandbox.behaviours import Kind
from tests.support.door import ARABIC, PERSONAS, ask, check_problem, entries_about
from tests.support.house import ROOT, STATES, House, house

SERVICE = "identity-verification"
RESIDENT, OMANI = PERSONAS["resident"], PERSONAS["omani-citizen"]
DEADLINE = 1.5
# When a state that hangs would answer after all: so late that whatever comes before it did not wait for it.
HANGING = 60
ROOMS = dict(zip(STATES, ("BH", "KW", "OM", "QA", "SA", "AE"), strict=True))
ALL = tuple(country.value for country in Country)
TROUBLES: dict[Kind, tuple[str, str]] = {
    "down": ("down", "backend_down"),
    "slow": ("late", "backend_late"),
    "garbled": ("garbled", "backend_garbled"),
    "wrong": ("garbled", "backend_wrong_subject"),
    "rate_limiting": ("down", "backend_down"),
}
Answers = dict[str, dict[str, Any]]


@pytest.fixture
async def gulf(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, lookups={"deadline_ms": int(DEADLINE * 1000)}) as running:
        yield running


async def answers(running: House, **body: Any) -> Answers:
    """What each state answered to the resident, by state; the time of the whole call is in ``""``."""
    began = asyncio.get_running_loop().time()
    status, document = await running.lookup(SERVICE, running.token(*RESIDENT.identifiers), **body)
    assert status == 200, document
    found = {answer["country"]: answer for answer in document["answers"]}
    return {**found, "": {"seconds": asyncio.get_running_loop().time() - began, "document": document}}


def check_sound(answer: dict[str, Any]) -> None:
    """An answer as it is when nothing is wrong anywhere."""
    assert (answer["status"], answer["code"], answer["retryable"]) == ("ok", None, False)
    assert answer["records"]
    check_both(answer)


def check_both(answer: dict[str, Any]) -> None:
    """What every answer has, however it ended: both languages and a receipt."""
    assert ARABIC.search(answer["message"]["ar"])
    assert not ARABIC.search(answer["message"]["en"])
    assert "{" not in answer["message"]["ar"] + answer["message"]["en"]
    assert Country(answer["country"]).facts.name.en in answer["message"]["en"]
    assert re.fullmatch("[0-9a-f]{32}", answer["receipt"]["id"])


@pytest.mark.parametrize("kind", TROUBLES)
@pytest.mark.parametrize("room", STATES)
async def test_five_states_answer_whatever_the_sixth_does(gulf: House, room: str, kind: Kind) -> None:
    gulf.sandboxes[room].behave(Behaviour(kind, seconds=HANGING))

    found = await answers(gulf)

    troubled = found[ROOMS[room]]
    assert (troubled["status"], troubled["code"]) == TROUBLES[kind]
    assert troubled["records"] == []
    check_both(troubled)
    for country in set(ALL) - {ROOMS[room]}:
        check_sound(found[country])
    assert found[""]["seconds"] < HANGING


async def test_every_answer_has_an_entry_of_its_own_the_failed_ones_too(gulf: House) -> None:
    for room, kind in zip(STATES, (*TROUBLES, "normal"), strict=True):
        gulf.sandboxes[room].behave(Behaviour(kind, seconds=HANGING))

    found = await answers(gulf)

    kept = await entries_about(gulf, found[""]["document"]["request_id"])
    assert {entry["country"]: entry["outcome"] for entry in kept} == {
        country: found[country]["status"] for country in ALL
    }
    assert {entry["country"]: entry.get("code") for entry in kept} == {
        country: found[country]["code"] for country in ALL
    }
    assert len({found[country]["receipt"]["index"] for country in ALL}) == 6
    assert (await verify(gulf.doors.parts.storage, [gulf.doors.parts.ledger.verifier])).ok


async def test_six_late_states_are_late_together_and_not_one_after_another(gulf: House) -> None:
    for room in STATES:
        gulf.sandboxes[room].behave(Behaviour("slow", seconds=HANGING))

    found = await answers(gulf)

    assert [found[country]["status"] for country in ALL] == ["late"] * 6
    assert all(found[country]["retryable"] for country in ALL)
    # One after another they would take no longer than the call as a whole.
    assert sum(found[country]["took_ms"] for country in ALL) > found[""]["seconds"] * 1000


async def test_a_hung_state_does_not_slow_down_the_questions_of_others(tmp_path: Path) -> None:
    """Twenty questions wait for a state that hangs; another question, to the rest, overtakes them."""
    async with house(tmp_path, lookups={"deadline_ms": 5000}) as running:
        running.sandboxes["kuwait"].behave(Behaviour("slow", seconds=HANGING))
        waiting = [asyncio.create_task(answers(running, countries=["KW"])) for _ in range(20)]
        await asyncio.sleep(0.1)

        found = await answers(running, countries=["BH", "QA", "SA", "AE"])

        ahead = {each.result()["KW"]["status"] for each in waiting if each.done()}
        late = {each["KW"]["status"] for each in await asyncio.gather(*waiting)}

    # Only those that were turned away at once came before it; whoever waited came after.
    assert ahead <= {"down"}
    assert "late" in late
    assert late <= {"late", "down"}
    for country in ("BH", "QA", "SA", "AE"):
        check_sound(found[country])


async def test_a_state_that_recovers_is_back_without_a_restart(gulf: House) -> None:
    gulf.sandboxes["bahrain"].behave(Behaviour("garbled", times=1))

    before, after = await answers(gulf), await answers(gulf)

    assert (before["BH"]["status"], after["BH"]["status"]) == ("garbled", "ok")


async def test_naming_no_state_asks_every_state_in_one_order(gulf: House) -> None:
    absent, empty = await answers(gulf), await answers(gulf, countries=[])

    for found in (absent, empty):
        assert [answer["country"] for answer in found[""]["document"]["answers"]] == list(ALL)


async def test_the_states_named_answer_in_the_order_named_and_no_other_does(gulf: House) -> None:
    found = await answers(gulf, countries=["SA", "BH", "OM"])

    assert [answer["country"] for answer in found[""]["document"]["answers"]] == ["SA", "BH", "OM"]
    kept = await entries_about(gulf, found[""]["document"]["request_id"])
    assert {entry["country"] for entry in kept} == {"SA", "BH", "OM"}


async def test_a_state_named_twice_is_asked_once(gulf: House) -> None:
    found = await answers(gulf, countries=["QA", "BH", "QA", "QA"])

    assert [answer["country"] for answer in found[""]["document"]["answers"]] == ["QA", "BH"]
    assert len(await entries_about(gulf, found[""]["document"]["request_id"])) == 2


async def test_a_state_is_asked_under_the_identifier_that_it_gave_itself(gulf: House) -> None:
    found = await answers(gulf)

    shown = {country: found[country]["records"][0]["identifier"] for country in ALL}
    linked = dict(RESIDENT.identifiers)
    assert shown["BH"]["value"] == linked[Country.BH]
    assert {country: shown[country]["value"] for country in ALL if country != "BH"} == {
        country: linked[Country.KW] for country in ALL if country != "BH"
    }


async def test_a_token_for_one_state_is_refused_by_the_others_alone(gulf: House) -> None:
    token = gulf.token(*OMANI.identifiers, countries=[Country.OM])

    status, document = await gulf.lookup(SERVICE, token)

    assert status == 200
    told = {answer["country"]: (answer["status"], answer["code"]) for answer in document["answers"]}
    assert told == dict.fromkeys(ALL, ("refused", "country_not_allowed")) | {"OM": ("ok", None)}
    for answer in document["answers"]:
        check_both(answer)
    kept = await entries_about(gulf, document["request_id"])
    assert sorted(entry["outcome"] for entry in kept) == ["ok", *["refused"] * 5]
    assert all(sandbox_was_not_asked(entry) for entry in kept if entry["country"] != "OM")


def sandbox_was_not_asked(entry: dict[str, Any]) -> bool:
    return "adapter" not in entry


async def test_one_person_asks_only_so_much_and_the_next_is_not_behind_them(tmp_path: Path) -> None:
    rules = (ROOT / "config/policy.toml").read_text("utf-8")
    strict = tmp_path / "strict.toml"
    strict.write_text(re.sub("burst = [0-9]+", "burst = 3", re.sub("per_minute = [0-9]+", "per_minute = 6", rules)))
    paths = {"services": ROOT / "config/services", "policy": strict, "providers": ROOT / "config/providers"}
    async with house(tmp_path, rooms=["bahrain"], paths=paths) as running:
        greedy, patient = running.token(*OMANI.identifiers), running.token(*RESIDENT.identifiers)

        heard = [await ask(running, token=greedy) for _ in range(5)]

        assert [each.status for each in heard] == [200, 200, 200, 429, 429]
        check_problem(heard[-1], 429, "too_many_requests")
        assert heard[-1].document["retryable"] is True
        assert 1 <= int(heard[-1].headers["retry-after"]) <= 20
        (entry,) = await entries_about(running, heard[-1].document["request_id"])
        assert (entry["outcome"], entry["code"]) == ("refused", "too_many_requests")
        assert (await ask(running, token=patient)).status == 200
