"""Every answer's head: nothing private is kept by anyone between, no other site may read it, no client may lie."""

import json
import re

import pytest

from tests.support.door import LOOKUP, QUESTION, Heard, ask, check_problem, citizen_token
from tests.support.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

PRIVATE = ("/v1/me", "/v1/me/accesses", "/v1/receipts/0", "/v1/me/x.css", "/v1/me/accesses/x.js", "/v1/me%2fx.css")
PUBLIC = ("/v1/services", "/v1/services/traffic-fines", "/ledger/checkpoint", "/openapi.json", "/docs", "/")
ABSENT = ("/nothing", "/v1/nothing", "/.env", "/ledger/tile/9/000")
# What an answer may carry; a header of a national system has no way in.
KNOWN = {
    "allow", "cache-control", "content-language", "content-length", "content-security-policy", "content-type",
    "cross-origin-resource-policy", "date", "referrer-policy", "retry-after", "server", "vary", "www-authenticate",
    "x-content-type-options", "x-frame-options", "x-request-id",
}  # fmt: skip
FORWARDED = {
    "X_Forwarded_For": "203.0.113.9", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https",
    "Forwarded": "for=203.0.113.9;host=evil.example", "X_Real_IP": "203.0.113.9", "X_Original_URL": "/v1/me",
    "X_Rewrite_URL": "/v1/me", "X_User": "admin", "X_Roles": "operator",
}  # fmt: skip
NUMBERS = re.compile(r"[0-9a-f]{32}|\d{4}-\d\d-\d\dT[\d:.]+Z|\"took_ms\":\d+|\"(index|leaf_hash|salt)\":[^,}]+")


async def get(house: House, path: str, **headers: str) -> Heard:
    return await ask(house, None, method="GET", path=path, **headers)


@pytest.mark.parametrize("path", [*PRIVATE, *PUBLIC, *ABSENT])
async def test_every_answer_guards_itself(bahrain: House, path: str) -> None:
    heard = await get(bahrain, path)

    assert heard.headers["x-content-type-options"] == "nosniff"
    assert heard.headers["x-frame-options"] == "DENY"
    assert heard.headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "frame-ancestors 'none'" in heard.headers["content-security-policy"]
    assert re.fullmatch("[0-9a-f]{32}", heard.headers["x-request-id"])
    assert heard.headers["server"] == "bawaba"
    assert "x-powered-by" not in heard.headers


@pytest.mark.parametrize("path", PRIVATE)
async def test_what_is_private_is_kept_by_nobody(bahrain: House, path: str) -> None:
    heard = await get(bahrain, path)

    assert heard.headers["cache-control"] == "no-store"
    assert "Authorization" in heard.headers["vary"]


async def test_an_answer_with_records_is_kept_by_nobody(bahrain: House) -> None:
    heard = await ask(bahrain)

    assert heard.status == 200
    assert heard.headers["cache-control"] == "no-store"
    assert heard.headers["content-type"].startswith("application/json")
    assert set(heard.headers) <= KNOWN


@pytest.mark.parametrize("path", ["/v1/me/x.css", "/v1/me/accesses/x.js", "/v1/me;x.css", "/v1/me/"])
async def test_a_private_page_has_no_name_of_a_public_file(bahrain: House, path: str) -> None:
    check_problem(await get(bahrain, path), 404, "not_found")


@pytest.mark.parametrize("path", ["/v1/services", "/v1/services/traffic-fines"])
async def test_a_public_answer_is_the_same_for_everyone(bahrain: House, path: str) -> None:
    signed_in = await get(bahrain, path)
    stranger = await ask(
        bahrain, None, method="GET", path=path, token=None, Cookie="a=b", Origin="https://evil.example"
    )

    assert signed_in.headers["cache-control"].startswith("public")
    assert signed_in.text == stranger.text
    assert "set-cookie" not in signed_in.headers


@pytest.mark.parametrize(
    "origin", ["null", "https://evil.example", "http://127.0.0.1", "http://127.0.0.1.evil.example"]
)
async def test_no_other_site_may_read_an_answer(bahrain: House, origin: str) -> None:
    asked = await ask(bahrain, Origin=origin)
    preflight = await ask(
        bahrain, None, method="OPTIONS", Origin=origin, Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization",
    )  # fmt: skip
    public = await get(bahrain, "/v1/services", Origin=origin)

    assert preflight.status == 405
    for heard in (asked, preflight, public):
        assert not [name for name in heard.headers if name.startswith("access-control-")]
        assert heard.headers["cross-origin-resource-policy"] == "same-origin"


async def test_nothing_that_a_client_says_of_itself_is_believed(bahrain: House) -> None:
    plain, lying = await ask(bahrain), await ask(bahrain, **FORWARDED)

    assert lying.status == 200
    assert NUMBERS.sub("", lying.text) == NUMBERS.sub("", plain.text)


async def test_no_address_in_an_answer_is_made_of_what_the_client_said(bahrain: House) -> None:
    for path in ("/v1/services", "/v1/services/traffic-fines", "/openapi.json", "/docs", "/nothing"):
        for accept in ("application/json", "application/ld+json", "text/html"):
            heard = await get(bahrain, path, Accept=accept, **FORWARDED)
            assert "evil.example" not in heard.text + str(heard.headers)


async def test_a_request_number_is_ours_and_never_the_clients(bahrain: House) -> None:
    first = await ask(bahrain, X_Request_Id="evil")
    second = await ask(bahrain, X_Request_Id="evil")

    numbers = {first.headers["x-request-id"], second.headers["x-request-id"]}
    assert len(numbers) == 2
    assert "evil" not in numbers
    assert first.document["request_id"] == first.headers["x-request-id"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/console", "/callbacks/x/y"])
async def test_the_doors_of_others_are_not_on_the_public_port(bahrain: House, path: str) -> None:
    check_problem(await get(bahrain, path), 404, "not_found")


@pytest.mark.parametrize("header", ["Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Range"])
async def test_conditions_and_ranges_do_no_harm(bahrain: House, header: str) -> None:
    heard = await get(bahrain, "/v1/services", **{header.replace("-", "_"): "bytes=" + ",".join(["0-1"] * 1000)})

    assert heard.status in (200, 304, 416)


async def test_a_body_with_a_get_changes_nothing(bahrain: House) -> None:
    plain = await get(bahrain, "/v1/services")
    fat = await ask(bahrain, b'{"q": "pension"}', method="GET", path="/v1/services")

    assert fat.text == plain.text


async def test_what_looks_like_an_answer_is_json_for_every_taste(bahrain: House) -> None:
    for accept in ("*/*", "text/html", "application/xml", "", "nonsense"):
        heard = await ask(bahrain, QUESTION, path=LOOKUP, Accept=accept, token=citizen_token(bahrain))
        assert json.loads(heard.text)["service"] == "traffic-fines"
