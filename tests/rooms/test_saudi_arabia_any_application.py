"""Whatever the Saudi desk may answer about an application, it becomes a progress or a plain refusal."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.saudi_arabia.applications import STATUSES, SaudiProcedure, written_days
from adapters.saudi_arabia.fine_settlement import SaudiFineSettlement
from adapters.saudi_arabia.operations import DOCUMENT, REJECTION, REQUIREMENT, STATUS
from adapters.saudi_arabia.residence_certificate import SaudiResidenceCertificate
from adapters.saudi_arabia.sandbox_bus import Message, written_answer
from adapters.saudi_arabia.sandbox_decisions import decision
from adapters.saudi_arabia.soap import Result, read_result
from gateway.sdk import (
    ApplicationStatus,
    BackendError,
    BackendGarbled,
    Country,
    Deadline,
    NationalIdentifier,
    Order,
    Progress,
    Response,
    Source,
)
from gateway.sdk.sandbox import Desk, Orders, population
from tests.support.saudi import ABDULLAH, NOW

# What a desk may really say instead, and what no desk should.
WORDS = st.one_of(
    st.none(),
    st.sampled_from(("true", "false", "0", "-1", "1e999", "NaN", "99-99-9999", "30-02-1447", "24:00:00", "٣", "A_B")),
    st.sampled_from([*STATUSES]),
    st.text(min_size=1, max_size=30),
)
COURSES: Mapping[str, tuple[type[SaudiProcedure], Orders]] = {
    "received": (SaudiResidenceCertificate, Orders(pace=600)),
    "asks": (SaudiResidenceCertificate, Orders(course="ask")),
    "approved": (SaudiResidenceCertificate, Orders()),
    "rejected": (SaudiResidenceCertificate, Orders(course="refuse")),
    "unpaid": (SaudiFineSettlement, Orders()),
}


def order(service: str, number: str | None = None) -> Order:
    return Order(
        service=service,
        country=Country.SA,
        subject=NationalIdentifier.parse(*ABDULLAH, today=NOW.date()),
        inputs={},
        purpose="service_delivery",
        language="ar",
        reference="BW-1",
        call="call-1-SA",
        callback_url="",
        deadline=Deadline.after(10),
        source=Source(country=Country.SA, agency="sa", adapter="saudi_arabia@1.1.0", fetched_at=NOW),
        national_reference=number,
    )


@cache
def answer(course: str) -> Result:
    """What the stand-in answers of an application that has come so far."""
    procedure, orders = COURSES[course]
    people, now = population(Country.SA), NOW + timedelta(minutes=1)
    desk = Desk(lambda: NOW, "SA-")
    desk.orders = orders
    dossier = desk.submit("BW-1", procedure.service, ABDULLAH[1], {"violationNumber": "1"})
    person = people.person(ABDULLAH[1])
    assert person
    content = decision(dossier, person, people.fines(person.identifier), now, "http://127.0.0.1/bills/1")
    reply = written_answer(Message(STATUS, "m-1", {}, {}), content)
    found = read_result(Response(200, {"content-type": "text/xml"}, reply.body), STATUS, "m-1")
    assert found
    return found


def progress(course: str, said: Result) -> Progress:
    """What the room makes of it; to normalise is pure, so that there is no system."""
    procedure = COURSES[course][0]
    system: Any = None
    return procedure(system).normalise(said, order(procedure.service))


def changed(said: Result, name: str, value: str | None, rows: str = "") -> Result:
    """The answer with one value another one, or gone."""
    fields, lists = dict(said.fields), {key: [dict(row) for row in each] for key, each in said.rows.items()}
    target = lists[rows][0] if rows else fields
    if value is None:
        target.pop(name, None)
    else:
        target[name] = value
    return Result(fields, {key: tuple(each) for key, each in lists.items()})


@pytest.mark.parametrize(
    ("course", "status"),
    [
        ("received", ApplicationStatus.accepted),
        ("asks", ApplicationStatus.needs_citizen),
        ("approved", ApplicationStatus.approved),
        ("rejected", ApplicationStatus.refused),
        ("unpaid", ApplicationStatus.awaiting_payment),
    ],
)
def test_every_stage_of_the_desk_is_one_of_the_ten(course: str, status: ApplicationStatus) -> None:
    assert progress(course, answer(course)).status is status


@given(st.data(), st.sampled_from([*COURSES]))
def test_any_change_to_an_answer_is_a_progress_or_an_error_of_the_system(data: st.DataObject, course: str) -> None:
    """Fields, reasons, requirements, the bill and the documents."""
    said = answer(course)
    places = [("", name) for name in said.fields]
    places += [(rows, name) for rows, each in said.rows.items() for row in each for name in row]
    rows, name = data.draw(st.sampled_from(places))

    try:
        made = progress(course, changed(said, name, data.draw(WORDS), rows))
    except BackendError:
        return
    assert isinstance(made, Progress)


@given(st.dictionaries(st.text(max_size=12), st.text(max_size=12)), st.dictionaries(st.text(), st.text(max_size=5)))
def test_any_answer_at_all_is_an_error_of_the_system(fields: Mapping[str, str], row: Mapping[str, str]) -> None:
    for rows in ({}, {REJECTION: (row,), REQUIREMENT: (row,), DOCUMENT: (row,)}):
        with pytest.raises(BackendGarbled):
            progress("approved", Result(fields, rows))


@pytest.mark.parametrize("name", ["id", "nationality", "requesterReference", "requestType"])
@pytest.mark.parametrize("value", ["414", "1084260288", "BW-2", "GOSI_EXTENSION", None])
def test_an_answer_that_is_not_about_this_application_is_never_shown(name: str, value: str | None) -> None:
    said = answer("approved")
    if said.fields.get(name) == value:
        return

    with pytest.raises(BackendGarbled) as garbled:
        progress("approved", changed(said, name, value))

    assert garbled.value.code == "backend_wrong_subject"


@pytest.mark.parametrize("word", ["WITH_COMMITTEE", "completed", "محال"])
def test_a_word_that_is_not_known_is_told_as_it_is_and_decides_nothing(word: str) -> None:
    """Whether it closes the request is not believed either."""
    for closed in ("true", "false"):
        made = progress("approved", changed(changed(answer("approved"), "statusCode", word), "isClosed", closed))

        assert (made.status, made.national_status) == (None, word)


@pytest.mark.parametrize(("course", "closed"), [("approved", "false"), ("received", "true"), ("asks", "1")])
def test_a_status_that_its_own_flag_contradicts_is_garbled(course: str, closed: str) -> None:
    with pytest.raises(BackendGarbled):
        progress(course, changed(answer(course), "isClosed", closed))


@pytest.mark.parametrize(
    ("hijri", "gregorian", "at"),
    [
        ("14-06-1448", None, datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
        ("14-06-1448", "24-11-2026", datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
        ("14-06-1447", "24-11-2026", datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
        (None, "24-11-2026", datetime(2026, 11, 24, 9, 0, tzinfo=UTC)),
    ],
    ids=["in the Hijri calendar", "in both", "in both that disagree", "in the Gregorian calendar"],
)
def test_a_status_is_dated_by_a_day_of_either_calendar_and_a_time_in_riyadh(
    hijri: str | None, gregorian: str | None, at: datetime
) -> None:
    """Where there are two days, the Gregorian counts."""
    said = changed(changed(answer("received"), "statusDateH", hijri), "statusDateG", gregorian)

    assert progress("received", changed(said, "statusTime", "12:00:00.000")).changed_at == at


@pytest.mark.parametrize("written", ["12:00", "12:00:00+05:00", "24:00:00", "12:00:00.5", "noon"])
def test_a_time_that_is_written_otherwise_is_garbled(written: str) -> None:
    with pytest.raises(BackendGarbled):
        progress("received", changed(answer("received"), "statusTime", written))


@pytest.mark.parametrize("code", ["address_proof", "1A", "A-B", "A" * 41, "Á"])
def test_a_requirement_whose_code_has_no_sure_way_back_is_garbled(code: str) -> None:
    with pytest.raises(BackendGarbled):
        progress("asks", changed(answer("asks"), "requirementCode", code, REQUIREMENT))


def test_a_day_of_the_applicant_is_written_in_both_calendars() -> None:
    """The Hijri one is null where the calendar does not reach."""
    assert written_days("day", "2026-11-24") == {"dayH": "14-06-1448", "dayG": "24-11-2026"}
    assert written_days("day", "1924-07-31") == {"dayH": "null", "dayG": "31-07-1924"}
    assert written_days("day", "2077-11-17") == {"dayH": "null", "dayG": "17-11-2077"}
