"""A problem says which identity provider failed, by its name in the reader's language."""

import pytest

from gateway.errors import ProviderDown, ProviderError, ProviderGarbled, ProviderLate, SignInRejected
from gateway.i18n import LANGUAGES, Catalogue, Language
from gateway.schema.text import Text
from gateway.web.problems import Problems

NAME = Text(ar="نفاذ", en="Nafath")
PROBLEMS = Problems(Catalogue.load(), "https://gateway.example", {"sa-nafath": NAME})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", [ProviderError, ProviderDown, ProviderLate, ProviderGarbled])
def test_a_known_provider_is_named(kind: type[ProviderError], language: Language) -> None:
    detail = PROBLEMS.document(kind(provider="sa-nafath"), language, "r").detail

    assert f"\u2068{getattr(NAME, language)}\u2069" in detail
    assert "sa-nafath" not in detail


@pytest.mark.parametrize("error", [ProviderDown(), ProviderDown(provider="unknown")])
def test_an_unknown_provider_is_the_readers_own(error: ProviderDown) -> None:
    both = PROBLEMS.both(error)

    assert "your identity provider" in both.en
    assert "مزوّد هويتك" in both.ar
    assert "{" not in both.en + both.ar


def test_other_problems_stand_as_they_were() -> None:
    assert "{" not in PROBLEMS.document(SignInRejected("signin_declined", provider="sa-nafath"), "en", "r").detail
