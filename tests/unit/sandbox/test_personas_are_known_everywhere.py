"""Each of the seven personas can be shown with: known in all six states, with something to see."""

from collections.abc import Iterator

import pytest

from gateway.schema.country import Country
from gateway.sdk.sandbox import Persona, SyntheticPerson, personas, population
from gateway.sdk.sandbox.people import known_at_home
from gateway.sdk.sandbox.personas import biographies, biography_of

PERSONAS = pytest.mark.parametrize("persona", personas(), ids=lambda persona: persona.id)


def known(persona: Persona) -> Iterator[SyntheticPerson]:
    """The persona in each state: under the state's own identifier where there is one, else under home's."""
    own = dict(persona.identifiers)
    for country in Country:
        person = population(country).person(own.get(country, own[persona.home]))
        assert person is not None, (persona.id, country)
        yield person


def test_there_is_one_citizen_of_each_state_and_one_resident() -> None:
    assert [persona.id for persona in personas()] == [
        "bahraini-citizen",
        "kuwaiti-citizen",
        "omani-citizen",
        "qatari-citizen",
        "saudi-citizen",
        "emirati-citizen",
        "resident",
    ]
    assert [persona.home for persona in personas()[:6]] == list(Country)


def test_the_resident_is_a_kuwaiti_in_bahrain() -> None:
    resident = personas()[-1]

    states = [country for country, _ in resident.identifiers]
    assert states == [Country.KW, Country.BH]
    in_bahrain = population(Country.BH).person(dict(resident.identifiers)[Country.BH])
    assert in_bahrain is not None
    assert (in_bahrain.standing, in_bahrain.nationality) == ("resident", "KW")
    assert population(Country.BH).person(dict(resident.identifiers)[Country.KW]) is None


@PERSONAS
def test_all_six_states_know_a_persona_as_one_person(persona: Persona) -> None:
    people = list(known(persona))

    assert {(person.arabic, person.latin, person.birth, person.gender) for person in people} == {
        (people[0].arabic, people[0].latin, people[0].birth, people[0].gender)
    }
    assert {person.nationality for person in people} == {persona.nationality}


@PERSONAS
def test_a_persona_is_a_citizen_at_home_and_a_visitor_elsewhere(persona: Persona) -> None:
    for person in known(persona):
        if person.country is persona.home:
            assert person.standing == "citizen"
        elif person.country in dict(persona.identifiers):
            assert person.standing == "resident"
        else:
            assert person.standing == "gcc_visitor"


@PERSONAS
def test_a_persona_has_fines_in_at_least_three_states_and_some_to_pay(persona: Persona) -> None:
    held = [population(person.country).fines(person.identifier) for person in known(persona)]

    fined = [fines for fines in held if fines]
    assert len(fined) >= 3
    for fines in fined:
        assert {"unpaid", "paid"} <= {fine.status for fine in fines}


@PERSONAS
def test_a_persona_owns_an_active_company_at_home(persona: Persona) -> None:
    identifier = persona.identifiers[0][1]

    owned = [
        company
        for company in population(persona.home).companies(identifier)
        if identifier in dict(company.owners) and company.status == "active" and company.is_main
    ]

    assert owned


@PERSONAS
def test_a_persona_is_insured_at_home_and_in_one_other_state(persona: Persona) -> None:
    insured = [
        person.country for person in known(persona) if population(person.country).contributions(person.identifier)
    ]

    assert persona.home in insured
    assert len(insured) == 2


@PERSONAS
def test_a_label_names_the_persona_in_both_languages(persona: Persona) -> None:
    person = next(known(persona))

    arabic, english = persona.label
    assert arabic.startswith(f"{person.arabic.given} {person.arabic.family}،")
    assert english.startswith(f"{person.latin.given} {person.latin.family},")


@PERSONAS
def test_a_persona_has_valid_documents_and_an_assurance(persona: Persona) -> None:
    assert all(person.alive and person.document_expires.year >= 2028 for person in known(persona))
    assert persona.assurance in ("substantial", "high")


@PERSONAS
def test_a_persona_leads_back_to_the_record_of_home(persona: Persona) -> None:
    at_home = population(persona.home).person(persona.identifiers[0][1])

    assert {known_at_home(person) for person in known(persona)} == {at_home}


def test_a_biography_is_found_by_any_identifier_of_its_persona_in_the_state_that_gave_it() -> None:
    for biography in biographies():
        for country, identifier in biography.persona.identifiers:
            assert biography_of(country, identifier) is biography
            assert all(biography_of(other, identifier) is None for other in Country if other is not country)


def test_others_have_no_biography_and_are_their_own_record() -> None:
    resident = next(person for person in population(Country.QA).people if person.nationality == "IN")

    assert biography_of(Country.QA, resident.identifier) is None
    assert known_at_home(resident) is resident
