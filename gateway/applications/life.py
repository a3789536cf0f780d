"""The one life of an application: what a state says goes in, what changes comes out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from gateway.applications.view import ActionName
from gateway.schema.application import ApplicationStatus as Status
from gateway.schema.application import Progress

_RANKS: Final[Mapping[Status, int]] = {
    Status.draft: 0,
    Status.submitted: 1,
    Status.accepted: 2,
    Status.in_progress: 3,
    Status.needs_citizen: 4,
    Status.awaiting_payment: 4,
    Status.approved: 5,
    Status.refused: 5,
    Status.withdrawn: 5,
    Status.failed: 5,
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How an application stands: ``progress`` is the newest that the state said, ``known`` whether in words we have."""

    status: Status
    known: bool = True
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of it. ``turned`` says that the status is another than before, ``puzzled`` that the state's word
    is one that nobody here knows, and was not told before."""

    after: Standing
    turned: bool
    puzzled: bool


def advance(before: Standing, heard: Progress, *, direct: bool) -> Change | None:
    """What the state's word changes, or ``None`` when it changes nothing.

    ``direct`` is an answer to our own question, which is as new as can be. What was told by itself may come late or
    in the wrong order, so it counts only if it is newer by the state's own clock, or further at the same moment. An
    end stays.
    """
    status = _read(before.status, heard.status)
    if before.status.final and status is not before.status:
        return None
    if before.progress and not _is_newer(before, heard, status, direct):
        return None
    after = Standing(status, heard.status is not None, heard)
    if after == before:
        return None
    fresh_word = before.progress is None or before.progress.national_status != heard.national_status
    return Change(after, status is not before.status, not after.known and (before.known or fresh_word))


def possible_actions(status: Status, waiting: Collection[str]) -> tuple[ActionName, ...]:
    """What the applicant can do now; ``waiting`` are the kinds of messages on their way to the state."""
    if status.final or "withdraw" in waiting:
        return ()
    first: Mapping[Status, ActionName] = {
        Status.draft: "submit",
        Status.needs_citizen: "supply",
        Status.awaiting_payment: "confirm_payment",
    }
    special = first.get(status)
    return (special, "withdraw") if special and special not in waiting else ("withdraw",)


def _read(before: Status, heard: Status | None) -> Status:
    """The status that a state's word comes to; one that nobody knows shows as received, or as far as it was."""
    if heard is None:
        return before if _RANKS[before] > _RANKS[Status.accepted] else Status.accepted
    # A state that has it cannot say that it was not sent yet.
    return Status.accepted if heard in (Status.draft, Status.submitted) else heard


def _is_newer(before: Standing, heard: Progress, status: Status, direct: bool) -> bool:
    known = before.progress
    if known is None or heard.changed_at > known.changed_at:
        return True
    if heard.changed_at < known.changed_at:
        return False
    # Many clocks tell seconds, some tell days: two changes may bear the same moment.
    return direct or _RANKS[status] > _RANKS[before.status]
