"""What a host answers is believed where it is signed, as an answer to that very question, and in the shared schema."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.adapter_host.messages import Request
from tests.support.forger import Forger, forging, records
from tests.support.hosts import SERVICE, asked, trouble


async def test_an_honest_answer_by_hand_is_taken(tmp_path: Path) -> None:
    """So that what follows is refused for what is wrong with it."""

    def honest(forger: Forger, request: Request, question: dict[str, Any]) -> Any:
        body = records(question)
        return 200, forger.signed(request, body), body

    async with forging(tmp_path, honest) as host:
        assert len(await asked(host)) == 1


def _unsigned(forger: Forger, request: Request, body: bytes) -> Any:
    return 200, {"content-type": "application/json"}, body


def _without(name: str) -> Callable[[Forger, Request, bytes], Any]:
    def answer(forger: Forger, request: Request, body: bytes) -> Any:
        return 200, {key: value for key, value in forger.signed(request, body).items() if key != name}, body

    return answer


def _changed(forger: Forger, request: Request, body: bytes) -> Any:
    return 200, forger.signed(request, body), body.replace(b"Salim", b"Selim")


def _other_status(forger: Forger, request: Request, body: bytes) -> Any:
    return 200, forger.signed(request, body, status=201), body


def _as_text(forger: Forger, request: Request, body: bytes) -> Any:
    return 200, forger.signed(request, body, kind="text/plain"), body


def _of_another_request(forger: Forger, request: Request, body: bytes) -> Any:
    other = Request(request.method, request.target, {**request.headers, "signature": "bawaba=:AAAA:"})
    return 200, forger.signed(other, body), body


def _of_another_address(forger: Forger, request: Request, body: bytes) -> Any:
    other = Request(request.method, request.target.replace(SERVICE, "traffic-fines"), request.headers)
    return 200, forger.signed(other, body), body


def _twice(forger: Forger, request: Request, body: bytes) -> Any:
    headers = forger.signed(request, body)
    return 200, headers | {"SIGNATURE": headers["Signature"]}, body


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (_unsigned, "host_signature_missing"),
        (_without("Signature"), "host_signature_missing"),
        (_without("Signature-Input"), "host_signature_missing"),
        (_without("content-digest"), "host_component_missing"),
        (_changed, "host_digest_mismatch"),
        (_other_status, "host_signature_wrong"),
        (_as_text, "host_content_type"),
        (_of_another_request, "host_signature_wrong"),
        (_of_another_address, "host_signature_wrong"),
        (_twice, "host_signature_malformed"),
    ],
)
async def test_an_answer_that_is_not_signed_as_it_came_is_refused(forge: Any, reason: str, tmp_path: Path) -> None:
    async with forging(tmp_path, lambda forger, request, said: forge(forger, request, records(said))) as host:
        problem = await trouble(host)

    assert (problem.outcome, problem.facts["reason"]) == ("garbled", reason)


async def test_an_answer_that_was_good_once_is_not_good_again(tmp_path: Path) -> None:
    """The answer to the first question is given to the second, which is the same but for its nonce."""
    kept: list[Any] = []

    def replay(forger: Forger, request: Request, question: dict[str, Any]) -> Any:
        if not kept:
            body = records(question)
            kept.append((200, forger.signed(request, body), body))
        return kept[0]

    async with forging(tmp_path, replay) as host:
        assert len(await asked(host)) == 1
        assert (await trouble(host)).facts["reason"] == "host_signature_wrong"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"nickname": "x"}, "schema.records.0.person"),
        ({"kind": "spy"}, "schema.records.0"),
        ({"standing": "friend"}, "schema.records.0.person.standing"),
        ({"birth_date": "1990-02-01"}, "schema.records.0.person.birth_date"),
        ({"alive": "true"}, "schema.records.0.person.alive"),
        ({"names": {}}, "schema.records.0.person.names"),
    ],
)
async def test_a_record_that_is_not_in_the_shared_schema_is_refused(
    change: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    """Strictly, with the place of the fault and nothing of what stands there."""

    def bend(forger: Forger, request: Request, question: dict[str, Any]) -> Any:
        body = records(question, **change)
        return 200, forger.signed(request, body), body

    async with forging(tmp_path, bend) as host:
        problem = await trouble(host)

    assert (problem.outcome, problem.facts["reason"]) == ("garbled", reason)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'{"records": [], "records": []}', "duplicate_key"),
        (b"[" * 5000, "json_too_deep"),
        (b'{"records": [' + b"[" * 60 + b"]" * 60 + b"]}", "json_too_deep"),
        (b'{"records": NaN}', "malformed_json"),
        (b'{"records": "\xff"}', "bad_text"),
        (b"", "malformed_json"),
        (b'{"records": {}}', "schema.records"),
        (b'{"records": [], "more": 1}', "schema"),
    ],
)
async def test_json_that_could_be_read_in_two_ways_is_refused(body: bytes, reason: str, tmp_path: Path) -> None:
    async with forging(tmp_path, lambda forger, request, said: (200, forger.signed(request, body), body)) as host:
        assert (await trouble(host)).facts["reason"] == reason


@pytest.mark.parametrize(
    ("status", "problem", "outcome"),
    [
        (424, {"code": "nonsense_of_its_own", "outcome": "down"}, ("down", "backend_down")),
        (424, {"code": "backend_late", "outcome": "garbled"}, ("garbled", "backend_garbled")),
        (424, {"code": "backend_down"}, ("refused", "backend_refused")),
        (401, {"code": "key_unknown"}, ("refused", "backend_refused")),
        (409, {"code": "files_missing"}, ("down", "backend_down")),
        (500, {"code": "oops"}, ("down", "backend_down")),
    ],
)
async def test_a_problem_is_one_of_those_that_are_known(
    status: int, problem: dict[str, Any], outcome: tuple[str, str], tmp_path: Path
) -> None:
    """What a host makes up is never shown to a person."""

    def say(forger: Forger, request: Request, question: dict[str, Any]) -> Any:
        body = json.dumps({"title": "x", "status": status, **problem}).encode()
        return status, forger.signed(request, body, status, "application/problem+json"), body

    async with forging(tmp_path, say) as host:
        came = await trouble(host)

    assert (came.outcome, came.code) == outcome


@pytest.mark.parametrize(
    "problem",
    [
        {"title": "x", "status": 424, "code": "backend_down", "outcome": "ok"},
        {"title": "x", "status": 424, "code": "<script>", "outcome": "down"},
        {"title": "x", "status": 424, "code": "backend_down", "outcome": "down", "reason": "نص"},
        {"title": "x", "status": 424, "code": "backend_down", "outcome": "down", "retry_after": 1e9},
        {"title": "x", "status": 423, "code": "backend_down", "outcome": "down"},
        {"title": "x", "status": 424, "code": "backend_down", "outcome": "down", "name": "x"},
    ],
)
async def test_a_problem_of_another_form_is_garbled(problem: dict[str, Any], tmp_path: Path) -> None:
    def say(forger: Forger, request: Request, question: dict[str, Any]) -> Any:
        body = json.dumps(problem).encode()
        return 424, forger.signed(request, body, 424, "application/problem+json"), body

    async with forging(tmp_path, say) as host:
        assert (await trouble(host)).outcome == "garbled"


async def test_a_proxy_that_says_it_is_out_of_order_is_down_without_a_signature(tmp_path: Path) -> None:
    async with forging(tmp_path, lambda forger, request, said: (503, {"content-type": "text/html"}, b"<h1>")) as host:
        assert (await trouble(host)).outcome == "down"
