"""Qatar takes payment on its own page, signs what it issues, and knows who asks."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO

import aiohttp
import pytest
import pytest_asyncio

from adapters.qatar.application_messages import RESIDENCE as RESIDENCE_KIND
from adapters.qatar.application_messages import HandedOver, action_body, application, target
from adapters.qatar.national import QatarSystem
from adapters.qatar.sandbox import Sandbox
from gateway.applications.signatures import is_signed
from gateway.sdk import (
    Action,
    ApplicationStatus,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Money,
)
from gateway.sdk.sandbox import Orders
from gateway.sdk.sandbox.behaviours import Reply
from tests.support.applying import (
    RESIDENCE,
    SAUDI,
    booked,
    decided,
    extension,
    residence,
    settlement,
)
from tests.support.procedures import Counter, attachment, counter


@pytest_asyncio.fixture
async def here() -> AsyncIterator[Counter]:
    async with counter("qatar") as opened:
        opened.sandbox.desk.orders = Orders(pace=0.05)
        yield opened


# --- paying


async def test_a_fine_says_what_is_due_and_is_paid_on_its_page(here: Counter) -> None:
    order = settlement(here)
    due = await decided(here, order)
    assert due.payment is not None
    assert due.payment.amount == Money.of("300.00", "QAR")

    early = await here.act(order, due.reference, "confirm_payment", reference="act-1")
    async with aiohttp.ClientSession() as session:
        async with session.get(due.payment.url) as page:
            assert "invented payment page" in await page.text()
        async with session.post(due.payment.url) as page:
            assert page.status == 200
    settled = await here.act(order, due.reference, "confirm_payment", reference="act-2")

    assert early.status is ApplicationStatus.awaiting_payment
    assert settled.status is ApplicationStatus.approved


async def test_a_payment_page_is_found_by_its_whole_address_only(here: Counter) -> None:
    due = await decided(here, settlement(here))
    assert due.payment is not None

    async with aiohttp.ClientSession() as session:
        for address in (due.payment.url[:-1], due.payment.url.partition("&")[0], due.payment.url.partition("?")[0]):
            async with session.post(address) as page:
                assert page.status == 404

    assert booked(here).paid_at is None


# --- what is issued


async def test_a_certificate_is_streamed_and_signed(here: Counter) -> None:
    order = residence(here)
    last = await decided(here, order)
    (document,) = last.documents

    fetched = await here.document(order, last.reference, document.id)

    assert document.signed
    assert fetched.content.startswith(b"%PDF-")
    assert b"/ByteRange" in fetched.content
    assert fetched.size == len(fetched.content)


async def test_what_is_issued_is_signed_with_the_certificate_on_the_name_plate(here: Counter) -> None:
    order = residence(here)
    last = await decided(here, order)
    certificate, another = here.room.system.documents_certificate, Sandbox.make_secrets()["documents_certificate"]
    assert certificate is not None

    fetched = await here.document(order, last.reference, last.documents[0].id)

    assert await is_signed(BytesIO(fetched.content), certificate, here.clock())
    assert not await is_signed(BytesIO(fetched.content), another, here.clock())
    assert "documents_key" not in here.room.system.connection.secrets


async def test_a_document_that_was_not_issued_to_this_application_is_not_given(here: Counter) -> None:
    order = residence(here)
    last = await decided(here, order)
    other = here.order("residence-certificate", SAUDI, RESIDENCE, reference="BW-OTHER")
    await decided(here, other)

    for asked, document in ((other, last.documents[0].id), (order, "DOC-1"), (order, "../secret")):
        with pytest.raises(BackendRefused):
            await here.document(asked, last.reference, document)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(200, "text/html", b"<p>Please sign in.</p>"), BackendGarbled),
        (Reply(206, "application/pdf", b"%PDF-"), BackendGarbled),
        (Reply(403, "text/html", b""), BackendRefused),
        (Reply(200, "application/xml", b"<response/>"), BackendGarbled),
        (Reply(200, "application/xml", b" " * 70_000), BackendGarbled),
        (Reply(500, "text/html", b""), BackendDown),
    ],
)
async def test_what_is_no_document_is_not_passed_on(here: Counter, reply: Reply, error: type[Exception]) -> None:
    order = residence(here)
    last = await decided(here, order)
    here.sandbox.prime(reply)

    with pytest.raises(error):
        await here.document(order, last.reference, last.documents[0].id)


# --- strangers


@pytest.mark.parametrize(("secret", "code"), [("api_key", "2001"), ("signing_secret", "2002")])
async def test_whoever_has_another_secret_hands_in_follows_and_fetches_nothing(secret: str, code: str) -> None:
    async with counter("qatar", secrets={secret: "guessed"}) as here:
        order = extension(here, attachment("employment_contract"))

        for attempt in (
            here.submit(order),
            here.submit(replace(order, attachments=())),
            here.track(order, "QA-0000000001"),
            here.act(order, "QA-0000000001", "withdraw"),
            here.document(order, "QA-0000000001", "DOC-1"),
        ):
            with pytest.raises(BackendRefused) as refused:
                await attempt
            assert refused.value.facts["reason"] == code

        assert here.books() == []


async def test_a_number_that_is_not_that_of_the_application_is_refused(here: Counter) -> None:
    order = residence(here)
    await here.submit(order)

    for attempt in (here.track(order, "QA-0000000001"), here.act(order, "QA-0000000001", "withdraw")):
        with pytest.raises(BackendRefused) as refused:
            await attempt
        assert refused.value.facts["reason"] == "1001"


async def test_a_file_that_is_not_what_it_is_said_to_be_is_refused(here: Counter) -> None:
    good = attachment("employment_contract")
    bad = replace(good, digest=hashlib.sha256(b"another").hexdigest())

    with pytest.raises(BackendRefused) as refused:
        await here.submit(extension(here, bad))

    # The signature covers what the file is said to be, so it does not match what came.
    assert refused.value.facts["reason"] == "2002"
    assert here.books() == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a/>",
        b"<application/>",
        b'<application ref="BW-1"><callback>http://127.0.0.1:1/</callback></application>',
        b'<application ref="BW-1"><applicant><qid>1</qid></applicant></application>',
        b'<application ref=""><applicant><qid>1</qid></applicant><callback>http://127.0.0.1:1/</callback></application>',
    ],
)
async def test_an_application_without_what_it_needs_is_refused(here: Counter, body: bytes) -> None:
    system, order = here.room.system, residence(here)
    assert isinstance(system, QatarSystem)

    with pytest.raises(BackendRefused) as refused:
        await system.apply("POST", RESIDENCE_KIND, target(RESIDENCE_KIND.path, order), body, order)

    assert refused.value.facts["reason"] == "1000"
    assert here.books() == []


async def test_a_file_of_one_application_cannot_be_named_by_another(here: Counter) -> None:
    system, order, file = here.room.system, residence(here), attachment("employment_contract")
    assert isinstance(system, QatarSystem)
    number = await system.upload(RESIDENCE_KIND, replace(order, reference="BW-OTHER"), file)
    body = application(order, {"addressedTo": "BANK"}, [HandedOver(number, file)])

    with pytest.raises(BackendRefused) as refused:
        await system.apply("POST", RESIDENCE_KIND, target(RESIDENCE_KIND.path, order), body, order)

    assert refused.value.facts["reason"] == "1005"
    assert here.books() == []


async def test_an_action_that_there_is_not_is_refused(here: Counter) -> None:
    order = residence(here)
    system, number = here.room.system, (await here.submit(order)).reference
    assert isinstance(system, QatarSystem)
    known = replace(order, national_reference=number)
    body = action_body(known, Action("withdraw", "act-1"), []).replace(b"WITHDRAW", b"DELETE")

    with pytest.raises(BackendRefused) as refused:
        await system.apply("POST", RESIDENCE_KIND, target(RESIDENCE_KIND.actions, known), body, known)

    assert refused.value.facts["reason"] == "1000"
