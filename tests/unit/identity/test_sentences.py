"""Promises of what a person is told about a token."""

import pytest

from gateway.errors import AssuranceTooLow, BawabaError, Forbidden, Unauthenticated
from gateway.i18n import LANGUAGES, Catalogue

REFUSALS = (
    Unauthenticated("token_missing"),
    Unauthenticated("invalid_token"),
    Unauthenticated("token_expired"),
    AssuranceTooLow(needed="high", held="low"),
    Forbidden("insufficient_scope", scope="lookups:traffic-fines"),
)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refusal_says_what_to_do_in_both_languages_without_words_of_the_trade(refusal: BawabaError) -> None:
    catalogue = Catalogue.load()

    for language in LANGUAGES:
        title, detail = (
            catalogue.text(f"problem.{refusal.code}.{part}", language, **refusal.facts) for part in ("title", "detail")
        )
        assert 10 < len(title) < 60
        assert len(detail) > len(title)
        assert not {"JWT", "jti", "acr", "scope=", "{"} & set(detail.split())
    assert "ign in" in catalogue.text(f"problem.{refusal.code}.detail", "en") or refusal.code == "insufficient_scope"
