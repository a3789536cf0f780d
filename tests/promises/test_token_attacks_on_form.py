"""A token is read in one way or not at all: attacks T08, T09, T16 to T20 and T26."""

import base64
import json
import tracemalloc
import zlib
from dataclasses import replace
from functools import partial

import jwt
import pytest

from gateway.identity.keys import base64url
from gateway.identity.rules import TokenRules
from gateway.identity.strict import Limits
from gateway.identity.verifier import TokenVerifier
from tests.unit.identity.examples import HOLDER, Office, accepted, decoded, naive, refused, segment, sign

ENDLESS = 10**9


@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": ["https://example.org/unknown"], "https://example.org/unknown": 1},
        {"crit": []},
        {"crit": "exp"},
        {"b64": False, "crit": ["b64"]},
        {"b64": False},
        {"b64": True},
        {"cty": "JWT"},
        {"x-new": "what nobody has thought of yet"},
    ],
    ids=str,
)
def test_a_header_that_asks_for_more_than_we_write_is_refused(extra: dict[str, object]) -> None:
    """T08."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = office.forge(header=office.header(**extra))

    refused(lambda: office.verifier().verify(bad), "header_names")
    accepted(office.verifier_without("header_names"), bad)


def test_a_compressed_payload_is_refused_before_anything_is_unpacked() -> None:
    """T09: four kilobytes could become four megabytes."""
    office = Office()
    accepted(office.verifier(), office.forge())

    packed = zlib.compress(json.dumps(office.claims()).encode() + b" " * 2_000_000, 9)
    bomb = office.forge(header=office.header(zip="DEF"), claims=packed)
    plain = office.forge(header=office.header(zip="DEF"))

    refused(lambda: office.verifier().verify(bomb), "header_names")
    refused(lambda: office.verifier().verify(plain), "header_names")
    accepted(office.verifier_without("header_names"), plain)
    assert len(zlib.decompress(jwt.PyJWS().decode(bomb, office.key.public, ["ES256"]))) > 2_000_000


@pytest.mark.parametrize(
    "doubled",
    ['"typ":"JWT",', '"alg":"none",', '"kid":"other",', '"typ":"at+jwt",', '"\\u0074yp":"JWT",'],
)
def test_a_header_that_says_a_thing_twice_is_refused(doubled: str) -> None:
    """T16: the last one wins with us, the first with somebody else, and each believes another token."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = office.forge(header=json.dumps(office.header()).replace("{", "{" + doubled).encode())

    refused(lambda: office.verifier().verify(bad), "duplicate")
    assert naive(bad, office.key.public)["sub"] == HOLDER.subject


@pytest.mark.parametrize(
    "doubled", ['"sub":"victim",', '"exp":1,', '"aud":"x",', '"scope":"lookups",', '"su\\u0062":"victim",']
)
def test_claims_that_say_a_thing_twice_are_refused(doubled: str) -> None:
    """T16."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = office.forge(claims=json.dumps(office.claims()).replace("{", "{" + doubled, 1).encode())

    refused(lambda: office.verifier().verify(bad), "duplicate")
    assert naive(bad, office.key.public)["sub"] == HOLDER.subject


def test_a_name_twice_in_an_inner_object_is_refused_too() -> None:
    """T16."""
    office = Office()
    accepted(office.verifier(), office.forge(claims=office.claims(extra={"a": 1, "b": 2})))

    raw = json.dumps(office.claims(extra={"a": 1, "b": 2})).replace('"b"', '"a"').encode()

    refused(lambda: office.verifier().verify(office.forge(claims=raw)), "duplicate")


@pytest.mark.parametrize("kind", ["megabyte", "dots", "long header", "one too many", "many parts"])
def test_a_large_token_is_refused_by_its_size_alone(kind: str) -> None:
    """T17: rightly signed ones too, which a build without the limit reads from end to end."""
    office = Office()
    accepted(office.verifier(), office.token())
    limit = Limits().token_characters

    bad = {
        "megabyte": office.forge(claims=office.claims(filler="x" * 786_432)),
        "dots": "." * 5_000,
        "long header": office.forge(header=office.header(kid="k" * 8_192)),
        "one too many": office.token() + "A" * (limit + 1 - len(office.token())),
        "many parts": ".".join(["e30"] * 2_000),
    }[kind]

    assert len(bad) > limit
    refused(lambda: office.verifier().verify(bad), "size")
    if kind == "megabyte":
        accepted(unlimited(office), bad)
        assert naive(bad, office.key.public)["sub"] == HOLDER.subject


def test_a_flood_of_large_tokens_leaves_nothing_behind() -> None:
    """T17: neither remembered nor copied, so the memory of a worker does not follow the attacker."""
    office = Office()
    verifier = office.verifier()
    accepted(verifier, office.token())
    signed = office.forge(claims=office.claims(filler="x" * 786_432))
    flood = [f"{'A' * 1_000_000}.{number}.A" for number in range(20)] + [signed]
    for bad in flood:
        refused(partial(verifier.verify, bad), "size")

    tracemalloc.start()
    for bad in flood * 5:
        refused(partial(verifier.verify, bad), "size")
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert verifier.remembered == 1
    assert peak < 500_000
    assert kept < 100_000


@pytest.mark.parametrize("inside", ["[", '{"a":'], ids=["arrays", "objects"])
@pytest.mark.parametrize("where", ["header", "claims"])
def test_deep_nesting_is_refused_and_never_runs_out_of_stack(where: str, inside: str) -> None:
    """T18: 50,000 levels."""
    office = Office()
    accepted(office.verifier(), office.forge(claims=office.claims(extra=[[1]])))
    levels, end = 50_000, "]" if inside == "[" else "}"
    deep = '{"a":' + inside * levels + "1" + end * levels + "}"

    bad = forged(office, where, deep.encode())

    refused(lambda: office.verifier().verify(bad), "size")
    refused(lambda: large(office).verify(bad), "depth")
    with pytest.raises(RecursionError):
        unlimited(office).verify(bad)


def test_nesting_is_measured_outside_strings() -> None:
    """T18: brackets in a text are text."""
    office = Office()
    accepted(office.verifier(), office.forge(claims=office.claims(extra='[[[[[[{{{{"\\"[[[[[[')))

    shallow, deep = office.claims(extra=[[[1]]]), office.claims(extra=[[[[1]]]])

    accepted(office.verifier(), office.forge(claims=shallow))
    refused(lambda: office.verifier().verify(office.forge(claims=deep)), "depth")


@pytest.mark.parametrize("value", [[], ["sub"], 7, 1.5, None, True, "text", [{"alg": "ES256"}]], ids=repr)
@pytest.mark.parametrize("where", ["header", "claims"])
def test_what_is_not_an_object_is_refused(where: str, value: object) -> None:
    """T19."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = forged(office, where, json.dumps(value).encode())

    refused(lambda: office.verifier().verify(bad), "json", "number")
    if where == "claims":
        assert json.loads(jwt.PyJWS().decode(bad, office.key.public, ["ES256"])) == value


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"{}}", b"{'a':1}", b'{"a":1,}', b'\xef\xbb\xbf{"a":1}', b'{"a":"\xff"}', b'{"a":"\\ud800"}', b"\0"],
    ids=repr,
)
@pytest.mark.parametrize("where", ["header", "claims"])
def test_what_is_not_json_in_utf_8_is_refused(where: str, raw: bytes) -> None:
    """T19: with a lone surrogate among it, which Python's parser lets through."""
    office = Office()
    accepted(office.verifier(), office.forge())

    refused(lambda: office.verifier().verify(forged(office, where, raw)), "json", "alphabet")


