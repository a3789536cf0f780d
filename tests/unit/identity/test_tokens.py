"""Promises of the mint."""

import json
import re
from dataclasses import replace
from typing import Any

import jwt
import pytest

from gateway.identity.keys import KeyRing, SigningKey
from gateway.identity.rules import LONGEST_LIFE, OF_A_PERSON, REQUIRED
from gateway.identity.tokens import LIFE, new_subject
from gateway.schema.country import Country
from tests.unit.identity.examples import (
    AUDIENCE,
    CLIENT,
    HOLDER,
    ISSUER,
    NOON,
    QATARI,
    SAUDI,
    Office,
    accepted,
    decoded,
)


def test_a_token_is_an_access_token_of_rfc_9068() -> None:
    office = Office()

    token = office.mint().mint(HOLDER, client=CLIENT, scopes=["openid", "lookups"])

    assert jwt.get_unverified_header(token) == {"typ": "at+jwt", "alg": "ES256", "kid": office.key.kid}
    claims = read(token)
    assert claims.keys() == {*REQUIRED, *OF_A_PERSON, "sid", "auth_time"}
    assert (claims["iss"], claims["aud"], claims["client_id"]) == (ISSUER, AUDIENCE, CLIENT)
    assert claims["iat"] == claims["nbf"] == int(NOON)
    assert claims["exp"] == int(NOON) + LIFE
    assert claims["scope"] == "lookups openid"
    assert claims["acr"] == "high"


@pytest.mark.parametrize("alg", ["ES256", "EdDSA"])
def test_what_was_minted_is_believed(alg: Any) -> None:
    office = Office(keys=KeyRing(SigningKey.generate(alg)))

    principal = accepted(office.verifier(), office.token(countries=[Country.QA, Country.SA]))

    assert principal.client == CLIENT
    assert principal.scopes == {"lookups"}
    assert principal.countries == frozenset({Country.SA, Country.QA})
    assert principal.session == HOLDER.session
    assert len(principal.token_id) == 22
    assert principal.expires_at.timestamp() == NOON + LIFE
    assert principal.authenticated_at is not None
    assert principal.authenticated_at.timestamp() == NOON - 60


def test_who_reads_a_token_learns_nothing_of_the_person() -> None:
    office = Office()
    token = office.token()

    readable = b"".join(decoded(part) for part in token.split(".")) + decoded(read(token)["ids"]) + token.encode()

    for secret in (SAUDI.value, QATARI.value, "national_id", "SA", "QA", "identifiers", "home"):
        assert not re.search(rf'"[^"]*\b{secret}\b', readable.decode("latin-1")), secret
    assert SAUDI.value.encode() not in readable
    assert QATARI.value.encode() not in readable


def test_two_tokens_of_one_person_share_nothing_but_the_subject() -> None:
    office = Office()

    first, second = read(office.token()), read(office.token())

    assert first["sub"] == second["sub"]
    assert first["jti"] != second["jti"]
    assert first["ids"] != second["ids"]


def test_a_sealed_claim_does_not_move_to_another_token() -> None:
    """Only a holder of the signing key could try; the seal is bound to the token all the same."""
    office = Office()
    stolen = read(office.token())["ids"]

    token = office.forge(claims=office.claims(ids=stolen))

    with pytest.raises(Exception, match="invalid_token"):
        office.verifier().verify(token)


@pytest.mark.parametrize(
    "holder",
    [
        replace(HOLDER, subject=SAUDI.value),
        replace(HOLDER, subject=f"person-{QATARI.value}"),
        replace(HOLDER, session=f"s{SAUDI.value}"),
        replace(HOLDER, home=Country.KW),
        replace(HOLDER, identifiers={}),
    ],
)
def test_a_holder_that_would_show_through_is_refused(holder: Any) -> None:
    mint = Office().mint()
    mint.mint(HOLDER, client=CLIENT, scopes=[])

    with pytest.raises(ValueError, match=r"identifier"):
        mint.mint(holder, client=CLIENT, scopes=[])


@pytest.mark.parametrize("life", [0, -1, LONGEST_LIFE + 1])
def test_a_life_that_no_verifier_would_believe_is_refused(life: int) -> None:
    office = Office()
    accepted(office.verifier(), office.mint(life=LONGEST_LIFE).mint(HOLDER, client=CLIENT, scopes=[]))

    with pytest.raises(ValueError, match="no verifier"):
        office.mint(life=life)


def test_a_token_that_would_be_too_large_to_read_is_not_minted() -> None:
    office = Office()
    accepted(office.verifier(), office.token(scopes=tuple(f"lookups:service-{number}" for number in range(60))))

    with pytest.raises(ValueError, match="fewer scopes"):
        office.token(scopes=tuple(f"lookups:service-{number}" for number in range(600)))


def test_a_person_of_all_six_states_fits() -> None:
    office = Office()
    six = {country: SAUDI.model_copy(update={"country": Country.SA}) for country in Country}

    token = office.mint().mint(replace(HOLDER, identifiers=six), client=CLIENT, scopes=["lookups"])

    assert len(token) < 2_500


def test_subjects_are_opaque_and_never_the_same() -> None:
    subjects = {new_subject() for _ in range(1000)}

    assert len(subjects) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", subject) for subject in subjects)


def test_ids_come_from_where_they_are_told_to() -> None:
    office = Office()

    token = office.mint(new_id=lambda: "the-id").mint(HOLDER, client=CLIENT, scopes=[])

    assert office.verifier().verify(token).token_id == "the-id"


def read(token: str) -> dict[str, Any]:
    """The claims as anybody can read them."""
    claims: dict[str, Any] = json.loads(decoded(token.split(".")[1]))
    return claims
