"""Bahrain's stand-in takes applications as the real agencies would: what is not as it must be is turned away."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.support.by_hand import ByHand, by_hand

PDF = b"%PDF-1.7\n"
DIGEST = hashlib.sha256(PDF).hexdigest()
GOOD: dict[str, Any] = {
    "service_code": "IGA-RESIDENCE",
    "language": "EN",
    "cpr": "010345570",
    "gcc_id": None,
    "fields": {"use": "BANK", "certificate_language": "AR"},
    "files": [],
}
EXTENSION: dict[str, Any] = {
    **GOOD,
    "service_code": "SIO-EXT",
    "fields": {
        "employer": {"number": "SIO-1", "name": "x"},
        "start_date": "01/09/2026",
        "wage_fils": 1250500,
        "sector": "PRV",
    },
}


@pytest_asyncio.fixture
async def agency() -> AsyncIterator[ByHand]:
    async with by_hand("bahrain", "code", X_Request_Id="req-1", X_Purpose="service_delivery") as opened:
        yield opened


def fields(good: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The application with some of its fields changed."""
    return {**good, "fields": {**good["fields"], **changes}}


async def test_a_good_application_is_booked(agency: ByHand) -> None:
    assert await agency("PUT", "/iga/v1/applications/BW-1", GOOD) == (201, "")
    assert await agency("PUT", "/iga/v1/applications/BW-1", GOOD) == (200, "")
    assert len(agency.here.books()) == 1


@pytest.mark.parametrize(
    ("agency_asked", "body", "code"),
    [
        ("iga", b"{", "FIELD_INVALID"),
        ("iga", [], "FIELD_INVALID"),
        ("iga", {**GOOD, "service_code": "NO-SUCH"}, "FIELD_INVALID"),
        ("iga", {**GOOD, "fields": {"use": "BANK"}}, "FIELD_INVALID"),
        ("iga", fields(GOOD, use="FUN"), "FIELD_INVALID"),
        ("sio", GOOD, "SERVICE_ELSEWHERE"),
        ("iga", {**GOOD, "files": [{"item": "X", "file_id": "F", "sha256": "0"}]}, "FILE_UNKNOWN"),
        ("sio", fields(EXTENSION, wage_fils="1"), "FIELD_INVALID"),
        ("sio", fields(EXTENSION, wage_fils=1.5), "FIELD_INVALID"),
        ("sio", fields(EXTENSION, start_date="2026-09-01"), "FIELD_INVALID"),
    ],
)
async def test_an_application_that_is_not_as_it_must_be_is_not_booked(
    agency: ByHand, agency_asked: str, body: Any, code: str
) -> None:
    assert await agency("PUT", f"/{agency_asked}/v1/applications/BW-1", body) == (422, code)
    assert agency.here.books() == []


@pytest.mark.parametrize(
    ("digest", "kind", "body", "expected"),
    [
        (DIGEST, "application/pdf", PDF, (200, "")),
        ("0" * 64, "application/pdf", PDF, (422, "DIGEST_DIFFERS")),
        (DIGEST, "image/png", PDF, (415, "TYPE_NOT_ACCEPTED")),
        (DIGEST, "text/html", PDF, (415, "TYPE_NOT_ACCEPTED")),
    ],
)
async def test_a_file_is_taken_under_its_digest_and_by_its_content(
    agency: ByHand, digest: str, kind: str, body: bytes, expected: tuple[int, str]
) -> None:
    assert await agency("PUT", f"/sio/v1/files/{digest}", body, Content_Type=kind) == expected


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_nothing_is_told_or_taken_without_a_token(agency: ByHand, method: str) -> None:
    answer = await agency(method, "/iga/v1/applications/BW-1", GOOD, Authorization="Bearer another")

    assert answer == (401, "TOKEN_INVALID")
    assert agency.here.books() == []


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        ({"action_ref": "a", "action": "WITHDRAW", "items": []}, (200, "")),
        ({"action_ref": "a", "action": "DANCE", "items": []}, (422, "ACTION_UNKNOWN")),
        ({"action_ref": "a", "action": "SUPPLY", "items": []}, (422, "ITEM_MISSING")),
        ({"action_ref": "a", "action": "SUPPLY", "items": [{"item": "X"}]}, (422, "FIELD_INVALID")),
        ({"action": "WITHDRAW", "items": []}, (422, "FIELD_INVALID")),
    ],
)
async def test_an_act_is_done_where_it_is_one(agency: ByHand, act: Any, expected: tuple[int, str]) -> None:
    await agency("PUT", "/iga/v1/applications/BW-1", GOOD)

    assert await agency("POST", "/iga/v1/applications/BW-1/actions", act) == expected


async def test_what_is_not_there_is_not_found(agency: ByHand) -> None:
    await agency("PUT", "/iga/v1/applications/BW-1", GOOD)
    number = agency.here.books()[0]["number"]

    assert await agency("GET", "/iga/v1/applications/BW-2") == (404, "NOT_FOUND")
    assert await agency("POST", "/iga/v1/applications/BW-2/actions", {}) == (404, "NOT_FOUND")
    # Nothing is issued before it is approved.
    assert await agency("GET", f"/iga/v1/applications/{number}/documents/{number}-1") == (404, "NOT_FOUND")
    assert await agency("GET", "/iga/pay/BH-0") == (404, "")
    assert await agency("POST", "/iga/pay/BH-0") == (404, "")


async def test_paying_what_is_not_due_changes_nothing(agency: ByHand) -> None:
    await agency("PUT", "/iga/v1/applications/BW-1", GOOD)
    number = agency.here.books()[0]["number"]

    assert await agency("POST", f"/iga/pay/{number}") == (200, "")
    assert agency.here.books()[0]["stage"] == "received"
