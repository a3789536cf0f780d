"""Kuwait takes payment on its own page, issues what it decides, and knows who asks."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio

from adapters.kuwait.national import KuwaitSystem
from adapters.kuwait.requests import PATH, SETTLEMENT, STATUS, Member, Rows, action, envelope
from adapters.kuwait.requests import RESIDENCE as KIND
from gateway.sdk import (
    ApplicationStatus,
    BackendDown,
    BackendGarbled,
    BackendRefused,
    Deadline,
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
    async with counter("kuwait") as opened:
        opened.sandbox.desk.orders = Orders(pace=0.05)
        yield opened


# --- paying


async def test_a_fine_says_what_is_due_and_is_paid_on_its_page(here: Counter) -> None:
    order = settlement(here)
    due = await decided(here, order)
    assert due.payment is not None
    assert due.payment.amount == Money.of("15.000", "KWD")

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


async def test_a_certificate_is_streamed_and_not_signed(here: Counter) -> None:
    order = residence(here)
    last = await decided(here, order)
    (document,) = last.documents

    fetched = await here.document(order, last.reference, document.id)

    assert not document.signed
    assert fetched.content.startswith(b"%PDF-")
    assert b"/ByteRange" not in fetched.content
    assert fetched.size == len(fetched.content)


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


async def test_whoever_has_another_password_hands_in_follows_and_fetches_nothing() -> None:
    async with counter("kuwait", secrets={"password": "guessed"}) as here:
        order = extension(here, attachment("employment_contract"))

        for attempt in (
            here.submit(order),
            here.submit(replace(order, attachments=())),
            here.track(order, "KW-0000000001"),
            here.act(order, "KW-0000000001", "withdraw"),
            here.document(order, "KW-0000000001", "DOC-1"),
        ):
            with pytest.raises(BackendRefused) as refused:
                await attempt
            assert refused.value.facts["reason"] == "http_401"

        assert here.books() == []


async def test_a_number_that_is_not_that_of_the_application_is_refused(here: Counter) -> None:
    order = residence(here)
    await here.submit(order)

    for attempt in (here.track(order, "KW-0000000001"), here.act(order, "KW-0000000001", "withdraw")):
        with pytest.raises(BackendRefused) as refused:
            await attempt
        assert refused.value.facts["reason"] == "1001"


async def test_a_file_that_is_not_what_it_is_said_to_be_is_refused(here: Counter) -> None:
    good = attachment("employment_contract")
    bad = replace(good, digest=hashlib.sha256(b"another").hexdigest())

    with pytest.raises(BackendRefused) as refused:
        await here.submit(extension(here, bad))

    assert refused.value.facts["reason"] == "2104"
    assert here.books() == []


async def asked(here: Counter, soap_action: str, body: bytes) -> tuple[int, bytes]:
    """What the stand-in says to a request made by hand, with the right credentials."""
    credentials = aiohttp.encode_basic_auth("bawaba", here.sandbox.secrets["password"])
    return await here.room.system.connection.gate("paci").send(
        "POST",
        PATH,
        deadline=Deadline.after(5),
        headers={"Authorization": credentials, "SOAPAction": soap_action},
        body=body,
        read=lambda response: (response.status, response.body),
    )


@pytest.mark.parametrize("body", [b"", b"<a/>", envelope("Other", {}), envelope(STATUS, {})[:-1]])
async def test_a_request_that_cannot_be_read_is_a_fault(here: Counter, body: bytes) -> None:
    status, text = await asked(here, action(STATUS), body)

    assert status == 500
    assert b"s:Client" in text


@pytest.mark.parametrize("operation", ["", "DeleteEverything", SETTLEMENT.submit])
async def test_an_operation_that_the_agency_does_not_have_is_a_fault(here: Counter, operation: str) -> None:
    status, text = await asked(here, action(operation), envelope(operation or STATUS, {}))

    assert status == 500
    assert b"ActionNotSupported" in text


@pytest.mark.parametrize("missing", ["RefId", "PersonCivilNo", "SPCallbackURL", "Details"])
async def test_an_application_without_what_it_needs_is_refused(here: Counter, missing: str) -> None:
    members: dict[str, Member] = {
        "Details": {"CertificateUse": "1"},
        "PersonCivilNo": "285061445574",
        "RefId": "BW-1",
        "SPCallbackURL": here.door,
    }

    status, text = await asked(
        here,
        action(KIND.submit),
        envelope(KIND.submit, {name: value for name, value in members.items() if name != missing}),
    )

    assert (status, b"<a:Code>1000</a:Code>" in text) == (200, True)
    assert here.books() == []


async def test_a_file_of_one_application_cannot_be_named_by_another(here: Counter) -> None:
    system, order = here.room.system, extension(here)
    file = attachment("employment_contract")
    assert isinstance(system, KuwaitSystem)
    number = await system.upload(KIND, order, file)
    stolen = Rows("Attachment", [{"FileID": number, "ItemCode": "EmploymentContract", "Sha256": file.digest}])
    members: dict[str, Member] = {
        "Attachments": stolen,
        "Details": {"CertificateUse": "1"},
        "PersonCivilNo": "285061445574",
        "RefId": "BW-1",
        "SPCallbackURL": here.door,
    }

    _, text = await asked(here, action(KIND.submit), envelope(KIND.submit, members))

    assert b"<a:Code>2101</a:Code>" in text
    assert here.books() == []
