"""Promises of the strict reader."""

import json
import string
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.errors import Unauthenticated
from gateway.identity.keys import base64url
from gateway.identity.strict import Limits, TokenError, decode_segment, read, read_object
from tests.unit.identity.examples import Office

LIMITS = Limits()
OFFICE = Office()
VERIFIER = OFFICE.verifier()
GOOD = OFFICE.token()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_token_is_read_into_its_parts() -> None:
    parts = read(GOOD, LIMITS)

    assert parts.header == OFFICE.header()
    assert parts.signing_input.decode() == GOOD.rpartition(".")[0]
    assert json.loads(parts.payload)["jti"]
    assert len(parts.signature) == 64


def test_the_reader_bounds_what_it_reads_whoever_calls_it() -> None:
    longest = GOOD + "A" * (LIMITS.token_characters - len(GOOD))

    with pytest.raises(TokenError) as caught:
        read(longest + "A", LIMITS)

    assert caught.value.reason == "size"


@given(st.binary(min_size=1, max_size=200))
def test_every_string_of_bytes_has_one_spelling(data: bytes) -> None:
    assert decode_segment(base64url(data)) == data


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_", min_size=1, max_size=40))
def test_what_is_read_would_be_written_the_same(segment: str) -> None:
    try:
        data = decode_segment(segment)
    except TokenError:
        return
    assert base64url(data) == segment


@given(st.dictionaries(st.text(max_size=8), st.integers(-(10**14) + 1, 10**15 - 1) | st.text(max_size=8), max_size=8))
def test_an_object_is_read_as_it_was_meant(value: dict[str, int | str]) -> None:
    assert read_object(json.dumps(value).encode(), LIMITS) == value


@given(st.binary(max_size=300))
@example(b'{"a":"\\ud800"}')
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'"' * 100_000)
@example(b'"\\' * 100_000)
@example(b'{"a":1e400}')
@example(b'{"a":-0}')
def test_any_bytes_are_read_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        value = read_object(data, LIMITS)
    except TokenError:
        return
    assert isinstance(value, dict)


@pytest.mark.parametrize(
    "tail", [b'\\"' * 250_000, b'"' * 500_000, b"\\" * 500_000], ids=["escaped", "quotes", "slashes"]
)
def test_reading_takes_time_in_proportion_to_length(tail: bytes) -> None:
    """A string that never ends must not be looked through again from each of its characters: that takes hours here."""
    began = time.perf_counter()

    with pytest.raises(TokenError):
        read_object(b'{"a":[[1],[2],[3],[4],"' + tail, LIMITS)

    assert time.perf_counter() - began < 2


@given(
    st.text(max_size=300)
    | st.lists(st.binary(max_size=80), min_size=1, max_size=5).map(lambda parts: ".".join(map(base64url, parts)))
)
@example("\ud800.\ud800.\ud800")
@example("..")
@example("")
def test_any_text_is_refused_and_never_trips(token: str) -> None:
    with pytest.raises(Unauthenticated):
        VERIFIER.verify(token)


@given(VALUES, st.sampled_from(sorted(OFFICE.claims() | {"countries": 0, "auth_time": 0, "cnf": 0, "new": 0})))
def test_any_value_of_any_claim_is_believed_or_refused_and_never_trips(value: object, claim: str) -> None:
    token = OFFICE.forge(claims=OFFICE.claims(**{claim: value}))

    try:
        principal = VERIFIER.verify(token)
    except Unauthenticated:
        return
    assert principal.home.value == "SA"


@given(VALUES, st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "new"]))
def test_any_value_in_the_header_is_refused_and_never_trips(value: object, name: str) -> None:
    if OFFICE.header().get(name) == value:
        return

    with pytest.raises(Unauthenticated):
        VERIFIER.verify(OFFICE.forge(header=OFFICE.header(**{name: value})))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b'{"a":1,"a":1}', "duplicate"),
        (b'{"a":1.0}', "number"),
        (b'{"a":NaN}', "number"),
        (b'{"a":' + b"9" * 16 + b"}", "number"),
        (b'{"a":[[[[1]]]]}', "depth"),
        (b"[]", "json"),
        (b"{", "json"),
        (b'{"a":"\\udc00"}', "json"),
    ],
)
def test_a_refusal_has_a_keyword_for_the_log(data: bytes, reason: str) -> None:
    with pytest.raises(TokenError) as caught:
        read_object(data, LIMITS)

    assert caught.value.reason == reason
    assert caught.value.code == "invalid_token"
