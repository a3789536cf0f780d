"""The Emirates' stand-in takes applications as the real bus would: what is not as it must be is turned away."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.by_hand import ByHand, by_hand

PDF = b"%PDF-1.7\n"
DIGEST = hashlib.sha256(PDF).hexdigest()
GOOD: dict[str, Any] = {
    "clientReference": "BW-1",
    "serviceCode": "ICP-RES",
    "idn": "784199110289743",
    "idnIssuer": "ARE",
    "language": "EN",
    "webhookUrl": "",
    "data": {"addressedTo": "BANK", "certificateLanguage": "AR"},
    "files": [],
}
BRANCH: dict[str, Any] = {
    **GOOD,
    "serviceCode": "NER-BRANCH",
    "data": {
        "homeLicenceNo": "1",
        "tradeNameAR": "x",
        "tradeNameEN": "x",
        "city": "x",
        "activityCode": "4711",
        "managerFullname": "Hind,,,,Al Mansoori,,",
    },
}
ICP = "/icp/v1/applications"


@pytest_asyncio.fixture
async def bus() -> AsyncIterator[ByHand]:
    async with by_hand("uae", "errorCode", Idempotency_Key="BW-1") as opened:
        yield opened


def data(good: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The application with some of its data changed."""
    return {**good, "data": {**good["data"], **changes}}


async def test_a_good_application_is_booked_once(bus: ByHand) -> None:
    assert await bus("POST", ICP, GOOD) == (201, "")
    assert await bus("POST", ICP, GOOD) == (200, "")
    assert len(bus.here.books()) == 1


@pytest.mark.parametrize(
    ("authority", "body", "code"),
    [
        ("icp", b"{", "MEMBER-INVALID"),
        ("icp", [], "MEMBER-INVALID"),
        ("icp", {**GOOD, "serviceCode": "NO-SUCH"}, "MEMBER-INVALID"),
        ("icp", {**GOOD, "data": {"addressedTo": "BANK"}}, "MEMBER-INVALID"),
        ("icp", data(GOOD, addressedTo="FUN"), "MEMBER-INVALID"),
        ("icp", data(GOOD, addressedTo=7), "MEMBER-INVALID"),
        ("moi", GOOD, "SERVICE-ELSEWHERE"),
        ("icp", {**GOOD, "files": [{"requirement": "X", "fileId": "F", "sha256": "0"}]}, "FILE-UNKNOWN"),
        ("ner", data(BRANCH, managerFullname="Hind Al Mansoori"), "MEMBER-INVALID"),
        ("ner", data(BRANCH, managerFullname="Hind,Al Mansoori,,,,,,"), "MEMBER-INVALID"),
    ],
)
async def test_an_application_that_is_not_as_it_must_be_is_not_booked(
    bus: ByHand, authority: str, body: Any, code: str
) -> None:
    assert await bus("POST", f"/{authority}/v1/applications", body) == (422, code)
    assert bus.here.books() == []


async def test_an_application_without_its_own_key_is_not_booked(bus: ByHand) -> None:
    assert await bus("POST", ICP, GOOD, Idempotency_Key="BW-2") == (400, "KEY-MISSING")
    assert bus.here.books() == []


@pytest.mark.parametrize(
    ("digest", "kind", "expected"),
    [
        (DIGEST, "application/pdf", (201, "")),
        ("0" * 64, "application/pdf", (422, "DIGEST-MISMATCH")),
        (DIGEST, "image/jpeg", (415, "TYPE-NOT-ACCEPTED")),
        (DIGEST, "text/html", (415, "TYPE-NOT-ACCEPTED")),
    ],
)
async def test_a_file_is_taken_with_its_digest_and_by_its_content(
    bus: ByHand, digest: str, kind: str, expected: tuple[int, str]
) -> None:
    assert await bus("POST", "/dms/v1/files", PDF, X_Content_SHA256=digest, Content_Type=kind) == expected


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/dms/v1/files"), ("POST", ICP), ("GET", f"{ICP}/BW-1"), ("POST", f"{ICP}/BW-1/actions")],
)
async def test_nothing_is_told_or_taken_without_a_token(bus: ByHand, method: str, path: str) -> None:
    assert await bus(method, path, GOOD, Authorization="Bearer another") == (401, "INVALID-TOKEN")
    assert bus.here.books() == []


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ({"action": "CANCEL", "answers": [], "files": []}, (200, "")),
        ({"action": "DANCE", "answers": [], "files": []}, (422, "ACTION-UNKNOWN")),
        ({"action": "RESUBMIT", "answers": [], "files": []}, (422, "REQUIREMENT-OPEN")),
        ({"action": "RESUBMIT", "answers": [{"requirement": "X"}], "files": []}, (422, "MEMBER-INVALID")),
        ({"action": "CANCEL"}, (422, "MEMBER-INVALID")),
    ],
)
async def test_an_act_is_done_where_it_is_one(bus: ByHand, act: Any, expected: tuple[int, str]) -> None:
    await bus("POST", ICP, GOOD)

    assert await bus("POST", f"{ICP}/BW-1/actions", act, Idempotency_Key="act-1") == expected


async def test_what_is_not_there_is_not_found(bus: ByHand) -> None:
    await bus("POST", ICP, GOOD)
    number = bus.here.books()[0]["number"]

    assert await bus("GET", f"{ICP}/BW-2") == (404, "NOT-FOUND")
    assert await bus("GET", f"/moi/v1/applications/{number}") == (404, "NOT-FOUND")
    assert await bus("POST", f"{ICP}/BW-2/actions", {}) == (404, "NOT-FOUND")
    # Nothing is issued before it is approved.
    assert await bus("GET", f"{ICP}/{number}/documents/{number}.pdf") == (404, "NOT-FOUND")
    assert await bus("GET", "/pay/AE-0") == (404, "")
    assert await bus("POST", "/pay/AE-0") == (404, "")


async def test_paying_what_is_not_due_changes_nothing(bus: ByHand) -> None:
    await bus("POST", ICP, GOOD)
    number = bus.here.books()[0]["number"]

    assert await bus("POST", f"/pay/{number}") == (200, "")
    assert bus.here.books()[0]["stage"] == "received"
