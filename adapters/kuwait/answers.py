"""What the national system says back: the acknowledgement at once, the answer in a callback, and its own errors."""

import re
from dataclasses import dataclass

from adapters.kuwait.contracts import Fields, read_envelope, read_fault
from adapters.kuwait.operations import CALLBACK, Operation
from gateway.sdk import BackendDown, BackendError, BackendGarbled, BackendRefused, Response

NOT_FOUND = "1001"
_OUT_OF_ORDER = frozenset({"9001", "9002"})
_CODE = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_DONE = "1"


@dataclass(frozen=True, slots=True)
class Inquiry:
    """An answer that is believed; ``reference`` is the national number of the transaction.

    ``data`` is ``None`` where the system knows nothing of whom it was asked about.
    """

    reference: str
    data: Fields | None


def read_acknowledgement(response: Response, operation: Operation) -> str:
    """The national number of a request that was accepted with 202; a 200 carries the ``Error`` that says why not.

    Runs inside the gate's guards. Raises ``BackendError``.
    """
    check_status(response)
    result = read_envelope(response.body, f"{operation.name}Response", f"{operation.name}Result")
    if error := result.part("Error"):
        raise judged(error)
    number = result.text("Data")
    if response.status != 202 or number is None:
        raise BackendGarbled
    return number


def read_callback(body: bytes, operation: Operation, ref_id: str, number: str) -> Inquiry:
    """The answer to the request with that ``ref_id``, acknowledged under that ``number``; raises ``BackendError``."""
    response = read_envelope(body, CALLBACK, "response")
    details = response.part("RequestDetails")
    told = details and (details.text("RefId"), details.text("RequestID"), details.text("RequestType"))
    if told != (ref_id, number, operation.request_type):
        raise BackendGarbled
    result = response.part("ResultDetails")
    done = result is not None and result.text("ResultCode") == _DONE
    if error := response.part("Error"):
        if done:
            raise BackendGarbled
        if error.text("Code") == NOT_FOUND:
            return Inquiry(number, None)
        raise judged(error)
    if not done:
        raise BackendGarbled
    return Inquiry(number, response)


def check_status(response: Response) -> None:
    """Raises ``BackendError`` for a status that says all there is to say, whatever was asked."""
    if response.status in (401, 403):
        raise BackendRefused(reason=f"http_{response.status}")
    if response.status >= 500:
        if read_fault(response.body) == "Client":
            raise BackendRefused(reason="soap_client_fault")
        raise BackendDown


def judged(error: Fields) -> BackendError:
    """What an ``Error`` means; its message is not repeated, for it may name a person."""
    code = error.text("Code") or ""
    if code in _OUT_OF_ORDER:
        return BackendDown()
    return BackendRefused(reason=code if _CODE.fullmatch(code) else "unreadable")
