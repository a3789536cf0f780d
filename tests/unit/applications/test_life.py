"""Promises of the one life that an application has in every state."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.applications.life import Change, Standing, advance, possible_actions
from gateway.schema.application import ApplicationStatus as Status
from gateway.schema.application import Progress, ResultDocument
from gateway.schema.text import PartialText

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
ENDS = [status for status in Status if status.final]
SENT = Standing(Status.submitted)


def said(status: Status | None, seconds: float = 0, word: str = "", **more: object) -> Progress:
    """What a state says, so many seconds after noon."""
    at = NOON + timedelta(seconds=seconds)
    word = word or (status or "puzzle")
    return Progress.model_validate(
        {"reference": "N-1", "status": status, "national_status": word, "changed_at": at, **more}
    )


def stands(status: Status, seconds: float = 0) -> Standing:
    """An application that stands so by the state's word."""
    return Standing(status, True, said(status, seconds))


def turned(change: Change | None) -> Status:
    assert change is not None
    return change.after.status


@pytest.mark.parametrize("status", [status for status in Status if status not in (Status.draft, Status.submitted)])
def test_the_first_word_of_a_state_counts_whatever_it_is(status: Status) -> None:
    assert turned(advance(SENT, said(status), direct=True)) is status


@pytest.mark.parametrize("status", [Status.draft, Status.submitted])
def test_a_state_that_has_an_application_has_accepted_it_whatever_it_calls_that(status: Status) -> None:
    assert turned(advance(SENT, said(status), direct=True)) is Status.accepted


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("word", list(Status))
def test_an_end_stays_the_end(end: Status, word: Status) -> None:
    change = advance(stands(end), said(word, 60), direct=True)

    assert change is None or change.after.status is end


def test_a_document_that_comes_after_the_approval_is_kept() -> None:
    document = ResultDocument(id="D-1", title=PartialText(en="Certificate"))

    change = advance(stands(Status.approved), said(Status.approved, 60, documents=(document,)), direct=False)

    assert change is not None
    assert not change.turned
    assert change.after.progress is not None
    assert change.after.progress.documents == (document,)


def test_what_is_told_late_changes_nothing() -> None:
    before = stands(Status.needs_citizen, 60)

    assert advance(before, said(Status.in_progress, 0), direct=False) is None


def test_an_application_may_go_back_to_work_once_the_citizen_has_supplied_what_was_asked() -> None:
    change = advance(stands(Status.needs_citizen), said(Status.in_progress, 60), direct=False)

    assert turned(change) is Status.in_progress


def test_of_two_changes_of_the_same_moment_the_further_counts_in_whatever_order_they_are_told() -> None:
    received, decided = said(Status.accepted), said(Status.approved)

    assert turned(advance(Standing(Status.accepted, True, received), decided, direct=False)) is Status.approved
    assert advance(Standing(Status.in_progress, True, said(Status.in_progress)), received, direct=False) is None


def test_an_answer_to_our_own_question_counts_at_the_same_moment() -> None:
    change = advance(stands(Status.needs_citizen), said(Status.in_progress), direct=True)

    assert turned(change) is Status.in_progress


def test_what_is_told_twice_changes_nothing_the_second_time() -> None:
    assert advance(stands(Status.in_progress), said(Status.in_progress), direct=True) is None


def test_a_word_that_nobody_knows_shows_as_received_and_puzzles_once() -> None:
    first = advance(SENT, said(None, word="Under the elephant"), direct=True)
    assert first is not None
    second = advance(first.after, said(None, 60, word="Under the elephant"), direct=True)

    assert (first.after.status, first.after.known, first.puzzled) == (Status.accepted, False, True)
    assert second is not None
    assert not second.puzzled


def test_another_word_that_nobody_knows_puzzles_again() -> None:
    before = Standing(Status.accepted, False, said(None, word="Under the elephant"))

    change = advance(before, said(None, 60, word="Beside the elephant"), direct=True)

    assert change is not None
    assert change.puzzled


def test_a_word_that_nobody_knows_does_not_throw_an_application_back() -> None:
    change = advance(stands(Status.in_progress), said(None, 60), direct=True)

    assert change is not None
    assert (change.after.status, change.after.known) == (Status.in_progress, False)


def test_the_next_word_that_is_known_clears_the_puzzle() -> None:
    before = Standing(Status.accepted, False, said(None))

    change = advance(before, said(Status.approved, 60), direct=True)

    assert change is not None
    assert (change.after.status, change.after.known, change.puzzled) == (Status.approved, True, False)


@pytest.mark.parametrize("end", ENDS)
def test_nothing_can_be_done_about_an_end(end: Status) -> None:
    assert possible_actions(end, ()) == ()


@pytest.mark.parametrize(
    ("status", "actions"),
    [
        (Status.draft, ("submit", "withdraw")),
        (Status.submitted, ("withdraw",)),
        (Status.in_progress, ("withdraw",)),
        (Status.needs_citizen, ("supply", "withdraw")),
        (Status.awaiting_payment, ("confirm_payment", "withdraw")),
    ],
)
def test_each_status_offers_what_fits_it(status: Status, actions: tuple[str, ...]) -> None:
    assert possible_actions(status, ()) == actions


def test_what_is_on_its_way_is_not_offered_again() -> None:
    assert possible_actions(Status.needs_citizen, {"supply"}) == ("withdraw",)
    assert possible_actions(Status.needs_citizen, {"withdraw"}) == ()
