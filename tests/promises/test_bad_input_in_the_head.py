"""Methods, paths, hosts and heads that are not ours are refused in one shape, before anything is believed of them."""

from typing import Any

import pytest

from tests.support.door import LOOKUP, QUESTION, ask, check_problem, check_refused, citizen_token, entries, wire
from tests.support.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

GOOD = "GET /v1/services HTTP/1.1"
OURS = "Host: 127.0.0.1"


def head(*lines: str) -> bytes:
    return "\r\n".join((*lines, "", "")).encode()


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE"])
async def test_a_question_is_posted_and_nothing_else(bahrain: House, method: str) -> None:
    heard = await ask(bahrain, None, method=method)

    check_problem(heard, 405, "method_not_allowed")
    assert heard.headers["allow"] == "POST"


async def test_the_head_of_a_question_is_refused_without_a_body(bahrain: House) -> None:
    heard = await ask(bahrain, None, method="HEAD")

    assert (heard.status, heard.text) == (405, "")


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
async def test_no_header_changes_the_method(bahrain: House, header: str) -> None:
    heard = await ask(bahrain, None, method="GET", **{header.replace("-", "_"): "POST"})

    check_problem(heard, 405, "method_not_allowed")


@pytest.mark.parametrize(
    "line", ["CONNECT example.com:443 HTTP/1.1", "FOO /v1/services HTTP/1.1", "PROPFIND / HTTP/1.1"]
)
async def test_tunnels_and_unknown_methods_are_refused(bahrain: House, line: str) -> None:
    heard = await wire(bahrain, head(line, OURS, "Accept-Language: ar"))

    assert heard.status in (404, 405)
    check_problem(heard, heard.status, heard.document["code"], language="ar")


@pytest.mark.parametrize(
    "path",
    [
        f"/{LOOKUP}",
        LOOKUP.replace("/v1/", "/v1//"),
        f"{LOOKUP}/",
        LOOKUP.replace("v1", "V1"),
        LOOKUP.replace("/lookups", "/x/../lookups/.."),
        LOOKUP.replace("/lookups", "/x/%2e%2e/lookups/%2e%2e"),
        LOOKUP.replace("/", "\\").replace("\\", "/", 1),
        LOOKUP.replace("/lookups", "%2flookups"),
        f"{LOOKUP}/../../me",
    ],
)
async def test_a_path_that_only_resembles_an_address_leads_nowhere(bahrain: House, path: str) -> None:
    heard = await ask(bahrain, path=path)

    check_problem(heard, 404, "not_found")


@pytest.mark.parametrize("name", ["traffic-fines;a=b", "traffic%252dfines", "traffic-fines.json", "traffic%2ffines"])
async def test_what_is_added_to_a_name_is_part_of_it(bahrain: House, name: str) -> None:
    await check_refused(bahrain, QUESTION, 404, "unknown_service", path=f"/v1/lookups/{name}")


@pytest.mark.parametrize(
    "path", [f"{LOOKUP}%00", "/v1/receipts/%00", "/v1/applications/%00", "/v1/applications?service=a%00b"]
)
async def test_a_nul_is_part_of_no_address(bahrain: House, path: str) -> None:
    for language in ("en", "ar"):
        heard = await ask(bahrain, None, method="GET", path=path, language=language)

        check_problem(heard, 400, "bad_request", language=language)


async def test_an_escaped_letter_is_that_letter_for_rules_and_room_alike(bahrain: House) -> None:
    heard = await ask(bahrain, path=LOOKUP.replace("-", "%2d"))

    assert (heard.status, heard.document["service"]) == (200, "traffic-fines")


@pytest.mark.parametrize(
    "lines",
    [
        (GOOD, "Host: evil.example"),
        (GOOD, "Host: 127.0.0.1.evil.example"),
        (GOOD, "Host: evil.example:8080"),
        (GOOD, "Host: [::1"),
        (GOOD, "Host: 169.254.169.254"),
        ("GET http://evil.example/v1/services HTTP/1.1", OURS),
        ("GET http://evil.example/v1/services HTTP/1.1", "Host: evil.example"),
        ("GET http://127.0.0.1/v1/services HTTP/1.1", "Host: evil.example"),
        ("GET /v1/services HTTP/1.0",),
    ],
)
async def test_a_request_for_another_host_is_not_for_us(bahrain: House, lines: tuple[str, ...]) -> None:
    heard = await wire(bahrain, head(*lines, "Accept-Language: en"))

    check_problem(heard, 400, "unknown_host")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:9", "localhost", "LOCALHOST:80", "[::1]:80"])
async def test_a_demo_answers_to_the_names_of_this_machine(bahrain: House, host: str) -> None:
    heard = await wire(bahrain, head(GOOD, f"Host: {host}"))

    assert heard.status == 200


