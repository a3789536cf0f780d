"""Each program may ask as often as it is registered, and no stranger can use that up."""

import pytest

from gateway.errors import TooManyRequests
from gateway.web.oauth.caller import ClientQuotas
from tests.support.programs import confidential, public


class Clock:
    """Moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_program_has_its_own_number_of_requests_a_minute() -> None:
    clock = Clock()
    quotas, client = ClientQuotas(clock), confidential(per_minute=3)
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        quotas.spend(client, address)

    with pytest.raises(TooManyRequests):
        quotas.spend(client, "192.0.2.4")
    quotas.spend(confidential(client_id="om-other", per_minute=3), "192.0.2.1")
    clock.now = 20.0
    quotas.spend(client, "192.0.2.1")


def test_one_that_cannot_prove_itself_has_them_at_each_address() -> None:
    quotas, client = ClientQuotas(Clock()), public(per_minute=2)
    for _ in range(2):
        quotas.spend(client, "192.0.2.66")

    with pytest.raises(TooManyRequests):
        quotas.spend(client, "192.0.2.66")
    quotas.spend(client, "192.0.2.1")
