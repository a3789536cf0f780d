"""A connection that asked its other side for certificates."""

from abc import ABC, abstractmethod


class ShownCertificates(ABC):
    """Known by its type, so that doors can tell it from others without loading the library that makes it."""

    @property
    @abstractmethod
    def certificates(self) -> tuple[bytes, ...]:
        """What the other side sent, in DER, its own first; empty when it sent none. Nothing of it is verified."""
