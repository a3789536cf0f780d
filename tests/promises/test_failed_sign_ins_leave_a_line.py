"""An answer that signs nobody in is told to the operators: which step, which provider and why, and nothing else."""

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from structlog.testing import capture_logs

from tests.support.entrance import BROWSER, Entrance, entrance

CPR, SAUDI = "791162871", "1084260288"
ANSWER, WAIT = ("answer", "bh-ekey"), ("wait", "unknown")


@pytest.fixture
async def gate(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path, ("bh-ekey", "sa-nafath")) as gate:
        yield gate


def failures(logs: Sequence[Mapping[str, object]]) -> list[Mapping[str, object]]:
    return [each for each in logs if each["event"] == "signin.failed"]


def told(logs: Sequence[Mapping[str, object]]) -> list[tuple[object, object, object]]:
    return [(each["step"], each["provider"], each["reason"]) for each in failures(logs)]


async def test_a_spent_a_foreign_and_an_unknown_answer_leave_a_line_each(gate: Entrance) -> None:
    browser, thief = gate.browser(), gate.browser()
    await thief.get("/auth/login/bh-ekey")
    url = await browser.callback("bh-ekey", "resident")
    with capture_logs() as logs:
        await thief.get(url)
        assert told(logs) == [(*ANSWER, "signin_unknown")]
        await browser.get(url)
        assert browser.secret
        assert len(failures(logs)) == 1
        await browser.get(url)
        await gate.browser().get("/auth/callback/bh-ekey?state=x&answer=y")
        await browser.post("/auth/callback/bh-ekey", {"state": "x"})

    assert told(logs) == [(*ANSWER, "signin_unknown")] * 4


async def test_an_answer_at_another_provider_s_address_and_a_refusal_leave_a_line(gate: Entrance) -> None:
    browser = gate.browser()
    elsewhere = (await browser.callback("bh-ekey", "resident")).replace("bh-ekey", "sa-nafath")
    declined = await browser.decide(await browser.to_provider("bh-ekey"), "resident", decision="decline")
    with capture_logs() as logs:
        await browser.get(elsewhere)
        await browser.get(declined)

    assert told(logs) == [("answer", "sa-nafath", "signin_unknown"), (*ANSWER, "signin_declined")]
    assert not browser.secret


async def test_a_no_on_the_telephone_and_a_wait_for_nothing_leave_a_line(gate: Entrance) -> None:
    browser = gate.browser()
    waiting = (await browser.waiting("sa-nafath", SAUDI)).location
    with capture_logs() as logs:
        await gate.telephone("sa-nafath", "saudi-citizen", "decline")
        assert (await browser.wait(waiting)).status == 403
        await gate.browser().get("/auth/wait/x")

    assert told(logs) == [(*WAIT, "signin_declined"), (*WAIT, "signin_unknown")]


async def test_a_provider_that_is_out_of_reach_leaves_a_line_for_each_who_came_back(gate: Entrance) -> None:
    browser = gate.browser()
    url = await browser.callback("bh-ekey", "resident")
    gate.house.stand_ins["bh-ekey"].behave(down=True)
    with capture_logs() as logs:
        await browser.get(url)

    assert told(logs) == [(*ANSWER, "provider_down")]


async def test_nothing_of_the_person_or_of_the_answer_is_in_the_line(gate: Entrance) -> None:
    """The address holds what the caller likes; a word of it is told only when it is the name of a provider of ours."""
    browser = gate.browser()
    url = await browser.callback("bh-ekey", "resident")
    query = parse_qs(urlsplit(url).query)
    await browser.get(url)
    with capture_logs() as logs:
        await browser.get(url)
        await browser.get(f"/auth/callback/{CPR}?state={CPR}&code={CPR}")
        answer = await gate.browser().get(f"/auth/wait/{CPR}")

    lines = failures(logs)
    assert len(lines) == 3
    for line in lines:
        assert set(line) == {"event", "log_level", "step", "provider", "reason", "request_id"}
    assert lines[-1]["request_id"] == answer.headers["X-Request-Id"]
    for canary in (CPR, query["state"][0], query["code"][0], browser.cookies[BROWSER]):
        assert canary not in str(logs)
