"""Saudi Arabia's desk is applied to as its bus wants it, and however often it is told the same, it is told once."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from gateway.sdk import ApplicationStatus, BackendDown, BackendRefused
from gateway.sdk.sandbox import Behaviour, Dossier, Orders
from tests.support.procedures import Counter, attachment, counter

ABDULLAH, KHALID, NOBODY = ("KW", "285061445574"), ("SA", "1084260288"), ("SA", "1000000016")
CERTIFICATE: Mapping[str, Any] = {"use": "embassy", "certificate_language": "en"}
EXTENSION: Mapping[str, Any] = {
    "employer_number": "7001",
    "employer_name": "A & B <Trading>",
    "employment_start": "2026-09-01",
    "monthly_wage": "1250.5",
    "sector": "military",
}


def booked(here: Counter, reference: str = "BW-7KQ2M9") -> Dossier:
    dossier = here.sandbox.desk.find(reference)
    assert dossier
    return dossier


@pytest.mark.parametrize(
    ("service", "inputs", "fields"),
    [
        (
            "pension-extension",
            EXTENSION,
            {
                "establishmentNumber": "7001",
                "establishmentName": "A & B <Trading>",
                "joiningDateH": "19-03-1448",
                "joiningDateG": "01-09-2026",
                "monthlyWage": "1250.5",
                "sectorCode": "3",
                "isGulfCitizen": "true",
            },
        ),
        (
            "branch-registration",
            {
                "registration_number": "12345-1",
                "branch_name_ar": "شركة النخيل",
                "branch_name_en": "Nakheel",
                "city": "جدة",
                "activity_code": "4771",
                "manager_name": "سالم",
            },
            {
                "homeCrNumber": "12345-1",
                "branchName": "شركة النخيل",
                "branchNameEn": "Nakheel",
                "cityName": "جدة",
                "activityId": "4771",
                "managerName": "سالم",
                "isMain": "false",
            },
        ),
        (
            "certificate-equivalence",
            {
                "institution": "Old College",
                "institution_country": "BH",
                "degree": "doctorate",
                "field_of_study": "Law",
                "graduated_on": "1923-06-30",
            },
            {
                "institutionName": "Old College",
                "institutionCountry": "48",
                "institutionCountryIso": "BH",
                "degreeCode": "5",
                "specialization": "Law",
                "graduationDateH": "null",
                "graduationDateG": "30-06-1923",
            },
        ),
        ("fine-settlement", {"fine_reference": "1/22-A"}, {"violationNumber": "1/22-A"}),
        (
            "residence-certificate",
            CERTIFICATE,
            {"purposeCode": "4", "certificateLanguage": "EN", "isForGulfUse": "true"},
        ),
    ],
)
async def test_each_application_is_told_in_the_words_of_the_bus(
    service: str, inputs: Mapping[str, Any], fields: Mapping[str, str]
) -> None:
    """Days in both calendars unless the Hijri one does not reach so far, codes as numbers, flags as words."""
    async with counter("saudi_arabia") as here:
        await here.submit(here.order(service, ABDULLAH, inputs, language="ar"))

        assert booked(here).fields == {**fields, "language": "ar"}
        assert booked(here).identifier == ABDULLAH[1]


async def test_an_institution_in_a_country_without_a_number_is_told_by_its_letters() -> None:
    """The gateway takes any two letters, and ISO 3166-1 does not have them all."""
    inputs = {"institution": "X", "institution_country": "XK", "degree": "diploma", "field_of_study": "Y"}
    async with counter("saudi_arabia") as here:
        await here.submit(here.order("certificate-equivalence", ABDULLAH, inputs | {"graduated_on": "2020-01-01"}))

        told = booked(here).fields
        assert (told["institutionCountry"], told["institutionCountryIso"]) == ("null", "XK")


async def test_an_application_that_comes_twice_is_one() -> None:
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)

        first, second = await here.submit(order), await here.submit(order)

        assert first == second
        assert [each["submissions"] for each in here.books()] == [2]


async def test_what_changes_something_is_sent_once_and_a_lost_reply_is_told() -> None:
    """When it is sent again is for the outbox to say, which keeps the record of it."""
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        here.sandbox.behave(Behaviour("lost", times=1))

        with pytest.raises(BackendDown):
            await here.submit(order)
        before = here.books()
        again = await here.submit(order)

        assert [each["submissions"] for each in before] == [1]
        assert [each["number"] for each in here.books()] == [again.reference]


async def test_a_question_that_was_lost_is_asked_again_at_once() -> None:
    """Asking how it stands changes nothing."""
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        first = await here.submit(order)
        here.sandbox.behave(Behaviour("lost", times=1))

        assert await here.track(order, first.reference) == first


async def test_the_same_reference_for_another_application_is_refused() -> None:
    async with counter("saudi_arabia") as here:
        await here.submit(here.order("residence-certificate", KHALID, CERTIFICATE))

        for other in (
            here.order("residence-certificate", KHALID, {**CERTIFICATE, "use": "bank"}),
            here.order("residence-certificate", ABDULLAH, CERTIFICATE),
            here.order("fine-settlement", KHALID, {"fine_reference": "1"}),
        ):
            with pytest.raises(BackendRefused) as refused:
                await here.submit(other)
            assert refused.value.facts == {"reason": "153"}
        assert len(here.books()) == 1


async def test_an_answer_is_supplied_once_however_often_it_is_sent() -> None:
    """Also where the reply to the first of them was lost."""
    async with counter("saudi_arabia") as here:
        here.sandbox.desk.orders = Orders(course="ask")
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        asked = (await here.passes(order, await here.submit(order)))[-1]
        (wanted,) = asked.wanted
        here.sandbox.behave(Behaviour("lost", times=1))

        with pytest.raises(BackendDown):
            await here.act(order, asked.reference, "supply", {wanted.name: "first"})
        repeated = await here.act(order, asked.reference, "supply", {wanted.name: "second"})

        assert (wanted.name, wanted.kind) == ("address_proof", "text")
        assert repeated.status is ApplicationStatus.in_progress
        assert booked(here).supplied == {"ADDRESS_PROOF": "first"}
        assert [each["actions"] for each in here.books()] == [1]


async def test_an_answer_may_bring_files_along() -> None:
    async with counter("saudi_arabia") as here:
        here.sandbox.desk.orders = Orders(course="ask")
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        asked = (await here.passes(order, await here.submit(order)))[-1]
        proof = attachment("proof", "image/png", 100_000)

        await here.act(order, asked.reference, "supply", {"address_proof": "1"}, [proof])

        assert booked(here).files["PROOF"].digest == proof.digest


async def test_an_application_is_withdrawn_once_and_stays_so() -> None:
    async with counter("saudi_arabia") as here:
        here.sandbox.desk.orders = Orders(course="stall")
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        first = await here.submit(order)

        withdrawn = await here.act(order, first.reference, "withdraw")
        here.clock.advance(60)
        again = await here.act(order, first.reference, "withdraw")

        assert withdrawn.status is ApplicationStatus.withdrawn
        assert again == withdrawn


async def test_a_bill_is_paid_on_its_own_page_and_not_by_saying_so() -> None:
    async with counter("saudi_arabia") as here, aiohttp.ClientSession() as session:
        order = here.order("fine-settlement", ABDULLAH, {"fine_reference": "1"})
        billed = (await here.passes(order, await here.submit(order)))[-1]
        assert billed.payment
        said = await here.act(order, billed.reference, "confirm_payment", reference="too early")

        page = await (await session.get(billed.payment.url)).text()
        await session.post(billed.payment.url)
        paid = await here.act(order, billed.reference, "confirm_payment", reference="now")

        assert said == billed
        assert billed.payment.amount.model_dump() == {"amount": "300.00", "currency": "SAR"}
        assert "Invented payment page" in page
        assert paid.status is ApplicationStatus.approved
        assert paid.payment is None


async def test_a_bill_is_of_what_the_violation_costs() -> None:
    async with counter("saudi_arabia") as here:
        fine = here.sandbox.population.fines(ABDULLAH[1])[0]
        order = here.order("fine-settlement", ABDULLAH, {"fine_reference": fine.reference})

        billed = (await here.passes(order, await here.submit(order)))[-1]

        assert billed.payment
        assert billed.payment.amount.amount == fine.amount
