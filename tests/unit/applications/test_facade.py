"""Promises of the way in: what is checked before an application, or an action, is taken in."""

from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.applications.view import ActionRequest, ApplicationView, Filters
from gateway.errors import (
    AssuranceTooLow,
    BawabaError,
    Conflict,
    Forbidden,
    InvalidInput,
    NotFound,
    PurposeMissing,
    UnknownCountry,
    UnknownService,
)
from gateway.identity.principal import Assurance
from gateway.schema import Country
from gateway.schema.application import ApplicationStatus as Status
from gateway.storage.application_tables import application_events, application_messages, applications
from tests.support.office import INPUTS, NUMBER, Office, applicant, office, wanted


@pytest.mark.parametrize(
    ("changes", "problem", "field"),
    [
        ({"service": "no-such-service"}, UnknownService, None),
        ({"service": "traffic-fines"}, UnknownService, None),
        ({"purpose": None}, PurposeMissing, "/purpose"),
        ({"purpose": "statistics"}, Forbidden, "/purpose"),
        ({"inputs": {"use": "bank"}}, InvalidInput, "/inputs/certificate_language"),
        ({"inputs": {**INPUTS, "use": "fun"}}, InvalidInput, "/inputs/use"),
        ({"inputs": {**INPUTS, "more": "x"}}, InvalidInput, "/inputs/more"),
        ({"country": Country.KW}, UnknownCountry, "/country"),
        ({"inputs": {**INPUTS, "identifier": {"country": "OM", "value": "08123458"}}}, Forbidden, "/inputs/identifier"),
    ],
)
async def test_what_is_turned_away_is_sealed_and_leaves_nothing(
    storage_url: str, changes: dict[str, Any], problem: type[BawabaError], field: str | None
) -> None:
    async with office(storage_url) as here:
        with pytest.raises(problem) as raised:
            await here.apply(**changes)

        assert raised.value.field == field
        ((_, outcome, code),) = await here.steps()
        assert (outcome, code) == ("refused", raised.value.code)
        assert await here.rows(applications) == []
        assert await here.rows(application_messages) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"scopes": frozenset({"lookups"})}, Forbidden),
        ({"scopes": frozenset({"applications:branch-registration"})}, Forbidden),
        ({"assurance": Assurance.LOW}, AssuranceTooLow),
        ({"countries": frozenset({Country.KW})}, Forbidden),
    ],
)
async def test_a_token_for_less_takes_nothing_in(
    storage_url: str, changes: dict[str, Any], problem: type[BawabaError]
) -> None:
    async with office(storage_url) as here:
        with pytest.raises(problem):
            await here.parts.applications.apply(applicant(**changes), wanted(), "request-1")

        assert await here.rows(applications) == []


async def test_a_token_for_the_one_service_is_enough(storage_url: str) -> None:
    async with office(storage_url) as here:
        narrow = applicant(scopes=frozenset({"applications:residence-certificate"}))

        view = await here.parts.applications.apply(narrow, wanted(), "request-1")

        assert await here.parts.applications.read(narrow, view.id) == view


async def test_the_identifier_that_the_applicant_chose_reaches_the_state(storage_url: str) -> None:
    async with office(storage_url) as here:
        await here.apply(inputs={**INPUTS, "identifier": {"country": "OM", "value": NUMBER}})

        await here.deliver()

        assert [each.identifier for each in here.sandbox.desk._by_number.values()] == [NUMBER]


