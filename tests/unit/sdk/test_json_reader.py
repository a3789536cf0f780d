"""JSON that two readers could understand in two ways is refused, and the rest is read exactly (P04, P05)."""

import json
import time
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BackendGarbled
from gateway.sdk.readers import MalformedJson, parse_json, read_json

MALFORMED = {
    "nothing": b"",
    "blanks": b" \n",
    "cut off": b'{"a": 1',
    "two documents": b"{} {}",
    "garbage after": b"{}x",
    "NUL after": b"{}\0",
    "trailing comma": b"[1,]",
    "comment": b"[1] // one",
    "single quotes": b"{'a': 1}",
    "bare name": b"{a: 1}",
    "NaN": b"[NaN]",
    "infinity": b"[Infinity]",
    "minus infinity": b"[-Infinity]",
    "overflowing": b"[1e999]",
    "leading zero": b"[007]",
    "plus": b"[+1]",
    "hexadecimal": b"[0x10]",
    "no digit after the point": b"[1.]",
    "no digit before the point": b"[.5]",
    "5000 digits": b"[" + b"9" * 5000 + b"]",
    "65 bits": b"[18446744073709551616]",
    "5000 decimals": b"[0." + b"9" * 5000 + b"]",
    "tiny beyond reason": b"[1e-99999]",
    "control character in text": b'["a\nb"]',
    "bad escape": b'["\\x41"]',
    "byte order mark": b"\xef\xbb\xbf{}",
    "doubled byte order mark": b"\xef\xbb\xbf\xef\xbb\xbf{}",
}
BAD_TEXT = {
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "Windows-1256": '{"a": "عمان"}'.encode("cp1256"),
    "overlong": b'["\xc0\xaf"]',
    "a surrogate in UTF-8": b'["\xed\xa0\x80"]',
    "a lone high surrogate": b'["\\ud800"]',
    "a lone low surrogate": b'["\\udc00"]',
    "surrogates the wrong way round": b'["\\udc00\\ud800"]',
    "a lone surrogate in a name": b'{"\\ud800": 1}',
    "cut in a letter": b'["\xd8"]',
}
DUPLICATE = {
    "twice": b'{"a":1,"a":2}',
    "twice with the same value": b'{"a":1,"a":1}',
    "with blanks": b'{ "a" : 1 , "a" : 2 }',
    "one of them escaped": b'{"a":1,"\\u0061":2}',
    "deep inside": b'[{"x":[{"a":1,"b":{"c":1,"c":2}}]}]',
    "values that are text": b'{"a":"1","a":"2"}',
    "values that are objects": b'{"a":{"b":1},"a":{"b":1}}',
    "the empty name": b'{"":1,"":2}',
    "names with quotation marks": b'{"a\\"b":1,"a\\"b":2}',
    "names that end in a backslash": b'{"a\\\\":1,"a\\\\":2}',
    "hidden by quotation marks in text": b'{"a":1,"a":2,"b":"\\"\\"\\"\\""}',
    "hidden by backslashes": b'{"a":"\\\\","a":"\\\\\\"","b":"\\\\\\\\"}',
    "beside a fraction": b'{"a":1.5,"a":1.5}',
}


def deep(levels: int, inner: bytes = b"1") -> bytes:
    return b"[" * levels + inner + b"]" * levels


def code_of(body: bytes, **options: Any) -> str:
    with pytest.raises(MalformedJson) as caught:
        parse_json(body, **options)
    return caught.value.code


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_strictly_json_is_malformed(body: bytes) -> None:
    assert code_of(body) == "malformed_json"


@pytest.mark.parametrize("body", BAD_TEXT.values(), ids=BAD_TEXT)
def test_text_that_is_not_unicode_in_utf8_is_bad_text(body: bytes) -> None:
    assert code_of(body) == "bad_text"


@pytest.mark.parametrize("body", DUPLICATE.values(), ids=DUPLICATE)
def test_a_name_that_stands_twice_is_refused(body: bytes) -> None:
    assert code_of(body) == "duplicate_key"


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":{"a":{"a":1}}}',
        b'[{"a":1},{"a":2}]',
        b'{"a":"a","b":"a"}',
        b'{"A":1,"a":2}',
        b'{"a":":\\"","b\\\\":"\\\\\\"\\\\"}',
        b'{"a":"\\u0022\\u005c","b":"\\/"}',
        b'{"":""}',
        '{"é":1,"e\u0301":2}'.encode(),
    ],
)
def test_names_that_only_look_alike_are_read(body: bytes) -> None:
    assert parse_json(body) == json.loads(body)


@pytest.mark.parametrize("body", [deep(33), deep(100_000), b"[" * 100_000, b'{"a":' * 100_000, deep(40, b"oops")])
def test_what_is_nested_too_deeply_is_refused_by_that_name(body: bytes) -> None:
    """Also where it is not JSON besides: the depth is what a sender can be told of."""
    assert code_of(body) == "json_too_deep"


def test_the_depth_is_the_callers_choice() -> None:
    assert parse_json(deep(32)) == json.loads(deep(32))
    assert parse_json(deep(100), max_depth=100) == json.loads(deep(100))
    assert code_of(deep(3), max_depth=2) == "json_too_deep"
    assert code_of(b'{"a":[{}]}', max_depth=2) == "json_too_deep"
    assert parse_json(b"1", max_depth=0) == 1


