"""National systems that did not answer as they should."""

from typing import ClassVar

from gateway.errors.root import BawabaError


class BackendError(BawabaError):
    """A national system did not answer as it should; ``outcome`` is the status its state gets."""

    code, status = "backend_error", 502
    outcome: ClassVar[str] = "garbled"


class BackendRefused(BackendError):
    """The national system understood and said no; ``reason`` in the facts is its own code."""

    code, status = "backend_refused", 502
    outcome = "refused"


class BackendDown(BackendError):
    """The national system cannot be reached, or says that it is out of order."""

    code, status, retryable = "backend_down", 503, True
    outcome = "down"


class BackendBusy(BackendDown):
    """The bulkhead is full or the breaker is open; the national system was not asked."""

    code = "backend_busy"


class BackendLate(BackendError):
    """The deadline passed before the national system answered."""

    code, status, retryable = "backend_late", 504, True
    outcome = "late"


class BackendGarbled(BackendError):
    """The national system answered, and the answer cannot be read or believed."""

    code, status = "backend_garbled", 502
    outcome = "garbled"
