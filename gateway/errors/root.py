"""The root of the tree, and what is nobody's fault but ours."""

from typing import ClassVar


class BawabaError(Exception):
    """The root. ``field`` is a JSON pointer-like path of what is wrong; ``retry_after`` is in seconds."""

    code: str = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        code: str | None = None,
        /,
        *,
        field: str | None = None,
        retry_after: float | None = None,
        **facts: str | int,
    ) -> None:
        if code is not None:
            self.code = code
        self.field = field
        self.retry_after = retry_after
        self.facts = facts
        super().__init__(self.code, field, facts)


class SealingFailed(BawabaError):
    """The ledger could not be written, so the answer was not given."""

    code, status, retryable = "sealing_failed", 503, True


class Unavailable(BawabaError):
    """Something that the gateway itself stands on is out of reach."""

    code, status, retryable = "unavailable", 503, True


class ConfigurationError(BawabaError):
    """A setting, name plate or key is wrong; ``field`` names it and ``problem`` says what to do."""

    code, status = "configuration", 500
