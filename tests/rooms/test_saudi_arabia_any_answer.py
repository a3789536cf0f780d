"""Whatever Saudi Arabia's systems may send, it becomes records or a plain refusal, and soon."""

import copy
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.saudi_arabia import sandbox_lists, sandbox_people, sandbox_register
from adapters.saudi_arabia.commercial_registration import SaudiCommercialRegistration
from adapters.saudi_arabia.identity_verification import SaudiIdentityVerification
from adapters.saudi_arabia.national import SaudiSystem
from adapters.saudi_arabia.operations import ADDRESS, CONTRIBUTION, VIOLATION
from adapters.saudi_arabia.pension_contributions import SaudiPensionContributions
from adapters.saudi_arabia.sandbox_writing import Values
from adapters.saudi_arabia.soap import Result
from adapters.saudi_arabia.traffic_fines import SaudiTrafficFines
from adapters.saudi_arabia.wathq import Register
from gateway.sdk import Ask, BackendError, Connection, Country, Gate, Inbox, read_json
from gateway.sdk.sandbox import population
from tests.support.saudi import ABDULLAH, KHALID, NOW, SECRETS, ask

SAUDI = population(Country.SA)
SUBJECTS = (KHALID, (Country.SA, "2190267266"), ABDULLAH)

# What a system may really say instead, and what no system should.
WORDS = st.one_of(
    st.none(),
    st.sampled_from(("null", "true", "false", "", "0", "-1", "1e999", "NaN", "99-99-9999", "30-02-1447", "10-10", "٣")),
    st.text(max_size=30),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.decimals(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@cache
def system() -> SaudiSystem:
    """A system that is never asked: normalising is pure."""
    gates = {name: Gate("saudi_arabia", "http://127.0.0.1:1") for name in ("soap", "wathq")}
    return SaudiSystem(Connection(gates, SECRETS, Inbox("http://127.0.0.1"), lambda: NOW))


def is_records_or_refusal(normalise: Callable[[], object]) -> None:
    """What flow expects of a room; anything else would be a mistake of ours."""
    try:
        normalise()
    except (BackendError, ValueError, KeyError):
        return


def without_nulls(values: Values) -> Mapping[str, str]:
    return {name: value for name, value in values.items() if value != "null"}


@cache
def person_answers(subject: tuple[Country, str]) -> Result:
    person = SAUDI.person(subject[1])
    assert person
    tell = {
        "citizen": sandbox_people.citizen,
        "resident": sandbox_people.resident,
        "gcc_visitor": sandbox_people.gulf_citizen,
    }[person.standing]
    rows = tuple(without_nulls(each) for each in sandbox_people.addresses(person))
    return Result(without_nulls(tell(person)), {ADDRESS: rows})


@cache
def list_answers(subject: tuple[Country, str], rows_name: str, count: str) -> Result:
    person = SAUDI.person(subject[1])
    assert person
    fines = [sandbox_lists.violation(fine, person) for fine in SAUDI.fines(person.identifier)]
    months = [*sandbox_lists.contributions(SAUDI.contributions(person.identifier), person)]
    rows = tuple(without_nulls(each) for each in (fines if rows_name == VIOLATION else months))[:3]
    about = {"id": person.identifier, count: str(len(rows))}
    if person.home is not Country.SA:
        about["nationality"] = "414"
    return Result(about, {rows_name: rows})


@st.composite
def changed(draw: st.DrawFn, result: Result) -> Result:
    """The answer with one of its values another one, or gone."""
    places = [("", 0, name) for name in result.fields]
    places += [
        (rows, place, name) for rows, each in result.rows.items() for place, row in enumerate(each) for name in row
    ]
    where, place, name = draw(st.sampled_from(places))
    fields, rows = dict(result.fields), {key: [dict(row) for row in each] for key, each in result.rows.items()}
    target, value = (rows[where][place] if where else fields), draw(WORDS)
    if value is None:
        del target[name]
    else:
        target[name] = value
    return Result(fields, {key: tuple(each) for key, each in rows.items()})


@given(st.data(), st.sampled_from(SUBJECTS))
def test_any_change_to_a_person_is_a_person_or_a_refusal(data: st.DataObject, subject: tuple[Country, str]) -> None:
    """Three vocabularies and their addresses."""
    answer = data.draw(changed(person_answers(subject)))

    is_records_or_refusal(lambda: SaudiIdentityVerification(system()).normalise(answer, ask(subject)))


@given(st.data(), st.sampled_from((KHALID, ABDULLAH)))
def test_any_change_to_a_list_of_fines_is_fines_or_a_refusal(data: st.DataObject, subject: tuple[Country, str]) -> None:
    """A citizen's and a visitor's."""
    answer = data.draw(changed(list_answers(subject, VIOLATION, "violationCount")))

    is_records_or_refusal(lambda: SaudiTrafficFines(system()).normalise(answer, ask(subject)))


@given(st.data())
def test_any_change_to_a_list_of_months_is_contributions_or_a_refusal(data: st.DataObject) -> None:
    """Wages, shares, months and days of payment."""
    answer = data.draw(changed(list_answers(KHALID, CONTRIBUTION, "monthCount")))

    is_records_or_refusal(lambda: SaudiPensionContributions(system()).normalise(answer, ask(KHALID)))


@cache
def company() -> Any:
    """One company as Wathq tells it, read as an answer is."""
    told = sandbox_register.full_information(SAUDI.companies(KHALID[1])[0], SAUDI, english=False)
    return read_json(json.dumps(told).encode())


def places_in(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in the document, objects and lists included."""
    members: Any = document.items() if isinstance(document, dict) else ()
    members = enumerate(document) if isinstance(document, list) else members
    below = [way for key, value in members for way in places_in(value, (*path, key))]
    return [path, *below] if path else below


@given(st.data(), st.sampled_from(places_in(company())), JSON)
def test_any_change_to_a_company_is_a_company_or_a_refusal(
    data: st.DataObject, path: tuple[Any, ...], value: Any
) -> None:
    """Any value of its JSON may be any other, or gone."""
    document = copy.deepcopy(company())
    target = document
    for key in path[:-1]:
        target = target[key]
    if data.draw(st.booleans()):
        target[path[-1]] = value
    else:
        del target[path[-1]]

    is_records_or_refusal(lambda: _normalised(document, ask(KHALID)))


def _normalised(document: Any, asked: Ask) -> object:
    return SaudiCommercialRegistration(system()).normalise(Register((document,)), asked)