@pytest.mark.parametrize("part", [0, 1, 2], ids=["header", "payload", "signature"])
@pytest.mark.parametrize("how", ["=", "==", " ", "\n", "\t", "\0", "+", "/", "%", "é", "٣"])
def test_only_the_alphabet_of_base64url_is_read(part: int, how: str) -> None:
    """T20."""
    office = Office()
    good = office.forge()
    accepted(office.verifier(), good)

    parts = good.split(".")
    for bent in (parts[part] + how, how + parts[part], parts[part][:8] + how + parts[part][8:]):
        bad = ".".join([*parts[:part], bent, *parts[part + 1 :]])
        refused(partial(office.verifier().verify, bad), "alphabet")
        if how in {" ", "\n", "\t", "\0", "%"}:
            # The library that every decoder here stands on passes over what it does not know.
            assert base64.urlsafe_b64decode(bent + "==") == decoded(parts[part])


@pytest.mark.parametrize("padding", ["=", "=="])
def test_padding_is_refused_though_pyjwt_takes_it(padding: str) -> None:
    """T20: one token, one spelling; else a list of refused tokens could be walked around."""
    office = Office()
    filler = next(size for size in range(3) if len(segment(office.claims(f="x" * size))) % 4 == 4 - len(padding))
    claims = office.claims(f="x" * filler)
    signing_input = f"{segment(office.header())}.{segment(claims)}{padding}"

    bad = f"{signing_input}.{base64url(sign(office.key, signing_input.encode()))}"

    accepted(office.verifier(), office.forge(claims=claims))
    refused(lambda: office.verifier().verify(bad), "alphabet")
    assert naive(bad, office.key.public)["sub"] == HOLDER.subject


def test_unused_bits_must_be_zero() -> None:
    """T20: a signature has four of them at its end, so sixteen spellings that decode alike."""
    office = Office()
    good = office.token()
    accepted(office.verifier(), good)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(good[-1])

    for other in range(1, 16):
        bad = good[:-1] + alphabet[last + other]
        refused(partial(office.verifier().verify, bad), "alphabet")
        signatures = (base64.urlsafe_b64decode(token.split(".")[2] + "==") for token in (good, bad))
        assert len(set(signatures)) == 1


@pytest.mark.parametrize(
    "form", ["general", "flattened", "encrypted", "detached", "one part", "two parts", "four parts"]
)
def test_only_the_compact_form_of_three_parts_is_a_token(form: str) -> None:
    """T26: no JSON serialization (RFC 7515, 7.2), no JWE, no detached payload."""
    office = Office()
    good = office.token()
    accepted(office.verifier(), good)
    header, payload, signature = good.split(".")
    signed = {"protected": header, "signature": signature}

    bad = {
        "general": json.dumps({"payload": payload, "signatures": [signed]}),
        "flattened": json.dumps({"payload": payload, **signed}),
        "encrypted": ".".join([segment({"alg": "dir", "enc": "A256GCM"}), "", "AAAA", "AAAA", "AAAA"]),
        "detached": f"{header}..{signature}",
        "one part": header,
        "two parts": f"{header}.{payload}",
        "four parts": f"{good}.{signature}",
    }[form]

    refused(lambda: office.verifier().verify(bad), "segments", "alphabet")


def forged(office: Office, where: str, raw: bytes) -> str:
    """A rightly signed token with these bytes in place of one of its parts."""
    return office.forge(header=raw) if where == "header" else office.forge(claims=raw)


def large(office: Office) -> TokenVerifier:
    """A build without the limit of size."""
    return office.verifier(rules=replace(TokenRules(), limits=Limits(token_characters=ENDLESS)))


def unlimited(office: Office) -> TokenVerifier:
    """A build without limits."""
    return office.verifier(rules=replace(TokenRules(), limits=Limits(ENDLESS, ENDLESS, ENDLESS)))