async def test_a_target_in_absolute_form_is_taken_when_it_is_ours(bahrain: House) -> None:
    heard = await wire(bahrain, head("GET http://127.0.0.1/v1/services HTTP/1.1", OURS))

    assert heard.status == 200


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /v1/services\r\n\r\n",
        head("GET /v1/services HTTP/2.0", OURS),
        head(GOOD, OURS, OURS),
        head(GOOD),
        head(GOOD, OURS, "X : y"),
        head(GOOD, OURS, " folded"),
        head(GOOD, OURS, "X: a\x00b"),
        head(f"POST {LOOKUP} HTTP/1.1", OURS, "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
        head(f"POST {LOOKUP} HTTP/1.1", OURS, "Content-Length: 5", "Content-Length: 6") + b"12345",
        head(f"POST {LOOKUP} HTTP/1.1", OURS, "Content-Length: -1"),
        head(f"POST {LOOKUP} HTTP/1.1", OURS, "Transfer-Encoding: chunked") + b"zz\r\n\r\n",
        head(f"POST {LOOKUP} HTTP/1.1", OURS, "Content-Type: a/b", "Content-Type: application/json"),
    ],
)
async def test_what_is_not_http_is_refused_in_our_shape_and_repeats_nothing(bahrain: House, sent: bytes) -> None:
    heard = await wire(bahrain, sent)

    check_problem(heard, 400, "bad_request", language="ar")


@pytest.mark.parametrize(
    "sent",
    [
        head(GOOD, OURS, f"Authorization: Bearer {'a' * 20_000}"),
        head(GOOD, OURS, f"{'X' * 20_000}: y"),
        head(f"GET /v1/services?q={'a' * 20_000} HTTP/1.1", OURS),
    ],
)
async def test_a_head_that_is_too_long_is_refused_and_not_repeated(bahrain: House, sent: bytes) -> None:
    heard = await wire(bahrain, sent)

    check_problem(heard, 431, "headers_too_large", language="ar")
    assert "aaaa" not in heard.text


async def test_what_is_no_http_at_all_is_not_answered_with_data(bahrain: House) -> None:
    heard = await wire(bahrain, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")

    assert heard.status in (400, 405)
    check_problem(heard, heard.status, heard.document["code"], language="ar")


async def test_what_never_reached_the_question_is_not_in_the_ledger(bahrain: House) -> None:
    before = len(await entries(bahrain))

    await ask(bahrain, None, method="PUT")
    await ask(bahrain, path=f"{LOOKUP}/")
    await wire(bahrain, head(GOOD, "Host: evil.example"))

    assert len(await entries(bahrain)) == before


async def test_a_page_of_a_ledger_that_is_no_number_is_refused(bahrain: House) -> None:
    for before in ("x", "-1", "1e3", "%d9%a1", "9" * 40, ""):
        heard = await ask(bahrain, None, method="GET", path=f"/v1/me/accesses?before={before}")
        check_problem(heard, 422, "field_format", "?before")


@pytest.mark.parametrize(
    "path", ["/ledger/tile/x", "/ledger/tile/0/999", "/ledger/tile/0/../0/000", "/v1/receipts/%01"]
)
async def test_a_record_that_cannot_be_is_absent(bahrain: House, path: str) -> None:
    heard = await ask(bahrain, None, method="GET", path=path)

    check_problem(heard, 404, "not_found")


TOKENS: list[Any] = ["a.b.c", "x", "=", "a" * 7000]


@pytest.mark.parametrize("token", TOKENS)
async def test_a_forged_token_is_refused_and_says_so_in_the_head(bahrain: House, token: str) -> None:
    await check_refused(bahrain, QUESTION, 401, "invalid_token", token=token)

    heard = await ask(bahrain, token=token)
    assert 'error="invalid_token"' in heard.headers["www-authenticate"]


async def test_a_token_with_one_letter_changed_is_refused(bahrain: House) -> None:
    good = citizen_token(bahrain)
    changed = good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:]

    kept = await check_refused(bahrain, QUESTION, 401, "invalid_token", token=changed)

    assert all("subject" not in entry for entry in kept)


async def test_no_token_is_a_challenge_without_an_error(bahrain: House) -> None:
    await check_refused(bahrain, QUESTION, 401, "token_missing", token=None)

    heard = await ask(bahrain, token=None)
    assert heard.headers["www-authenticate"].startswith("Bearer")
    assert "error" not in heard.headers["www-authenticate"]


@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/accesses", "/v1/receipts/0"])
async def test_what_is_ones_own_asks_who_one_is(bahrain: House, path: str) -> None:
    heard = await ask(bahrain, None, method="GET", path=path, token=None)

    check_problem(heard, 401, "token_missing")


async def test_a_token_beside_the_head_is_not_looked_at(bahrain: House) -> None:
    token = citizen_token(bahrain)

    await check_refused(bahrain, QUESTION, 401, "token_missing", token=None, path=f"{LOOKUP}?access_token={token}")
    await check_refused(bahrain, QUESTION, 401, "token_missing", token=None, Cookie=f"access_token={token}")
