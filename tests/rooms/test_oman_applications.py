"""Oman is applied to by files in a folder, and however often the same file is put there, it is one application."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from adapters.oman.intake_file import intake_file
from gateway.sdk import (
    ApplicationStatus,
    BackendDown,
    BackendLate,
    BackendRefused,
    read_csv,
)
from gateway.sdk.sandbox import Behaviour, Dossier, Orders
from tests.support.procedures import Counter, attachment, counter

KHALID, SALIM, NOBODY = ("SA", "1084260288"), ("OM", "08123457"), ("OM", "00000012")
CERTIFICATE: Mapping[str, Any] = {"use": "other", "certificate_language": "en"}
EXTENSION: Mapping[str, Any] = {
    "employer_number": "E-1",
    "employer_name": 'شركة; "البحر"',
    "employment_start": "2026-09-01",
    "monthly_wage": "1250.5",
    "sector": "self_employed",
}


def booked(here: Counter, reference: str = "BW-7KQ2M9") -> Dossier:
    dossier = here.sandbox.desk.find(reference)
    assert dossier
    return dossier


@pytest.mark.parametrize(
    ("service", "inputs", "columns"),
    [
        (
            "pension-extension",
            EXTENSION,
            {
                "رقم_صاحب_العمل": "E-1",
                "صاحب_العمل": 'شركة; "البحر"',
                "تاريخ_الالتحاق": "01/09/2026",
                "الأجر_الشهري": "1250٫500",
                "القطاع": "عمل حر",
            },
        ),
        (
            "branch-registration",
            {
                "registration_number": "12345-1",
                "branch_name_ar": "شركة النخيل",
                "branch_name_en": "Nakheel",
                "city": "صور",
                "activity_code": "4771",
                "manager_name": "=1+1",
            },
            {
                "رقم_السجل": "12345-1",
                "اسم_الفرع": "شركة النخيل",
                "اسم_الفرع_بالإنجليزية": "Nakheel",
                "المدينة": "صور",
                "رمز_النشاط": "4771",
                "اسم_المدير": "=1+1",
            },
        ),
        (
            "certificate-equivalence",
            {
                "institution": "College",
                "institution_country": "BH",
                "degree": "secondary",
                "field_of_study": "Law",
                "graduated_on": "0999-06-30",
            },
            {
                "المؤسسة_التعليمية": "College",
                "بلد_المؤسسة": "048",
                "الدرجة": "الثانوية العامة",
                "التخصص": "Law",
                "تاريخ_التخرج": "30/06/0999",
            },
        ),
        ("fine-settlement", {"fine_reference": "1/22-A"}, {"رقم_المخالفة": "1/22-A"}),
        ("residence-certificate", CERTIFICATE, {"الغرض": "غرض آخر", "لغة_الشهادة": "إنجليزي"}),
    ],
)
async def test_each_application_is_a_line_with_columns_of_its_own(
    service: str, inputs: Mapping[str, Any], columns: Mapping[str, str]
) -> None:
    """Days with slashes, three decimals after their mark, and nothing leaves its field."""
    async with counter("oman") as here:
        await here.submit(here.order(service, KHALID, inputs, language="ar"))

        assert booked(here).fields == {**columns, "اللغة": "عربي"}
        assert booked(here).identifier == KHALID[1]


async def test_an_institution_in_a_country_without_a_number_is_told_by_its_letters() -> None:
    inputs = {"institution": "X", "institution_country": "XK", "degree": "diploma", "field_of_study": "Y"}
    async with counter("oman") as here:
        await here.submit(here.order("certificate-equivalence", KHALID, inputs | {"graduated_on": "2020-01-01"}))

        assert booked(here).fields["بلد_المؤسسة"] == "XK"


async def test_a_result_is_asked_for_until_it_is_there_and_the_file_is_put_once() -> None:
    async with counter("oman") as here:
        here.sandbox.intake.ready_after = 0.15  # type: ignore[attr-defined]

        await here.submit(here.order("residence-certificate", SALIM, CERTIFICATE))

        assert here.sandbox.requests["/intake/{reference}/application.csv"] == 1
        assert 2 < here.sandbox.requests["/results/{reference}.csv"] < 8


async def test_a_result_that_does_not_come_is_late_and_the_application_is_booked() -> None:
    """It is found when it is put there again."""
    async with counter("oman") as here:
        here.sandbox.intake.ready_after = 60  # type: ignore[attr-defined]
        order = here.order("residence-certificate", SALIM, CERTIFICATE, seconds=0.3)

        with pytest.raises(BackendLate):
            await here.room.procedures["residence-certificate"].submit(order)
        here.sandbox.intake.ready_after = 0  # type: ignore[attr-defined]
        await here.submit(order)

        assert [each["submissions"] for each in here.books()] == [2]


async def test_an_application_that_comes_twice_is_one() -> None:
    async with counter("oman") as here:
        order = here.order("pension-extension", SALIM, EXTENSION, [attachment("employment_contract")])

        first, second = await here.submit(order), await here.submit(order)

        assert first == second
        assert [each["submissions"] for each in here.books()] == [2]


async def test_what_changes_something_is_put_once_and_a_lost_reply_is_told() -> None:
    """When it is put again is for the outbox to say, which keeps the record of it."""
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        here.sandbox.behave(Behaviour("lost", times=1))

        with pytest.raises(BackendDown):
            await here.submit(order)
        before = here.books()
        again = await here.submit(order)

        assert [each["submissions"] for each in before] == [1]
        assert [each["number"] for each in here.books()] == [again.reference]


async def test_a_question_that_was_lost_is_asked_again_at_once() -> None:
    async with counter("oman") as here:
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        first = await here.submit(order)
        here.sandbox.behave(Behaviour("lost", times=1))

        assert await here.track(order, first.reference) == first


async def test_another_application_in_the_same_place_is_refused() -> None:
    async with counter("oman") as here:
        await here.submit(here.order("residence-certificate", SALIM, CERTIFICATE))

        for other in (
            here.order("residence-certificate", SALIM, {**CERTIFICATE, "use": "bank"}),
            here.order("residence-certificate", KHALID, CERTIFICATE),
            here.order("fine-settlement", SALIM, {"fine_reference": "1"}),
        ):
            with pytest.raises(BackendRefused) as refused:
                await here.submit(other)
            assert refused.value.facts == {"reason": "status_409"}
        assert len(here.books()) == 1


async def test_an_answer_is_supplied_once_however_often_it_is_put_there() -> None:
    """Also where the reply to the first of them was lost."""
    async with counter("oman") as here:
        here.sandbox.desk.orders = Orders(course="ask")
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        asked = (await here.passes(order, await here.submit(order)))[-1]
        (wanted,) = asked.wanted
        here.sandbox.behave(Behaviour("lost", times=1))

        with pytest.raises(BackendDown):
            await here.act(order, asked.reference, "supply", {wanted.name: "first"})
        repeated = await here.act(order, asked.reference, "supply", {wanted.name: "second"})

        assert (wanted.name, wanted.kind) == ("meter_number", "text")
        assert repeated.status is ApplicationStatus.in_progress
        assert booked(here).supplied == {"METER-NUMBER": "first"}
        assert [each["actions"] for each in here.books()] == [1]


async def test_an_answer_may_bring_files_along() -> None:
    async with counter("oman") as here:
        here.sandbox.desk.orders = Orders(course="ask")
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        asked = (await here.passes(order, await here.submit(order)))[-1]
        proof = attachment("proof_of_address", "image/png", 100_000)

        await here.act(order, asked.reference, "supply", {"meter_number": "1"}, [proof])

        assert booked(here).files["PROOF-OF-ADDRESS"].digest == proof.digest


async def test_an_application_is_withdrawn_once_and_stays_so() -> None:
    async with counter("oman") as here:
        here.sandbox.desk.orders = Orders(course="stall")
        order = here.order("residence-certificate", SALIM, CERTIFICATE)
        first = await here.submit(order)

        withdrawn = await here.act(order, first.reference, "withdraw")
        here.clock.advance(60)
        again = await here.act(order, first.reference, "withdraw")

        assert withdrawn.status is ApplicationStatus.withdrawn
        assert again == withdrawn


async def test_a_fine_is_paid_on_its_own_page_and_not_by_saying_so() -> None:
    async with counter("oman") as here, aiohttp.ClientSession() as session:
        order = here.order("fine-settlement", KHALID, {"fine_reference": "1"})
        waits = (await here.passes(order, await here.submit(order)))[-1]
        assert waits.payment
        said = await here.act(order, waits.reference, "confirm_payment", reference="too early")

        page = await (await session.get(waits.payment.url)).text()
        await session.post(waits.payment.url)
        paid = await here.act(order, waits.reference, "confirm_payment", reference="now")

        assert said == waits
        assert waits.payment.amount.model_dump() == {"amount": "20.000", "currency": "OMR"}
        assert "Invented payment page" in page
        assert paid.status is ApplicationStatus.approved
        assert paid.payment is None


async def test_what_is_to_be_paid_is_what_the_fine_costs() -> None:
    async with counter("oman") as here:
        fine = here.sandbox.population.fines(KHALID[1])[0]
        order = here.order("fine-settlement", KHALID, {"fine_reference": fine.reference})

        waits = (await here.passes(order, await here.submit(order)))[-1]

        assert waits.payment
        assert waits.payment.amount.amount == fine.amount


def test_a_file_for_the_folder_says_nothing_of_when_it_was_written() -> None:
    """The same application is the same file at every try."""
    heading, columns, first, second, end = read_csv(intake_file("SPF", [{"a": "1;2"}, {"b": "٣"}]))

    assert heading == ["HDR", "BAWABA", "SPF", "1.0"]
    assert (columns, first, second, end) == (["COL", "a", "b"], ["ROW", "1;2", ""], ["ROW", "", "٣"], ["END", "2"])
