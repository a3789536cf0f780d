"""Promises of the principal and of levels of assurance."""

from dataclasses import FrozenInstanceError

import pytest

from gateway.identity.principal import Assurance
from tests.unit.identity.examples import HOLDER, QATARI, SAUDI, Office

LOW, SUBSTANTIAL, HIGH = Assurance


def test_levels_compare_by_how_sure_they_are_and_not_by_the_alphabet() -> None:
    assert LOW < SUBSTANTIAL < HIGH
    assert HIGH > SUBSTANTIAL > LOW
    assert LOW <= LOW <= SUBSTANTIAL
    assert HIGH >= HIGH >= SUBSTANTIAL
    assert not HIGH < LOW
    assert not LOW > HIGH
    assert max(HIGH, LOW, SUBSTANTIAL) is HIGH
    assert sorted([HIGH, LOW, SUBSTANTIAL]) == [LOW, SUBSTANTIAL, HIGH]


@pytest.mark.parametrize("other", ["low", "zzz", 1, None])
def test_a_level_does_not_compare_with_anything_else(other: object) -> None:
    for compare in (LOW.__lt__, LOW.__le__, LOW.__gt__, LOW.__ge__):
        assert compare(other) is NotImplemented


def test_a_level_is_written_as_its_word() -> None:
    assert [level.value for level in Assurance] == ["low", "substantial", "high"]
    assert Assurance("high") is HIGH


def test_a_principal_says_who_asks_and_cannot_be_changed() -> None:
    office = Office()

    principal = office.verifier().verify(office.token())

    assert principal.subject == HOLDER.subject
    assert dict(principal.identifiers) == {SAUDI.country: SAUDI, QATARI.country: QATARI}
    assert principal.home is SAUDI.country
    assert principal.assurance is HIGH
    with pytest.raises(FrozenInstanceError):
        principal.subject = "somebody else"  # type: ignore[misc]
    with pytest.raises(TypeError):
        principal.identifiers[SAUDI.country] = QATARI  # type: ignore[index]
