"""A token of ours that was meant for something else, or for another time, is not believed: attacks T10 to T15."""

import json

import pytest

from gateway.identity.confirmation import Confirmation
from gateway.identity.rules import EXPIRY_LEEWAY, LONGEST_LIFE, SKEW_LEEWAY
from tests.unit.identity.examples import AUDIENCE, CLIENT, ISSUER, NOON, Office, accepted, naive, refused

NOW = int(NOON)
NOT_NUMBERS = ("true", "false", "null", '"1790000300"', '"never"', "[1790000300]", "{}")
NOT_WHOLE = ("1e999", "-1e999", "NaN", "Infinity", "-Infinity", "1790000300.0", "1e10")


@pytest.mark.parametrize(
    "typ",
    [
        ...,
        "JWT",
        "jwt",
        "logout+jwt",
        "dpop+jwt",
        "secevent+jwt",
        "AT+JWT",
        "application/at+jwt",
        "at+jwt ",
        "",
        None,
        1,
    ],
    ids=repr,
)
def test_only_an_access_token_is_an_access_token(typ: object) -> None:
    """T10: the type keeps one kind of token from passing as another (RFC 8725, 3.11)."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = office.forge(header=office.header(typ=typ))

    refused(lambda: office.verifier().verify(bad), "typ", "header_names")
    accepted(office.verifier_without("typ", "header_names"), bad)


@pytest.mark.parametrize("typ", ["JWT", "at+jwt"])
def test_an_id_token_of_the_same_issuer_is_refused(typ: str) -> None:
    """T11: signed with our key, and refused twice over: by its type and by what it does not say."""
    office = Office()
    accepted(office.verifier(), office.forge())
    person = {"iss": ISSUER, "sub": "gJ0wQyq0v3c", "aud": CLIENT, "iat": NOW, "exp": NOW + 300}

    id_token = {**person, "nonce": "n-0S6_WzA2Mj", "at_hash": "77QmUPtjPfzWtF2AnpK9RQ", "acr": "high"}
    bad = office.forge(header=office.header(typ=typ), claims=id_token)

    refused(lambda: office.verifier().verify(bad), "typ" if typ == "JWT" else "types")
    refused(lambda: office.verifier_without("typ").verify(bad), "types")
    assert naive(bad, office.key.public)["sub"] == "gJ0wQyq0v3c"


@pytest.mark.parametrize(
    "audience",
    [
        ...,
        "https://other.example/v1",
        "https://gateway.example",
        "https://gateway.example/v1/",
        "https://gateway.example/v10",
        "HTTPS://gateway.example/v1",
        "",
        None,
        [],
        [AUDIENCE, "https://stranger.example"],
        ["https://stranger.example", AUDIENCE],
        [AUDIENCE],
        {AUDIENCE: True},
    ],
    ids=repr,
)
def test_a_token_for_another_audience_is_refused(audience: object) -> None:
    """T12."""
    office = Office()
    accepted(office.verifier(), office.forge(claims=office.claims(aud=AUDIENCE)))

    bad = office.forge(claims=office.claims(aud=audience))

    refused(lambda: office.verifier().verify(bad), "audience", "types")
    accepted(office.verifier_without("audience", "types"), bad)


@pytest.mark.parametrize(
    "issuer",
    [
        ...,
        "https://gateway.example/",
        "https://Gateway.example",
        "http://gateway.example",
        "https://gateway.example.evil.example",
        "https://kw.gateway.example",
        "",
        [ISSUER],
        None,
        1,
    ],
    ids=repr,
)
def test_a_token_of_another_issuer_is_refused(issuer: object) -> None:
    """T13: compared character by character."""
    office = Office()
    accepted(office.verifier(), office.forge(claims=office.claims(iss=ISSUER)))

    bad = office.forge(claims=office.claims(iss=issuer))

    refused(lambda: office.verifier().verify(bad), "issuer", "types")
    accepted(office.verifier_without("issuer", "types"), bad)


def test_a_token_expires() -> None:
    """T14: five seconds of leeway for what is on its way, then it is over, and the caller learns that."""
    office = Office()
    token = office.token()
    expires = accepted(office.verifier(), token).expires_at.timestamp()

    office.clock.now = expires + EXPIRY_LEEWAY - 1
    accepted(office.verifier(), token)
    for late in (0, 1, 3600):
        office.clock.now = expires + EXPIRY_LEEWAY + late
        assert refused(lambda: office.verifier().verify(token), "expired").code == "token_expired"
        accepted(office.verifier_without("expired"), token)


def test_a_forged_token_that_has_expired_is_only_invalid() -> None:
    """T14: who cannot sign does not learn the time."""
    office = Office()
    token = office.token()
    accepted(office.verifier(), token)

    office.clock.now += 3600
    forged = token[:-8] + "AAAAAAAA"

    assert refused(lambda: office.verifier().verify(token)).code == "token_expired"
    assert refused(lambda: office.verifier().verify(forged), "signature", "alphabet").code == "invalid_token"


@pytest.mark.parametrize(
    "expiry",
    [*NOT_NUMBERS, *NOT_WHOLE, "9223372036854775808", "9" * 5000, "17900003000000", "-1", "0"],
    ids=lambda text: text[:12],
)
def test_an_expiry_that_is_not_a_plain_moment_is_refused(expiry: str) -> None:
    """T14."""
    office = Office()
    raw = json.dumps(office.claims(exp="HERE"))
    accepted(office.verifier(), office.forge(claims=raw.replace('"HERE"', str(NOW + 300)).encode()))

    bad = office.forge(claims=raw.replace('"HERE"', expiry).encode())

    reasons = {"number", "types", "life", "size"}
    refused(lambda: office.verifier().verify(bad), *reasons)
    if len(expiry) < 4000:
        assert "sub" in naive(bad, office.key.public)


def test_a_token_without_an_expiry_is_refused() -> None:
    """T14."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = office.forge(claims=office.claims(exp=...))

    refused(lambda: office.verifier().verify(bad), "types")
    assert "exp" not in naive(bad, office.key.public, verify_exp=True)


