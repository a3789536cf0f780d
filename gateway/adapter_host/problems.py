"""A national system's failure on its way through the protocol: from an error to a problem and back."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from gateway.adapter_host.protocol import FAILED_STATUS, LONGEST_WAIT, Problem
from gateway.errors import BackendBusy, BackendDown, BackendError, BackendGarbled, BackendLate, BackendRefused

_OUTCOMES: Final[Mapping[str, type[BackendError]]] = {
    "refused": BackendRefused,
    "late": BackendLate,
    "down": BackendDown,
    "garbled": BackendGarbled,
}
CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "refused": ("backend_refused",),
    "late": ("backend_late",),
    "down": ("backend_down", "backend_busy"),
    "garbled": (
        "backend_garbled",
        "backend_compressed",
        "backend_cut_off",
        "backend_redirected",
        "backend_too_large",
        "backend_wrong_subject",
        "document_not_trusted",
    ),
}
"""The codes that a host may give, by outcome; the first is meant where it gives another."""

FILES_MISSING: Final = "files_missing"
_PASSING: Final = frozenset({FILES_MISSING, "nonce_replayed"})
"""What the next try mends by itself."""

_REASON: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}")


def failure(error: BackendError) -> Problem:
    """The problem by which the host says what the national system did."""
    outcome = error.outcome if error.outcome in _OUTCOMES else "garbled"
    reason = str(error.facts.get("reason", ""))
    return Problem(
        title=HTTPStatus(FAILED_STATUS).phrase,
        status=FAILED_STATUS,
        code=error.code if error.code in CODES[outcome] else CODES[outcome][0],
        outcome=outcome,  # type: ignore[arg-type]  # one of the keys of the table
        reason=reason if _REASON.fullmatch(reason) else None,
        retry_after=None if error.retry_after is None else min(max(error.retry_after, 0.0), LONGEST_WAIT),
    )


def refusal(status: int, code: str, detail: str | None = None) -> Problem:
    """The problem by which the host says what is wrong with the request."""
    return Problem(title=HTTPStatus(status).phrase, status=status, code=code, detail=detail)


def error_of(problem: Problem) -> BackendError:
    """The error that a room in the gateway's own house would have raised.

    A request that the host does not take is a refusal, for an operator to look at; what passes by itself is down.
    """
    if problem.status == FAILED_STATUS and problem.outcome is not None:
        return _failed(problem, problem.outcome)
    if problem.code in _PASSING or problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return BackendDown(reason=f"host_{problem.code}", retry_after=problem.retry_after)
    return BackendRefused(reason=f"host_{problem.code}")


def _failed(problem: Problem, outcome: str) -> BackendError:
    kind = _OUTCOMES[outcome]
    if problem.code == BackendBusy.code:
        kind = BackendBusy
    code = problem.code if problem.code in CODES[outcome] else CODES[outcome][0]
    facts = {"reason": problem.reason} if problem.reason else {}
    return kind(code, retry_after=problem.retry_after, **facts)
