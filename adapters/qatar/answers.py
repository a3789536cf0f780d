"""What an answer means: found, nothing known, or one of the agencies' own errors inside a 200."""

import re
from dataclasses import dataclass
from typing import Final

from adapters.qatar.messages import Fields, read_response
from gateway.sdk import BackendDown, BackendError, BackendGarbled, BackendRefused, Response

FOUND: Final = "0000"
NOT_FOUND: Final = "1001"
DENIED: Final = "1003"
MAINTENANCE: Final = "9001"
BUSY: Final = "9002"
REPLAYED: Final = "2004"

_CODE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
# A signature is used once by us, so it can only be known already where an answer was lost and we asked again.
_OUT_OF_ORDER = frozenset({MAINTENANCE, BUSY, REPLAYED})


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An answer that is believed; ``reference`` is the agency's number of the transaction.

    ``data`` is ``None`` where the agency knows nothing of what it was asked about.
    """

    reference: str
    data: Fields | None


def read_answer(response: Response, *, reference: str, payload: str) -> Inquiry:
    """The answer to the request with that ``reference``, which holds ``payload`` if anything was found.

    Runs inside the gate's guards. Raises ``BackendError``.
    """
    if response.status != 200:
        raise _failed(response)
    answer = read_response(response.body, reference)
    code, transaction = answer.attribute_of("status", "code"), answer.text("transaction")
    if code not in (FOUND, NOT_FOUND):
        raise _judged(code)
    if transaction is None or answer.has(payload) is not (code == FOUND):
        raise BackendGarbled
    return Inquiry(transaction, answer if code == FOUND else None)


def _failed(response: Response) -> BackendError:
    """What another status than 200 means; 502, 503, 504 and 429 are judged by the gate."""
    if response.status >= 500:
        return BackendDown()
    if response.status not in (400, 401, 403):
        return BackendGarbled()
    try:
        code = read_response(response.body, None).attribute_of("status", "code")
    except BackendGarbled:
        code = None
    return _judged(code) if code else BackendRefused(reason=f"http_{response.status}")


def _judged(code: str | None) -> BackendError:
    """What the code of an error means; its words are not repeated, for they may name a person."""
    if code is None or code == FOUND:
        return BackendGarbled()
    if code in _OUT_OF_ORDER:
        return BackendDown()
    return BackendRefused(reason=code if _CODE.fullmatch(code) else "unreadable")
