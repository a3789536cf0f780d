"""Whatever a result file of Oman may say about an application, it becomes a progress or a plain refusal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.oman.applications import STATUSES, OmanProcedure, written_day, written_rials
from adapters.oman.batch_file import read_file
from adapters.oman.batches import Answer
from adapters.oman.fine_settlement import OmanFineSettlement
from adapters.oman.residence_certificate import OmanResidenceCertificate
from adapters.oman.sandbox_decisions import agency_of, decision
from adapters.oman.sandbox_files import Pen, Rows, file
from gateway.sdk import (
    ApplicationStatus,
    BackendError,
    BackendGarbled,
    Country,
    Deadline,
    NationalIdentifier,
    Order,
    Progress,
    Source,
)
from gateway.sdk.sandbox import Desk, Orders, population
from tests.support.oman import NOW, SAUDI

# What a system may really say instead, and what no system should.
WORDS = st.one_of(
    st.none(),
    st.sampled_from(
        ("", "لا يوجد", "0", "-1", "1e999", "NaN", "99/99/9999 00:00:00", "12٫5", "٣", "A-B", "طلب", "سبب")
    ),
    st.sampled_from([*STATUSES]),
    st.text(max_size=30),
)
COURSES: Mapping[str, tuple[type[OmanProcedure], Orders]] = {
    "received": (OmanResidenceCertificate, Orders(pace=600)),
    "asks": (OmanResidenceCertificate, Orders(course="ask")),
    "approved": (OmanResidenceCertificate, Orders()),
    "rejected": (OmanResidenceCertificate, Orders(course="refuse")),
    "unpaid": (OmanFineSettlement, Orders()),
}


def order(service: str) -> Order:
    return Order(
        service=service,
        country=Country.OM,
        subject=NationalIdentifier.parse(*SAUDI, today=NOW.date()),
        inputs={},
        purpose="service_delivery",
        language="ar",
        reference="BW-1",
        call="call-1-OM",
        callback_url="",
        deadline=Deadline.after(10),
        source=Source(country=Country.OM, agency="om", adapter="oman@1.1.0", fetched_at=NOW),
    )


@cache
def answer(course: str, style: str = "0") -> Answer:
    """What the stand-in tells of an application that has come so far, written in one of its three styles."""
    procedure, orders = COURSES[course]
    people, now = population(Country.OM), NOW + timedelta(minutes=1)
    desk = Desk(lambda: NOW, "OM-")
    desk.orders = orders
    dossier = desk.submit("BW-1", procedure.service, SAUDI[1], {"رقم_المخالفة": "1"})
    person = people.person(SAUDI[1])
    assert person
    pen = Pen(style)
    rows: Rows = decision(dossier, person, people.fines(person.identifier), now, "http://127.0.0.1:7104/pay/1", pen)
    written = file(agency_of(dossier), now, rows, pen)
    return Answer(read_file(written, agency_of(dossier)).rows)


def progress(course: str, said: Answer) -> Progress:
    """What the room makes of it; to normalise is pure, so that there is no system."""
    procedure = COURSES[course][0]
    system: Any = None
    return procedure(system).normalise(said, order(procedure.service))


def changed(said: Answer, column: str, value: str | None, place: int = 0) -> Answer:
    """The answer with one value of one row another one, or gone."""
    rows = [dict(row) for row in said.rows]
    if value is None:
        rows[place].pop(column, None)
    else:
        rows[place][column] = value
    return Answer(tuple(rows))


@pytest.mark.parametrize("style", ["0", "1", "2"])
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
def test_every_stage_is_one_of_the_ten_however_it_is_written(
    course: str, status: ApplicationStatus, style: str
) -> None:
    """With a full stop, with the Arabic mark, or in Arabic-Indic digits throughout."""
    made = progress(course, answer(course, style))

    assert made.status is status
    assert made.model_copy(update={"reference": "OM-1", "documents": ()}) == progress(
        course, answer(course)
    ).model_copy(update={"reference": "OM-1", "documents": ()})
    if made.payment:
        assert made.payment.url == "http://127.0.0.1:7104/pay/1"


@given(st.data(), st.sampled_from([*COURSES]), st.sampled_from("012"))
def test_any_change_to_a_result_is_a_progress_or_an_error_of_the_system(
    data: st.DataObject, course: str, style: str
) -> None:
    """The application, reasons, what is asked for, the payment and the documents."""
    said = answer(course, style)
    place = data.draw(st.integers(0, len(said.rows) - 1))
    column = data.draw(st.sampled_from([*said.rows[place]]))

    try:
        made = progress(course, changed(said, column, data.draw(WORDS), place))
    except BackendError:
        return
    assert isinstance(made, Progress)


@given(st.lists(st.dictionaries(st.sampled_from(["نوع_السطر", "رقم_الطلب", "الحالة", "x"]), st.text(max_size=8))))
def test_any_rows_at_all_are_an_error_of_the_system(rows: Sequence[Mapping[str, str]]) -> None:
    with pytest.raises(BackendGarbled):
        progress("approved", Answer(tuple(rows)))


@given(st.permutations(range(2)), st.integers(0, 2))
def test_the_lines_of_two_applications_are_never_one(places: Sequence[int], more: int) -> None:
    """Nor is an application that comes twice, or after its own lines."""
    first = answer("approved").rows
    strange = {**first[1], "رقم_الطلب": "OM-0000000000"}
    rows = [first[place] for place in places] + [strange, first[0], strange][: more + 1]

    with pytest.raises(BackendGarbled):
        progress("approved", Answer(tuple(rows)))


@pytest.mark.parametrize("column", ["الرقم_المدني", "دولة_الرقم", "المرجع", "رمز_الخدمة"])
@pytest.mark.parametrize("value", ["512", "08123457", "BW-2", "PF-EXTENSION", ""])
def test_a_result_that_is_not_about_this_application_is_never_shown(column: str, value: str) -> None:
    with pytest.raises(BackendGarbled):
        progress("approved", changed(answer("approved"), column, value))


@pytest.mark.parametrize("word", ["محال إلى جهة أخرى", "منجز جزئيا", "DONE"])
def test_a_word_that_is_not_known_is_told_as_it_is_and_decides_nothing(word: str) -> None:
    made = progress("approved", changed(answer("approved"), "الحالة", word))

    assert (made.status, made.national_status) == (None, word)


def test_what_is_to_be_paid_stands_where_an_application_waits_to_be_paid_and_only_there() -> None:
    waits = answer("unpaid")

    with pytest.raises(BackendGarbled):
        progress("unpaid", Answer(waits.rows[:1]))
    with pytest.raises(BackendGarbled):
        progress("unpaid", Answer((*waits.rows, waits.rows[1])))
    with pytest.raises(BackendGarbled):
        progress("unpaid", changed(waits, "الحالة", "قيد الدراسة"))


@pytest.mark.parametrize("amount", ["20", "20.00", "20,000", "20٬000", "٢٠٫٠٠", "-20.000", "1e3"])
def test_an_amount_without_its_three_decimals_is_garbled(amount: str) -> None:
    with pytest.raises(BackendGarbled):
        progress("unpaid", changed(answer("unpaid"), "المبلغ", amount, 1))


@pytest.mark.parametrize(
    ("written", "thousandths"),
    [
        ("24/11/2026 13:00:00٫250", 250),
        ("٢٤/١١/٢٠٢٦ ١٣:٠٠:٠٠٫٢٥٠", 250),
        ("24/11/2026 13:00:00.001", 1),
        ("24/11/2026 13:00:00", 0),
    ],
)
def test_a_status_is_dated_four_hours_ahead_with_a_fraction_or_without(written: str, thousandths: int) -> None:
    made = progress("received", changed(answer("received"), "وقت_الحالة", written))

    assert made.changed_at == datetime(2026, 11, 24, 9, 0, 0, thousandths * 1000, UTC)


@pytest.mark.parametrize(
    "written", ["24-11-2026 13:00:00", "24/11/2026", "24/11/2026 13:00:00,250", "32/11/2026 13:00:00"]
)
def test_a_moment_that_is_written_otherwise_is_garbled(written: str) -> None:
    with pytest.raises(BackendGarbled):
        progress("received", changed(answer("received"), "وقت_الحالة", written))


@pytest.mark.parametrize("code", ["meter-number", "1A", "A_B", "A" * 41, "رقم"])
def test_a_requirement_whose_code_has_no_sure_way_back_is_garbled(code: str) -> None:
    with pytest.raises(BackendGarbled):
        progress("asks", changed(answer("asks"), "الرمز", code, 1))


def test_a_result_of_long_ago_is_dated_by_its_own_moments() -> None:
    """Which of two is the later is for whoever keeps the application to say."""
    said = answer("received")

    assert progress("received", Answer(said.rows, stale=True)) == progress("received", said)


def test_days_and_amounts_of_the_applicant_are_written_as_files_have_them() -> None:
    assert written_day("2026-01-31") == "31/01/2026"
    assert written_day("0999-01-31") == "31/01/0999"
    assert [written_rials(amount) for amount in ("7", "1250.5", "9999999.999")] == ["7٫000", "1250٫500", "9999999٫999"]
