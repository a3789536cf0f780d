"""The Emirates take an application once however often it comes, tell of it by themselves, and sign what they issue."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from gateway.applications.signatures import is_signed
from gateway.sdk import ApplicationStatus, BackendDown, BackendGarbled, BackendRefused, Money, Order
from gateway.sdk.sandbox import Behaviour, Orders
from gateway.sdk.sandbox.behaviours import Reply
from gateway.sdk.sandbox.papers import make_documents_key
from tests.support.procedures import Counter, attachment, counter
from tests.support.uae import HIND, KHALID, RESIDENCE, residence

EXTENSION = {
    "employer_number": "GP-40021",
    "employer_name": "شركة الدانة للمقاولات",
    "employment_start": "2026-09-01",
    "monthly_wage": "12500.5",
    "sector": "self_employed",
}
FINE = {"fine_reference": "720250681694"}
PATH = "/{authority}/v1/applications"


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Counter]:
    async with counter("uae") as opened:
        opened.sandbox.desk.orders = Orders(pace=0.05)
        yield opened


def extension(here: Counter, *attachments: str) -> Order:
    return here.order("pension-extension", KHALID, EXTENSION, [attachment(name) for name in attachments])


async def test_an_application_says_everything_in_the_bus_s_own_words(here: Counter) -> None:
    await here.submit(extension(here, "employment_contract"))

    dossier = here.sandbox.desk.find("BW-7KQ2M9")
    assert dossier is not None
    said = {
        name: dossier.fields[name] for name in ("joiningDate", "contributionSalary", "sector", "issuer", "language")
    }
    assert said == {
        "joiningDate": "2026-09-01",
        "contributionSalary": "12500.50",
        "sector": "SELF-EMPLOYED",
        "issuer": "SAU",
        "language": "EN",
    }
    assert dossier.callback_url == here.door


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Hind Sultan Al Mansoori", "Hind Sultan Al Mansoori,,,,,,"),
        ("Al Mansoori, Hind", "Al Mansoori Hind,,,,,,"),
        ("هند، المنصوري", "هند المنصوري,,,,,,"),
    ],
)
async def test_a_name_fills_one_slot_whatever_stands_in_it(here: Counter, name: str, written: str) -> None:
    inputs = {
        "registration_number": "1010203040",
        "branch_name_ar": "فرع الواحة",
        "branch_name_en": "Al Waha Branch",
        "city": "Dubai",
        "activity_code": "4711",
        "manager_name": name,
    }

    await here.submit(here.order("branch-registration", KHALID, inputs))

    dossier = here.sandbox.desk.find("BW-7KQ2M9")
    assert dossier is not None
    assert dossier.fields["managerFullname"] == written


async def test_files_travel_before_the_application_and_are_named_by_it(here: Counter) -> None:
    order = extension(here, "employment_contract", "last_payslip")

    await here.submit(order)

    (booked,) = here.books()
    assert booked["files"] == {each.name: each.digest for each in order.attachments}
    assert here.sandbox.requests["/dms/v1/files"] == 2


async def test_a_file_of_ten_megabytes_arrives_whole(here: Counter) -> None:
    file = attachment("employment_contract", size=10 * 1024 * 1024)

    await here.submit(here.order("pension-extension", KHALID, EXTENSION, [file]))

    assert here.books()[0]["files"] == {"employment_contract": file.digest}


async def test_five_at_once_with_one_reference_are_one_application(here: Counter) -> None:
    order = residence(here)

    answers = await asyncio.gather(*(here.submit(order) for _ in range(5)))

    assert len({answer.reference for answer in answers}) == 1
    assert [each["submissions"] for each in here.books()] == [5]


async def test_another_application_under_the_same_reference_is_refused(here: Counter) -> None:
    await here.submit(residence(here))

    with pytest.raises(BackendRefused) as refused:
        await here.submit(replace(residence(here), inputs={**RESIDENCE, "use": "bank"}))

    assert refused.value.facts["reason"] == "KEY-REUSED"
    assert len(here.books()) == 1


async def test_it_can_be_followed_by_our_reference_while_its_number_is_not_known(here: Counter) -> None:
    """The reply to the application was lost, so that only our own reference is known."""
    submitted = await here.submit(residence(here))
    procedure = here.room.procedures["residence-certificate"]

    answer = await procedure.track(residence(here))

    assert procedure.normalise(answer, residence(here)).reference == submitted.reference


async def test_a_number_that_the_bus_does_not_know_is_refused(here: Counter) -> None:
    await here.submit(residence(here))

    with pytest.raises(BackendRefused) as refused:
        await here.track(residence(here), "AE-0000000000")

    assert refused.value.facts["reason"] == "NOT-FOUND"


async def test_a_token_that_is_forgotten_between_two_steps_is_fetched_anew(here: Counter) -> None:
    sandbox: Any = here.sandbox
    order = extension(here, "employment_contract")
    number = (await here.submit(order)).reference
    *_, last = await here.passes(order, await here.track(order, number))
    sandbox.tokens.clear()
    await here.submit(order)
    sandbox.tokens.clear()

    fetched = await here.document(order, number, last.documents[0].id)

    assert fetched.content.startswith(b"%PDF-")
    assert here.sandbox.requests["/oauth/token"] == 3


async def test_an_act_that_comes_twice_is_done_once(here: Counter) -> None:
    here.sandbox.desk.orders = Orders("ask", 0.05)
    order = residence(here)
    *_, asked = await here.passes(order, await here.submit(order))
    assert asked.status is ApplicationStatus.needs_citizen

    first = await here.act(order, asked.reference, "supply", {"clarification": "بنك"}, reference="act-1")
    again = await here.act(order, asked.reference, "supply", {"clarification": "بنك"}, reference="act-1")

    assert first == again
    assert here.books()[0]["actions"] == 1


async def test_supplying_something_else_than_was_asked_for_is_refused(here: Counter) -> None:
    here.sandbox.desk.orders = Orders("ask", 0.05)
    order = residence(here)
    *_, asked = await here.passes(order, await here.submit(order))

    with pytest.raises(BackendRefused) as refused:
        await here.act(order, asked.reference, "supply", {"something": "else"})

    assert refused.value.facts["reason"] == "REQUIREMENT-OPEN"


async def test_what_is_decided_is_not_withdrawn(here: Counter) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))

    after = await here.act(order, decided.reference, "withdraw")

    assert after.status is ApplicationStatus.approved


async def test_a_fine_says_what_it_costs_and_where_it_is_paid(here: Counter) -> None:
    order = here.order("fine-settlement", HIND, FINE)
    *_, due = await here.passes(order, await here.submit(order))
    assert due.payment is not None

    async with aiohttp.ClientSession() as session, session.get(due.payment.url) as response:
        page = await response.text()

    assert due.payment.amount == Money.of("650.00", "AED")
    assert due.payment.expires is not None
    assert response.status == 200
    assert "Invented payment page" in page
    assert "صفحة سداد افتراضية" in page


async def test_saying_that_it_was_paid_does_not_pay_it(here: Counter) -> None:
    order = here.order("fine-settlement", HIND, FINE)
    *_, due = await here.passes(order, await here.submit(order))

    after = await here.act(order, due.reference, "confirm_payment")

    assert after.status is ApplicationStatus.awaiting_payment


async def test_a_document_comes_in_parts_and_is_signed(here: Counter) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))
    (document,) = decided.documents

    fetched = await here.document(order, decided.reference, document.id)

    assert document.signed
    assert fetched.media_type == "application/pdf"
    assert fetched.size == len(fetched.content)
    certificate = here.room.system.documents_certificate
    assert certificate is not None
    assert await is_signed(BytesIO(fetched.content), certificate, here.clock())
    assert not await is_signed(BytesIO(fetched.content), make_documents_key("Another")[1], here.clock())


@pytest.mark.parametrize("name", ["another.pdf", "..", "../../oauth/token"])
async def test_a_document_of_another_name_is_not_found(here: Counter, name: str) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))

    with pytest.raises((BackendRefused, ValueError)):
        await here.document(order, decided.reference, name)


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (Reply(200, "text/html", b"<p>Please sign in.</p>"), BackendGarbled),
        (Reply(206, "application/pdf", b"%PDF-"), BackendGarbled),
        (Reply(403, "application/problem+json", b"{}"), BackendRefused),
        (Reply(500, "text/html", b"Error"), BackendDown),
    ],
)
async def test_what_is_no_document_is_not_passed_on_as_one(
    here: Counter, reply: Reply, problem: type[Exception]
) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))
    here.sandbox.prime(reply)

    with pytest.raises(problem):
        await here.document(order, decided.reference, decided.documents[0].id)


async def test_a_document_is_not_fetched_from_where_the_bus_points(here: Counter) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))
    await here.hears(3)
    here.sandbox.behave(Behaviour("redirect", times=1))

    with pytest.raises(BackendGarbled):
        await here.document(order, decided.reference, decided.documents[0].id)

    assert here.sandbox.trapped == 0


async def test_a_document_that_never_ends_is_cut_off(here: Counter) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))
    await here.hears(3)
    here.sandbox.behave(Behaviour("huge", times=1))

    with pytest.raises(BackendGarbled):
        await here.document(order, decided.reference, decided.documents[0].id)


async def test_wrong_credentials_hand_in_nothing() -> None:
    async with counter("uae", secrets={"client_secret": "another"}) as here:
        with pytest.raises(BackendRefused) as refused:
            await here.submit(extension(here, "employment_contract"))

        assert refused.value.facts["reason"] == "invalid_client"
        assert here.books() == []


async def test_a_state_that_breaks_off_in_the_middle_of_a_file_is_down(here: Counter) -> None:
    here.sandbox.behave(Behaviour("down", times=1))

    with pytest.raises(BackendDown):
        await here.submit(extension(here, "employment_contract"))

    assert here.books() == []


async def test_the_refusal_of_the_bus_tells_its_code_and_none_of_its_words(here: Counter) -> None:
    words = b'{"errorCode": "Mr Khalid 1084260288", "title": "No"}'
    here.sandbox.prime(Reply(403, "application/problem+json", words))

    with pytest.raises(BackendRefused) as refused:
        await here.submit(residence(here))

    assert refused.value.facts == {"reason": "unknown"}