async def test_an_application_of_somebody_else_is_not_found(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()
        stranger = applicant("person-2")

        with pytest.raises(NotFound):
            await here.parts.applications.read(stranger, view.id)
        request = ActionRequest(kind="withdraw")
        with pytest.raises(NotFound):
            await here.parts.applications.act(stranger, view.id, request, "request-2")
        assert (await here.parts.applications.page(stranger, Filters()))[0] == []


async def test_a_draft_waits_until_it_is_submitted(storage_url: str) -> None:
    async with office(storage_url) as here:
        draft = await here.apply(draft=True)
        tried = await here.deliver()

        sent = await here.act(draft.id, "submit")

        assert (draft.status, draft.actions, draft.expected_on) == (Status.draft, ("submit", "withdraw"), None)
        assert tried == 0
        assert (sent.status, sent.actions) == (Status.submitted, ("withdraw",))
        assert sent.expected_on
        assert (await here.until_final(draft.id)).status is Status.approved


async def test_a_draft_that_is_withdrawn_never_leaves(storage_url: str) -> None:
    async with office(storage_url) as here:
        draft = await here.apply(draft=True)

        after = await here.act(draft.id, "withdraw")

        assert (after.status, after.actions) == (Status.withdrawn, ())
        assert await here.deliver() == 0


@pytest.mark.parametrize("kind", ["submit", "supply", "confirm_payment"])
async def test_an_action_that_does_not_fit_is_refused(storage_url: str, kind: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()

        with pytest.raises(Conflict) as raised:
            await here.act(view.id, kind)

        assert raised.value.code == "action_not_possible"
        assert len(await here.rows(application_events)) == 1


async def test_nothing_can_be_withdrawn_twice(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await here.apply()
        await here.act(view.id, "withdraw")

        with pytest.raises(Conflict):
            await here.act(view.id, "withdraw")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({}, "/values/tenancy_number"),
        ({"tenancy_number": " "}, "/values/tenancy_number"),
        ({"tenancy_number": "1" * 2001}, "/values/tenancy_number"),
        ({"tenancy_number": "1", "shoe_size": "44"}, "/values/shoe_size"),
    ],
)
async def test_a_supply_holds_what_was_asked_for_and_no_more(
    storage_url: str, values: dict[str, str], field: str
) -> None:
    async with office(storage_url) as here:
        view = await asked(here)

        with pytest.raises(InvalidInput) as raised:
            await here.act(view.id, "supply", **values)

        assert raised.value.field == field


async def test_what_is_supplied_is_folded_and_reaches_the_state(storage_url: str) -> None:
    async with office(storage_url) as here:
        view = await asked(here)
        await here.act(view.id, "supply", tenancy_number=" ٤٧١١ ")

        await here.deliver()

        (dossier,) = here.sandbox.desk._by_number.values()
        assert dossier.supplied == {"tenancy_number": "4711"}


async def test_a_service_that_needs_attachments_is_applied_for_by_a_draft(storage_url: str) -> None:
    async with office(storage_url) as here:
        inputs = {
            "institution": "University of Somewhere",
            "institution_country": "GB",
            "degree": "bachelor",
            "field_of_study": "Physics",
            "graduated_on": "2020-07-01",
        }

        with pytest.raises(InvalidInput) as raised:
            await here.apply(service="certificate-equivalence", inputs=inputs)

        assert (raised.value.code, raised.value.field) == ("attachment_missing", "/attachments/certificate")


async def test_pages_follow_each_other_without_gap_or_repetition(storage_url: str) -> None:
    async with office(storage_url) as here:
        taken = []
        for place in range(7):
            taken.append((await here.apply()).id)
            here.clock.advance(place % 2)
        seen: list[str] = []
        cursor = None
        while True:
            views, cursor = await here.parts.applications.page(here.principal, Filters(), cursor, 3)
            seen += [view.id for view in views]
            if cursor is None:
                break

        assert len(seen) == len(set(seen)) == 7
        assert set(seen) == set(taken)
        # Two were taken in at each moment but the last: within a moment any order will do.
        assert seen.index(taken[0]) > 4
        assert seen.index(taken[-1]) < 2


async def test_pages_are_filtered(storage_url: str) -> None:
    async with office(storage_url) as here:
        draft, sent = await here.apply(draft=True), await here.apply()

        async def found(**filters: object) -> list[str]:
            views, _ = await here.parts.applications.page(here.principal, Filters.model_validate(filters))
            return [view.id for view in views]

        assert await found(status=Status.draft) == [draft.id]
        assert await found(status=Status.submitted, country=Country.OM) == [sent.id]
        assert await found(country=Country.KW) == []
        assert set(await found(service="residence-certificate")) == {draft.id, sent.id}


@pytest.mark.parametrize("cursor", ["x", "////", "é", "9" * 100, "MTIzLgA", "MTIz"])
async def test_a_cursor_that_is_not_ours_is_refused(storage_url: str, cursor: str) -> None:
    async with office(storage_url) as here:
        with pytest.raises(InvalidInput) as raised:
            await here.parts.applications.page(here.principal, Filters(), cursor)

        assert raised.value.code == "unknown_cursor"


async def test_a_cursor_of_before_the_first_finds_nothing(storage_url: str) -> None:
    async with office(storage_url) as here:
        await here.apply()

        assert await here.parts.applications.page(here.principal, Filters(), "LTEuYQ") == ([], None)


async def test_what_cannot_be_remembered_was_not_taken_in(storage_url: str) -> None:
    async def forgetful(connection: AsyncConnection, view: ApplicationView) -> None:
        raise LookupError(view.id)

    async with office(storage_url) as here:
        with pytest.raises(LookupError):
            await here.parts.applications.apply(here.principal, wanted(), "request-1", forgetful)

        assert await here.rows(applications) == []
        assert await here.rows(application_messages) == []


async def test_what_is_remembered_is_what_is_returned(storage_url: str) -> None:
    kept: list[ApplicationView] = []

    async def remember(connection: AsyncConnection, view: ApplicationView) -> None:
        kept.append(view)

    async with office(storage_url) as here:
        view = await here.parts.applications.apply(here.principal, wanted(), "request-1", remember)

        assert kept == [view]
        assert await here.read(view.id) == view


async def asked(here: Office) -> ApplicationView:
    """An application that the state asks something about."""
    here.orders(course="ask")
    view = await here.apply()
    await here.deliver()
    for _ in range(2):
        here.clock.advance(60)
        await here.track()
    return await here.read(view.id)
