"""Saudi Arabia's files and decisions go to whom they belong, whole, and nobody else sees a request."""

import hashlib
from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest

from adapters.saudi_arabia.service_desk import MOST_BYTES
from gateway.applications.signatures import is_signed
from gateway.sdk import ApplicationStatus, BackendDown, BackendGarbled, BackendRefused, Order, Progress
from gateway.sdk.sandbox import Behaviour, Dossier, make_documents_key
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


@pytest.mark.parametrize("size", [1000, 3_000_000])
async def test_a_file_arrives_whole_whatever_its_size(size: int) -> None:
    async with counter("saudi_arabia") as here:
        contract = attachment("employment_contract", size=size)

        await here.submit(here.order("pension-extension", ABDULLAH, EXTENSION, [contract]))

        (file,) = booked(here).files.values()
        assert (file.name, file.size, file.digest) == ("EMPLOYMENT_CONTRACT", size, contract.digest)


async def test_a_file_that_is_not_what_was_announced_is_refused_and_nothing_is_booked() -> None:
    async with counter("saudi_arabia") as here:
        contract = replace(attachment("employment_contract"), digest=hashlib.sha256(b"another").hexdigest())

        with pytest.raises(BackendRefused) as refused:
            await here.submit(here.order("pension-extension", ABDULLAH, EXTENSION, [contract]))

        assert refused.value.facts == {"reason": "http_422"}
        assert here.books() == []


async def test_a_file_whose_reply_is_lost_is_brought_again_with_the_application() -> None:
    """Each try has tickets of its own."""
    async with counter("saudi_arabia") as here:
        order = here.order("pension-extension", ABDULLAH, EXTENSION, [attachment("employment_contract")])
        here.sandbox.behave(Behaviour("lost", after=1, times=1))

        with pytest.raises(BackendDown):
            await here.submit(order)
        await here.submit(order)

        assert [(each["submissions"], len(each["files"])) for each in here.books()] == [(1, 1)]


@pytest.mark.parametrize(("secret", "code"), [("charge_code", "300"), ("user_name", "301"), ("password", "301")])
async def test_wrong_credentials_are_refused_before_anything_is_booked(secret: str, code: str) -> None:
    async with counter("saudi_arabia", secrets={secret: "wrong"}) as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)

        for exchange in (here.submit(order), here.track(order, "SA-1"), here.act(order, "SA-1", "withdraw")):
            with pytest.raises(BackendRefused) as refused:
                await exchange
            assert refused.value.facts == {"reason": code}
        assert here.books() == []


async def test_somebody_who_is_not_known_is_refused_with_the_code_of_the_desk() -> None:
    async with counter("saudi_arabia") as here:
        with pytest.raises(BackendRefused) as refused:
            await here.submit(here.order("residence-certificate", NOBODY, CERTIFICATE))

        assert refused.value.facts == {"reason": "150"}
        assert here.books() == []


async def test_a_request_is_shown_and_supplied_to_its_applicant_only() -> None:
    """Neither by its number with another reference, nor by its reference with another person."""
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        number = (await here.submit(order)).reference
        thief = here.order("residence-certificate", ABDULLAH, CERTIFICATE)
        stranger = replace(order, reference="BW-OTHER")

        for asking in (thief, stranger):
            for exchange in (here.track(asking, number), here.act(asking, number, "withdraw")):
                with pytest.raises(BackendRefused) as refused:
                    await exchange
                assert refused.value.facts == {"reason": "151"}
        assert (await here.track(order, number)).status is ApplicationStatus.accepted


async def test_an_answer_about_another_request_is_not_believed() -> None:
    """The number that the gateway knows must be the one that is answered."""
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        await here.submit(order)
        answer = await here.room.procedures["residence-certificate"].track(order)

        with pytest.raises(BackendGarbled) as garbled:
            here.room.procedures["residence-certificate"].normalise(
                answer, replace(order, national_reference="SA-0000000001")
            )

        assert garbled.value.code == "backend_wrong_subject"


async def test_a_decision_is_fetched_signed_by_whom_the_name_plate_says() -> None:
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        approved = (await here.passes(order, await here.submit(order)))[-1]
        (document,) = approved.documents

        fetched = await here.document(order, approved.reference, document.id)

        assert document.signed
        assert (fetched.media_type, fetched.size) == ("application/pdf", len(fetched.content))
        certificate = here.room.system.documents_certificate
        assert certificate
        assert await is_signed(BytesIO(fetched.content), certificate, here.clock())
        _, another = make_documents_key("somebody else")
        assert not await is_signed(BytesIO(fetched.content), another, here.clock())
        assert "documents_key" not in here.room.system.connection.secrets


async def test_a_document_is_given_to_its_applicant_once_it_is_issued_and_by_its_own_id() -> None:
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        first = await here.submit(order)
        document = f"DOC-{first.reference}"
        with pytest.raises(BackendRefused) as early:
            await here.document(order, first.reference, document)
        approved = (await here.passes(order, first))[-1]

        with pytest.raises(BackendRefused) as unknown:
            await here.document(order, approved.reference, "DOC-1")
        with pytest.raises(BackendRefused) as stolen:
            await here.document(
                here.order("residence-certificate", ABDULLAH, CERTIFICATE), approved.reference, document
            )

        assert [each.value.facts["reason"] for each in (early, unknown, stolen)] == ["154", "154", "151"]


@pytest.mark.parametrize("kind", ["down", "lost", "redirect", "rate_limiting"])
async def test_a_document_that_does_not_come_is_an_error_of_the_system(kind: Any) -> None:
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        approved = (await here.passes(order, await here.submit(order)))[-1]
        here.sandbox.behave(Behaviour(kind, after=1, times=1))

        with pytest.raises((BackendDown, BackendGarbled)):
            await here.document(order, approved.reference, approved.documents[0].id)


async def test_a_document_that_has_no_end_is_not_read_to_its_end() -> None:
    async with counter("saudi_arabia") as here:
        order = here.order("residence-certificate", KHALID, CERTIFICATE)
        approved = (await here.passes(order, await here.submit(order)))[-1]
        here.sandbox.behave(Behaviour("huge", after=1, times=1))
        taken = Tally[str]()

        with pytest.raises(BackendGarbled):
            await _take(here, replace(order, national_reference=approved.reference), approved, taken)

        assert 0 < taken["bytes"] <= MOST_BYTES


async def _take(here: Counter, order: Order, approved: Progress, taken: Tally[str]) -> None:
    """Takes the document part by part, and notes how much has come."""
    async with here.room.procedures[order.service].open_document(order, approved.documents[0].id) as download:
        async for part in download.parts:
            taken["bytes"] += len(part)
