"""What the operators read when a provider was not believed, and nobody else does."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from structlog.testing import capture_logs

from gateway.errors import ProviderGarbled


@contextmanager
def disbelieved(*reasons: str) -> Iterator[None]:
    """The block ends in ``ProviderGarbled``, which says no more than whose it is, for one of the reasons in the log."""
    with capture_logs() as lines, pytest.raises(ProviderGarbled) as lie:
        yield
    found = [line["reason"] for line in lines if line["event"] == "provider.disbelieved"]
    assert len(found) == 1
    assert found[0] in reasons, found
    assert lie.value.code == "provider_garbled"
    assert set(lie.value.facts) == {"provider"}
