"""Whatever a national system does, there is a sentence for it in both languages."""

import pytest

from gateway.errors import BackendDown, BackendError, BackendGarbled, BackendRefused, InvalidIdentifier
from gateway.i18n import Catalogue
from gateway.web.problems import Problems

CODES = ("backend_redirected", "backend_too_large", "backend_cut_off", "backend_compressed", "backend_wrong_subject")


@pytest.fixture
def problems() -> Problems:
    return Problems(Catalogue.load(), "https://bawaba.example")


@pytest.mark.parametrize("code", CODES)
def test_each_way_of_not_being_believable_has_its_sentence(problems: Problems, code: str) -> None:
    """The two are different sentences, and each names the state."""
    said = problems.both(BackendGarbled(code, country="SA"))

    assert "السعودية" in said.ar
    assert "Saudi Arabia" in said.en


@pytest.mark.parametrize(
    "error",
    [
        BackendRefused(reason="302", country="SA"),
        BackendGarbled(reason="soap_body", country="KW"),
        BackendDown(country="QA"),
    ],
    ids=["a national code", "a keyword for the log", "no reason"],
)
def test_the_reason_of_a_national_failure_needs_no_sentence(problems: Problems, error: BackendError) -> None:
    """It is the national system's own code, meant for the operators."""
    said = problems.both(error)

    assert said.ar != said.en


def test_the_reason_of_a_wrong_identifier_is_put_into_words(problems: Problems) -> None:
    """It is the caller who has to mend that."""
    said = problems.both(InvalidIdentifier(field="identifier", country="SA", reason="length"))

    assert "length" not in said.ar
