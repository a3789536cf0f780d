"""The error inside a provider for what it cannot believe; the caller tells it as the provider's."""


class UnbelievableError(ValueError):
    """``reason`` is a keyword for the operators, and for nobody else."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