def test_a_token_that_claims_too_long_a_life_is_refused() -> None:
    """T14: also one that says it was issued after it expires."""
    office = Office()
    accepted(office.verifier(), office.forge(claims=office.claims(exp=NOW + LONGEST_LIFE)))

    for expires in (NOW + LONGEST_LIFE + 1, NOW + 10**9):
        bad = office.forge(claims=office.claims(exp=expires))
        refused(lambda bad=bad: office.verifier().verify(bad), "life")  # type: ignore[misc]
        accepted(office.verifier_without("life"), bad)
    backwards = office.forge(claims=office.claims(iat=NOW + 20, exp=NOW + 10))
    refused(lambda: office.verifier().verify(backwards), "life")


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_clock_a_little_ahead_is_forgiven_and_more_is_not(claim: str) -> None:
    """T15: ten seconds pass, a minute does not."""
    office = Office()
    for ahead in (-60, 0, 10, SKEW_LEEWAY):
        accepted(office.verifier(), office.forge(claims=office.claims(**{claim: NOW + ahead})))

    for ahead in (SKEW_LEEWAY + 1, 60, 200):
        bad = office.forge(claims=office.claims(**{claim: NOW + ahead}))
        reason = {"nbf": "not_before", "iat": "issued_at"}[claim]
        refused(lambda bad=bad, reason=reason: office.verifier().verify(bad), reason)  # type: ignore[misc]
        accepted(office.verifier_without(reason), bad)


@pytest.mark.parametrize("claim", ["nbf", "iat"])
@pytest.mark.parametrize("value", [..., "0", True, None, [0], -5], ids=repr)
def test_a_beginning_that_is_not_a_moment_is_refused(claim: str, value: object) -> None:
    """T15."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bad = office.forge(claims=office.claims(**{claim: value}))

    refused(lambda: office.verifier().verify(bad), "types")
    assert "sub" in naive(bad, office.key.public)


@pytest.mark.parametrize("claim", ["sub", "client_id", "jti", "scope", "acr", "ids"])
@pytest.mark.parametrize("value", [..., None, 5, ["a"], {"a": "b"}, True], ids=repr)
def test_a_claim_that_is_missing_or_of_another_type_is_refused(claim: str, value: object) -> None:
    """T10 to T14: for every claim that a principal is made of."""
    office = Office()
    accepted(office.verifier(), office.forge())

    refused(lambda: office.verifier().verify(office.forge(claims=office.claims(**{claim: value}))), "types")


@pytest.mark.parametrize(
    "changes",
    [
        {"acr": "highest"},
        {"acr": "HIGH"},
        {"countries": []},
        {"countries": ["SA", "XX"]},
        {"countries": "SA"},
        {"countries": None},
        {"countries": [["SA"]]},
        {"countries": ["sa"]},
        {"sid": ""},
        {"sid": 1},
        {"auth_time": "1"},
        {"auth_time": True},
        {"sub": ""},
        {"jti": ""},
    ],
    ids=str,
)
def test_a_claim_with_a_value_of_its_own_is_refused(changes: dict[str, object]) -> None:
    """T12 to T14: a limit that is not understood must not become no limit."""
    office = Office()
    good = {"acr": "low", "countries": ["SA", "QA"], "sid": "s", "auth_time": 5}
    accepted(office.verifier(), office.forge(claims=office.claims(**good)))

    refused(lambda: office.verifier().verify(office.forge(claims=office.claims(**changes))), "types")


THUMBPRINT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


@pytest.mark.parametrize("kind", ["jkt", "x5t#S256"])
def test_a_token_bound_to_a_key_does_not_pass_as_a_bearer_token(kind: str) -> None:
    """T25 and T30 begin here: without the proof, a bound token is stolen goods."""
    office = Office()
    accepted(office.verifier(), office.forge())

    bound = office.forge(claims=office.claims(cnf={kind: THUMBPRINT}))

    refused(lambda: office.verifier().verify(bound), "bearer")
    assert office.verifier().verify(bound, bound=True).confirmation == Confirmation(kind, THUMBPRINT)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "cnf",
    [
        {},
        {"jkt": THUMBPRINT, "x5t#S256": THUMBPRINT},
        {"jkt": THUMBPRINT, "kid": "any"},
        {"kid": "any"},
        {"jwk": {"kty": "OKP"}},
        {"JKT": THUMBPRINT},
        {"jkt": THUMBPRINT[:-1]},
        {"jkt": THUMBPRINT + "="},
        {"jkt": THUMBPRINT[:-1] + "J"},
        {"jkt": THUMBPRINT + "\n"},
        {"jkt": ""},
        {"jkt": None},
        {"jkt": [THUMBPRINT]},
        [THUMBPRINT],
        THUMBPRINT,
        None,
        False,
    ],
    ids=str,
)
def test_a_binding_that_is_not_one_thumbprint_is_refused_whoever_asks(cnf: object) -> None:
    """T25 and T30: a binding that is not understood must not become no binding."""
    office = Office()
    good = office.forge(claims=office.claims(cnf={"jkt": THUMBPRINT}))
    assert office.verifier().verify(good, bound=True).confirmation is not None

    bad = office.forge(claims=office.claims(cnf=cnf))

    refused(lambda: office.verifier().verify(bad), "types")
    refused(lambda: office.verifier().verify(bad, bound=True), "types")
