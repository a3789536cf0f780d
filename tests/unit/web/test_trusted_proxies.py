"""The proxies that are believed are addresses or networks, and nothing that would have to be looked up."""

import pytest

from gateway.errors import ConfigurationError
from gateway.web.signin.client_cert import proxies


def test_the_proxies_of_the_settings_are_addresses_or_networks() -> None:
    assert [str(each) for each in proxies(("10.0.0.0/8", "192.0.2.7", "2001:db8::1"))] == [
        "10.0.0.0/8",
        "192.0.2.7/32",
        "2001:db8::1/128",
    ]
    for wrong in ("proxy.example", "10.0.0.1/8", "", "*"):
        with pytest.raises(ConfigurationError, match="trusted_proxies"):
            proxies((wrong,))
