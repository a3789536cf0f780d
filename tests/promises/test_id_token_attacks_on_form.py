"""A token that can be read in two ways, or not at all, is not read: the rest of attack O01."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from gateway.errors import ProviderGarbled
from tests.support.openid import disbelieved, hostile_house, sign_in


@pytest.mark.parametrize(
    ("reason", "header", "claims"),
    [
        ("duplicate", '{"alg":"ES256","alg":"none","kid":"first"}', None),
        ("duplicate_key", None, lambda text: text[:-1] + ',"sub":"another"}'),
        ("duplicate_key", None, lambda text: text[:-1] + ',"x":{"y":1,"y":2}}'),
        ("json_too_deep", None, lambda text: text[:-1] + ',"x":' + "[" * 2000 + "]" * 2000 + "}"),
        ("depth", '{"alg":"ES256","kid":"first","x":' + "[" * 2000 + "]" * 2000 + "}", None),
        ("claims_form", None, lambda _text: "[]"),
        ("claims_form", None, lambda _text: "null"),
        ("malformed_json", None, lambda text: text[:-1] + ',"x":NaN}'),
        ("malformed_json", None, lambda text: text + " trailing"),
        ("bad_text", None, lambda text: text[:-1] + ',"x":"\\ud800"}'),
        ("json", "[]", None),
        ("size", None, lambda text: text[:-1] + ',"x":"' + "x" * 2_000_000 + '"}'),
    ],
)
async def test_a_token_that_can_be_read_in_two_ways_or_not_at_all_is_refused(
    reason: str, header: str | None, claims: Callable[[str], str] | None
) -> None:
    """O01: 2 MB, duplicates, nesting."""

    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        if reason == "size":
            hostile.token_answer = lambda answer: {**answer, "id_token": answer["id_token"][:1_000_000]}
        hostile.write = lambda honest_header, honest: hostile.signed_text(
            header or json.dumps(honest_header), claims(json.dumps(honest)) if claims else json.dumps(honest)
        )

        await disbelieved(provider, f"id_token_{reason}")


@pytest.mark.parametrize("token", ["", "a.b", "a.b.c.d", "e30.e30.", "é.é.é", "e30=.e30.e30", 7, None, ["e30.e30.e30"]])
async def test_what_is_no_token_is_refused(token: object) -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.token_answer = lambda answer: {**answer, "id_token": token}

        with pytest.raises(ProviderGarbled):
            await sign_in(provider)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 50_000,
        b'{"id_token":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
        b" " * 20_000_000 + b"{}",
        b'{"access_token":"a","access_token":"b","token_type":"Bearer","id_token":"c"}',
        b"\xef\xbb\xbf{}",
        b"null",
    ],
    ids=["only opening", "50,000 deep", "20 MB", "duplicate", "byte order mark", "null"],
)
async def test_a_hostile_answer_of_the_token_endpoint_is_refused_quickly(body: bytes) -> None:
    """O01."""
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.bodies["/token"] = lambda: web.Response(body=body, content_type="application/json")
        began = time.monotonic()

        with pytest.raises(ProviderGarbled):
            await sign_in(provider)

        assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    "changes",
    [
        {"token_type": "DPoP"},
        {"token_type": None},
        {"access_token": ""},
        {"access_token": "two words"},
        {"access_token": "a\r\nX-Evil: 1"},
        {"access_token": 7},
    ],
)
async def test_a_token_that_is_no_bearer_token_is_refused(changes: dict[str, Any]) -> None:
    async with hostile_house() as (hostile, provider):
        await sign_in(provider)
        hostile.token_answer = lambda answer: {**answer, **changes}

        with pytest.raises(ProviderGarbled):
            await sign_in(provider)
