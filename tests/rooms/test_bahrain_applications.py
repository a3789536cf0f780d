"""Bahrain takes an application once however often it comes, in its own writing, and is believed only about it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import given

from adapters.bahrain.answers import read_file_id
from adapters.bahrain.progress import progress
from gateway.sdk import (
    ApplicationStatus,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Callback,
    CallbackRefused,
    Money,
    Order,
    Progress,
    Response,
)
from gateway.sdk.sandbox import Behaviour, Orders
from gateway.sdk.sandbox.behaviours import Reply
from tests.support.any_answer import spoilt
from tests.support.procedures import Counter, attachment, counter

MARYAM, KHALID = ("BH", "010345570"), ("SA", "1084260288")
EXTENSION = {
    "employer_number": "SIO-40021",
    "employer_name": "شركة الدانة للمقاولات",
    "employment_start": "2026-09-01",
    "monthly_wage": "1250.5",
    "sector": "military",
}
RESIDENCE = {"use": "employment", "certificate_language": "en"}
FINE = {"fine_reference": "BHT20260689770"}


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Counter]:
    async with counter("bahrain") as opened:
        opened.sandbox.desk.orders = Orders(pace=0.05)
        yield opened


def extension(here: Counter, *attachments: str) -> Order:
    return here.order("pension-extension", KHALID, EXTENSION, [attachment(name) for name in attachments])


def residence(here: Counter) -> Order:
    return here.order("residence-certificate", MARYAM, RESIDENCE)


async def test_an_application_says_everything_as_bahrain_writes_it(here: Counter) -> None:
    await here.submit(extension(here, "employment_contract"))

    dossier = here.sandbox.desk.find("BW-7KQ2M9")
    assert dossier is not None
    said = {"start_date": "01/09/2026", "wage_fils": "1250500", "sector": "MIL", "country": "SAU", "language": "EN"}
    assert said.items() <= dossier.fields.items()


async def test_a_school_s_country_is_named_by_its_alpha_3_code(here: Counter) -> None:
    inputs = {
        "institution": "جامعة الكويت",
        "institution_country": "KW",
        "degree": "doctorate",
        "field_of_study": "الكيمياء",
        "graduated_on": "2019-06-30",
    }

    await here.submit(here.order("certificate-equivalence", MARYAM, inputs, [attachment("certificate", "image/png")]))

    dossier = here.sandbox.desk.find("BW-7KQ2M9")
    assert dossier is not None
    said = {"institution.country": "KWT", "degree": "PHD", "graduation_date": "30/06/2019"}
    assert said.items() <= dossier.fields.items()


async def test_a_file_of_ten_megabytes_arrives_whole_and_is_sent_under_its_digest(here: Counter) -> None:
    file = attachment("employment_contract", size=10 * 1024 * 1024)

    await here.submit(here.order("pension-extension", KHALID, EXTENSION, [file]))

    assert here.books()[0]["files"] == {"employment_contract": file.digest}


async def test_a_file_that_is_not_what_its_digest_says_is_refused(here: Counter) -> None:
    file = replace(attachment("employment_contract"), digest="ab" * 32)

    with pytest.raises(BackendRefused) as refused:
        await here.submit(here.order("pension-extension", KHALID, EXTENSION, [file]))

    assert refused.value.facts["reason"] == "DIGEST_DIFFERS"
    assert here.books() == []


async def test_five_at_once_with_one_reference_are_one_application(here: Counter) -> None:
    order = residence(here)

    answers = await asyncio.gather(*(here.submit(order) for _ in range(5)))

    assert len({answer.reference for answer in answers}) == 1
    assert [each["submissions"] for each in here.books()] == [5]


async def test_another_application_under_the_same_reference_is_refused(here: Counter) -> None:
    await here.submit(residence(here))

    with pytest.raises(BackendRefused) as refused:
        await here.submit(replace(residence(here), inputs={**RESIDENCE, "use": "bank"}))

    assert refused.value.facts["reason"] == "REFERENCE_REUSED"
    assert len(here.books()) == 1


async def test_it_can_be_followed_by_our_reference_while_its_number_is_not_known(here: Counter) -> None:
    submitted = await here.submit(residence(here))
    procedure = here.room.procedures["residence-certificate"]

    answer = await procedure.track(residence(here))

    assert procedure.normalise(answer, residence(here)).reference == submitted.reference


async def test_a_number_that_the_agency_does_not_know_is_refused(here: Counter) -> None:
    await here.submit(residence(here))

    with pytest.raises(BackendRefused) as refused:
        await here.track(residence(here), "BH-0000000000")

    assert refused.value.facts["reason"] == "NOT_FOUND"


async def test_an_application_is_not_found_at_another_agency(here: Counter) -> None:
    number = (await here.submit(residence(here))).reference

    with pytest.raises(BackendRefused) as refused:
        await here.track(extension(here), number)

    assert refused.value.facts["reason"] == "NOT_FOUND"


async def test_a_token_that_is_taken_back_between_two_steps_is_fetched_anew(here: Counter) -> None:
    sandbox: Any = here.sandbox
    order = extension(here, "employment_contract")
    number = (await here.submit(order)).reference
    *_, last = await here.passes(order, await here.track(order, number))
    sandbox.token_desk.revoke()
    await here.submit(order)
    sandbox.token_desk.revoke()

    fetched = await here.document(order, number, last.documents[0].id)

    assert fetched.content.startswith(b"%PDF-")
    assert sandbox.token_desk.given == 3


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

    assert refused.value.facts["reason"] == "ITEM_MISSING"


async def test_a_fine_says_in_fils_what_it_costs_and_where_it_is_paid(here: Counter) -> None:
    order = here.order("fine-settlement", MARYAM, FINE)
    *_, due = await here.passes(order, await here.submit(order))
    assert due.payment is not None

    async with aiohttp.ClientSession() as session, session.get(due.payment.url) as response:
        page = await response.text()

    assert due.payment.amount == Money.of("10.000", "BHD")
    assert due.payment.expires is not None
    assert response.status == 200
    assert "Invented payment page" in page
    assert "صفحة سداد افتراضية" in page


async def test_saying_that_it_was_paid_does_not_pay_it(here: Counter) -> None:
    order = here.order("fine-settlement", MARYAM, FINE)
    *_, due = await here.passes(order, await here.submit(order))

    after = await here.act(order, due.reference, "confirm_payment")

    assert after.status is ApplicationStatus.awaiting_payment


async def test_a_document_comes_in_parts_and_is_not_said_to_be_signed(here: Counter) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))
    (document,) = decided.documents

    fetched = await here.document(order, decided.reference, document.id)

    assert not document.signed
    assert fetched.media_type == "application/pdf"
    assert fetched.size == len(fetched.content)


@pytest.mark.parametrize("name", ["BH-0000000000-1", "..", "../../../oauth/token"])
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
async def test_what_is_no_document_is_not_passed_on(here: Counter, reply: Reply, problem: type[Exception]) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))
    here.sandbox.prime(reply)

    with pytest.raises(problem):
        await here.document(order, decided.reference, decided.documents[0].id)


@pytest.mark.parametrize("kind", ["redirect", "huge"])
async def test_a_document_that_never_ends_or_is_elsewhere_is_not_passed_on(here: Counter, kind: Any) -> None:
    order = residence(here)
    *_, decided = await here.passes(order, await here.submit(order))
    here.sandbox.behave(Behaviour(kind, times=1))

    with pytest.raises(BackendGarbled):
        await here.document(order, decided.reference, decided.documents[0].id)

    assert here.sandbox.trapped == 0


async def test_wrong_credentials_hand_in_nothing() -> None:
    async with counter("bahrain", secrets={"key_id": "another"}) as here:
        with pytest.raises(BackendRefused) as refused:
            await here.submit(extension(here, "employment_contract"))

        assert refused.value.facts["reason"] == "invalid_grant"
        assert here.books() == []


async def test_the_refusal_of_an_agency_tells_its_code_and_none_of_its_words(here: Counter) -> None:
    words = b'{"code": "Ms Maryam 010345570", "title": "No"}'
    here.sandbox.prime(Reply(403, "application/problem+json", words))

    with pytest.raises(BackendRefused) as refused:
        await here.submit(residence(here))

    assert refused.value.facts == {"reason": "unknown"}


@pytest.mark.parametrize("file_id", [b"null", b"7", b'""', b'"../secret"', b'"' + b"F" * 65 + b'"'])
def test_a_file_id_that_is_none_is_not_believed(file_id: bytes) -> None:
    """It would stand in the application, and there name another file or none."""
    response = Response(200, {"content-type": "application/json"}, b'{"file_id": ' + file_id + b"}")

    with pytest.raises(BackendGarbled):
        read_file_id(response)


async def test_nobody_can_tell_us_what_bahrain_never_tells_by_itself(here: Counter) -> None:
    with pytest.raises(CallbackRefused):
        here.room.system.read_callback(Callback({}, b'{"client_reference": "BW-7KQ2M9", "status": "APPROVED"}'))


# --- whatever an agency says

GOOD: dict[str, Any] = {
    "application_no": "BH-0000000001",
    "client_reference": "BW-7KQ2M9",
    "cpr": "010345570",
    "gcc_id": None,
    "status": "PENDING_PAYMENT",
    "status_at": "24/11/2026 11:00:00.250",
    "reasons": [{"code": "VIOLATION_NOT_DUE", "text": {"ar": "غير مستحقة", "en": None}}],
    "missing": [{"item": "CLARIFICATION", "kind": "TEXT", "title": {"ar": "إيضاح", "en": "x"}}],
    "payment": {"amount_fils": 10500, "pay_url": "https://pay.example/1", "expires_at": "01/12/2026 11:00:00"},
    "documents": [{"document_id": "D-1", "title": {"ar": "شهادة", "en": "x"}, "media_type": "application/pdf"}],
}


async def test_a_good_answer_is_understood_whole(here: Counter) -> None:
    understood = progress(GOOD, residence(here))

    assert understood.status is ApplicationStatus.awaiting_payment
    assert understood.changed_at.isoformat() == "2026-11-24T08:00:00.250000+00:00"
    assert [wanted.name for wanted in understood.wanted] == ["clarification"]
    assert [reason.code for reason in understood.reasons] == ["VIOLATION_NOT_DUE"]
    assert understood.payment is not None
    assert understood.payment.amount == Money.of("10.500", "BHD")


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("RECEIVED", "accepted"),
        ("UNDER_REVIEW", "in_progress"),
        ("INCOMPLETE", "needs_citizen"),
        ("PENDING_PAYMENT", "awaiting_payment"),
        ("APPROVED", "approved"),
        ("REJECTED", "refused"),
        ("CANCELLED", "withdrawn"),
        ("CLOSED", "failed"),
        ("approved", None),
        ("REFERRED_TO_COMMITTEE", None),
    ],
)
async def test_a_word_means_what_the_table_says_and_no_other_means_anything(
    here: Counter, word: str, status: str | None
) -> None:
    understood = progress({**GOOD, "status": word}, residence(here))

    assert understood.status == status
    assert understood.national_status == word


@pytest.mark.parametrize(
    "change",
    [
        {"client_reference": "BW-ANOTHER"},
        {"application_no": "BH-0000000002"},
        {"cpr": "791162871"},
        {"cpr": None, "gcc_id": {"number": "010345570", "country": "KWT"}},
    ],
)
async def test_an_answer_about_another_application_is_not_believed(here: Counter, change: dict[str, Any]) -> None:
    order = replace(residence(here), national_reference="BH-0000000001")

    with pytest.raises(BackendGarbled) as garbled:
        progress({**GOOD, **change}, order)

    assert garbled.value.code == "backend_wrong_subject"


async def test_an_answer_with_two_numbers_of_the_applicant_is_not_believed(here: Counter) -> None:
    """Of the two, the one that is not looked at would be somebody else's."""
    order = here.order("residence-certificate", KHALID, RESIDENCE)

    with pytest.raises(BackendGarbled):
        progress({**GOOD, "gcc_id": {"number": KHALID[1], "country": "SAU"}}, order)


async def test_a_document_of_another_type_is_not_offered(here: Counter) -> None:
    page = {**GOOD["documents"][0], "media_type": "text/html"}

    with pytest.raises(BackendGarbled):
        progress({**GOOD, "documents": [page]}, residence(here))


@pytest.fixture(scope="module")
def order() -> Order:
    """An order that outlives the counter at which it was made."""

    async def make() -> Order:
        async with counter("bahrain") as opened:
            return residence(opened)

    return asyncio.run(make())


@given(answer=spoilt(GOOD))
def test_whatever_an_agency_says_is_a_progress_or_garbled(order: Order, answer: dict[str, Any]) -> None:
    with suppress(BackendGarbled):
        assert isinstance(progress(answer, order), Progress)
