"""A commercial register is open to all, and the national numbers of the people in it are not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.schema import Country
from gateway.sdk.sandbox import Population, SyntheticCompany, population
from tests.support.house import House, house

SERVICE = "commercial-registration"


@pytest.fixture
async def bawaba(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path) as running:
        yield running


def behind(company: SyntheticCompany) -> set[str]:
    """The numbers of everybody that the register has for the company."""
    return {company.manager, *(number for number, _ in company.owners)}


def shared(people: Population) -> tuple[str, SyntheticCompany]:
    """A citizen and a company of theirs in which others have a part too."""
    for person in people.people:
        if person.home is people.country:
            for company in people.companies(person.identifier):
                if len(behind(company)) > 1:
                    return person.identifier, company
    raise LookupError


async def ask(bawaba: House, country: Country, holder: str, **inputs: Any) -> dict[str, Any]:
    token = bawaba.token((country.value, holder))
    _, document = await bawaba.lookup(SERVICE, token, countries=[country.value], inputs=inputs)
    (answer,) = document["answers"]
    assert answer["status"] == "ok", answer
    return dict(answer)


async def test_who_has_a_part_in_a_company_sees_all_names_and_one_number(bawaba: House) -> None:
    for country in Country:
        people = population(country)
        holder, _ = shared(people)

        answer = await ask(bawaba, country, holder)

        parties = [party for record in answer["records"] for party in record["parties"]]
        numbers = {party["identifier"]["value"] for party in parties if party["identifier"]}
        assert numbers == {holder}
        assert any(party["identifier"] is None and party["name"] for party in parties)


async def test_whoever_asks_by_the_number_of_a_company_sees_nobodys_number(bawaba: House) -> None:
    for country in Country:
        people = population(country)
        _, company = shared(people)
        stranger = next(
            person.identifier
            for person in people.people
            if person.home is country and person.identifier not in behind(company)
        )

        answer = await ask(bawaba, country, stranger, registration_number=company.number)

        assert not [number for number in behind(company) if f'"{number}"' in str(answer).replace("'", '"')]
        assert all(party["name"] for record in answer["records"] for party in record["parties"])