def test_brackets_in_text_are_not_depth() -> None:
    text = "[{" * 1000

    assert parse_json(json.dumps([text, f'"{text}']).encode()) == [text, f'"{text}']
    assert code_of(b'["' + b"[" * 1000 + b'", oops]') == "malformed_json"


@pytest.mark.parametrize(
    ("body", "number"),
    [
        (b"12.500", "12.500"),
        (b"0.1", "0.1"),
        (b"-0.0", "-0.0"),
        (b"33.333333333333333333333333", "33.333333333333333333333333"),
        (b"1e3", "1E+3"),
        (b"1234567890123456789.01", "1234567890123456789.01"),
    ],
)
def test_a_fraction_is_read_as_it_is_written(body: bytes, number: str) -> None:
    """An amount must not pass through binary floating point."""
    value = parse_json(body)

    assert isinstance(value, Decimal)
    assert str(value) == number


@pytest.mark.parametrize("number", [0, -1, 2**53 + 1, 2**63 - 1, -(2**63), 2**64 - 1])
def test_an_integer_is_exact_up_to_64_bits(number: int) -> None:
    value = parse_json(b"[%d, 0.5]" % number)

    assert parse_json(b"%d" % number) == number == value[0]
    assert type(value[0]) is int


def test_a_national_system_that_breaks_these_rules_is_garbled_with_the_reason() -> None:
    with pytest.raises(BackendGarbled) as caught:
        read_json(b'{"a":1,"a":2}')

    assert caught.value.facts == {"reason": "duplicate_key"}
    assert read_json(b'{"a":1}') == {"a": 1}


def test_what_is_refused_is_not_repeated_in_the_error() -> None:
    with pytest.raises(MalformedJson) as caught:
        parse_json(b'{"name": "INVENTED PERSON"')

    assert "INVENTED" not in f"{caught.value!r}"


# Seconds of the processor. It measures no speed: one pass over two megabytes takes tenths of a second, a reader that
# compares each name or list with all before it takes two minutes and more. This tells the two apart on any machine.
ENDLESS = 5


@pytest.mark.parametrize(
    "body",
    [
        b"{" + b",".join(b'"%d":0' % n for n in range(200_000)) + b"}",
        b"[" + b",".join([b"[]"] * 500_000) + b"]",
        b'["' + b"\\\\" * 1_000_000 + b'"]',
        b'["' + b'\\"' * 1_000_000 + b'"]',
        b'"' * 1_000_001,
        b'["' + b"[" * 2_000_000,
    ],
    ids=["200,000 names", "500,000 lists", "backslashes", "quotation marks", "quotation marks alone", "open text"],
)
def test_two_megabytes_of_malice_are_judged_in_bounded_time(body: bytes) -> None:
    began = time.process_time()
    with suppress(MalformedJson):
        parse_json(body)

    assert time.process_time() - began < ENDLESS


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXT | st.decimals(-(10**6), 10**6, places=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


def written(document: Any, ascii_only: bool) -> str:
    """JSON with decimals as they are, in either of the two ways to write text."""
    if isinstance(document, dict):
        members = (f"{written(name, ascii_only)}: {written(value, ascii_only)}" for name, value in document.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(document, list):
        return "[" + ",".join(written(each, ascii_only) for each in document) + "]"
    return f"{document:f}" if isinstance(document, Decimal) else json.dumps(document, ensure_ascii=ascii_only)


@given(DOCUMENTS, st.booleans())
def test_every_proper_document_is_read_as_it_was_meant(document: Any, ascii_only: bool) -> None:
    assert parse_json(written(document, ascii_only).encode()) == document


@given(st.dictionaries(TEXT, DOCUMENTS, min_size=1, max_size=3), DOCUMENTS, st.booleans(), st.data())
def test_no_repeated_name_goes_unseen(
    members: dict[str, Any], value: Any, ascii_only: bool, data: st.DataObject
) -> None:
    """Whatever stands around it, and whichever way it is written."""
    name = data.draw(st.sampled_from(sorted(members)))
    inside = written(members, not ascii_only)[1:-1]
    body = "{" + inside + "," + written({name: value}, ascii_only)[1:]

    assert code_of(body.encode()) == "duplicate_key"


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("twice")
    return members


def slowly(body: bytes) -> Any:
    """The same judgement by the standard library's reader, at its own pace."""
    document = json.loads(
        body.decode(), object_pairs_hook=unique, parse_float=Decimal, parse_constant=lambda _: int("no number")
    )
    json.dumps(document, default=str, ensure_ascii=False).encode()
    return document


@given(
    st.text(st.sampled_from('{}[]:,"\\au0123456789.eE- \n\ud83d'), max_size=24).map(
        lambda t: t.encode("utf-8", "replace")
    )
)
def test_it_accepts_nothing_that_the_standard_library_refuses(body: bytes) -> None:
    """And what both accept, both understand alike."""
    try:
        document = parse_json(body)
    except MalformedJson:
        return

    assert document == slowly(body)
