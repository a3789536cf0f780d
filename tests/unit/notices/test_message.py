"""A notice says what happened and to what, in either language, and nothing of the person."""

import pytest

from gateway.i18n import LANGUAGES, Language
from gateway.schema.application import ApplicationStatus
from tests.unit.notices.conftest import REFERENCE, message

KINDS = [
    *(status.value for status in ApplicationStatus if status is not ApplicationStatus.draft),
    "overdue",
    "overdue_agency",
    *(f"mandate_{what}" for what in ("ends_30", "ends_7", "ended", "revoked")),
    *(f"adapter_{what}" for what in ("ends_30", "ends_7", "ended")),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_notice_has_its_words(kind: str, language: Language) -> None:
    said = message(language, kind)

    assert REFERENCE in said.text
    assert "{" not in said.title + said.text
    assert any("\u0600" <= letter <= "\u06ff" for letter in said.title) == (language == "ar")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_kinds_say_the_same(language: Language) -> None:
    assert len({message(language, kind).text for kind in KINDS}) == len(KINDS)
