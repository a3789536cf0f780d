"""Promises of the WWW-Authenticate header."""

import pytest

from gateway.errors import AssuranceTooLow, BawabaError, Forbidden, Unauthenticated
from gateway.identity.challenge import challenge, either_challenge, proof_challenge


def test_a_request_without_a_token_gets_the_bare_scheme() -> None:
    """RFC 6750, 3.1: no error code where no credentials were given."""
    assert challenge(Unauthenticated("token_missing")) == 'Bearer realm="bawaba"'


@pytest.mark.parametrize("code", ["invalid_token", "token_expired"])
def test_a_token_that_is_not_believed_is_invalid(code: str) -> None:
    assert 'realm="bawaba", error="invalid_token", error_description="' in challenge(Unauthenticated(code))


def test_why_a_token_is_invalid_is_said_of_its_expiry_alone() -> None:
    assert "expired" in challenge(Unauthenticated("token_expired"))
    assert challenge(Unauthenticated("whatever")) == challenge(Unauthenticated("invalid_token"))


def test_a_step_up_names_the_level_and_the_age() -> None:
    """RFC 9470, 3."""
    header = challenge(AssuranceTooLow(needed="high", held="low", max_age=300))

    assert 'error="insufficient_user_authentication"' in header
    assert 'acr_values="high"' in header
    assert 'max_age="300"' in header
    assert "low" not in header


def test_a_missing_scope_is_named() -> None:
    header = challenge(Forbidden("insufficient_scope", scope="lookups:traffic-fines"))

    assert 'error="insufficient_scope"' in header
    assert header.endswith('scope="lookups:traffic-fines"')


def test_who_brings_a_proof_is_told_what_is_wrong_with_it_and_which_algorithms_are_taken() -> None:
    """RFC 9449, 7.1."""
    for code in ("invalid_dpop_proof", "use_dpop_nonce", "invalid_token"):
        header = proof_challenge(Unauthenticated(code))

        assert header.startswith(f'DPoP realm="bawaba", error="{code}", error_description="')
        assert header.endswith(', algs="ES256 PS256 EdDSA Ed25519"')


@pytest.mark.parametrize(
    ("error", "both"),
    [
        (Unauthenticated("token_missing"), True),
        (Unauthenticated("invalid_token"), True),
        (Unauthenticated("token_expired"), False),
        (AssuranceTooLow(needed="high"), False),
        (Forbidden("insufficient_scope", scope="lookups"), False),
    ],
    ids=str,
)
def test_who_brings_none_is_told_of_it_where_one_may_be_missing(error: BawabaError, both: bool) -> None:
    header = either_challenge(error)

    assert header.startswith(challenge(error))
    assert header.endswith(', DPoP realm="bawaba", algs="ES256 PS256 EdDSA Ed25519"') == both


@pytest.mark.parametrize(
    "error",
    [
        Unauthenticated(),
        AssuranceTooLow(needed='high", x="y\r\nSet-Cookie: a=b'),
        Forbidden("insufficient_scope", scope='a"b\\c\u202e\x00خدمة'),
    ],
)
def test_nothing_can_break_out_of_the_header(error: BawabaError) -> None:
    header = challenge(error)

    assert header.isascii()
    assert header.isprintable()
    assert "\\" not in header
    assert header.count('"') == 2 * header.count('="')
