"""Proxies that are believed are addresses or networks; who came to them is told by them, and by nobody else."""

import pytest

from gateway.errors import ConfigurationError
from gateway.web.address import forwarded_address, proxies

TRUSTED = proxies(("10.0.0.0/8", "192.0.2.7", "2001:db8:1::/48"))
PROXY, CALLER = "10.0.0.1", "203.0.113.9"


def test_the_proxies_of_the_settings_are_addresses_or_networks() -> None:
    assert [str(each) for each in proxies(("10.0.0.0/8", "192.0.2.7", "2001:db8::1"))] == [
        "10.0.0.0/8",
        "192.0.2.7/32",
        "2001:db8::1/128",
    ]
    for wrong in ("proxy.example", "10.0.0.1/8", "", "*"):
        with pytest.raises(ConfigurationError, match="trusted_proxies"):
            proxies((wrong,))


@pytest.mark.parametrize(
    ("said", "caller"),
    [
        ([CALLER], CALLER),
        ([f" \t{CALLER} "], CALLER),
        (["2001:DB8::0:1"], "2001:db8::1"),
        ([f"::ffff:{CALLER}"], CALLER),
        ([f"198.51.100.1, {CALLER}"], CALLER),
        (["198.51.100.1", CALLER], CALLER),
        ([f"{CALLER}, 10.9.9.9, 192.0.2.7"], CALLER),
        ([f"{CALLER}, ::ffff:10.9.9.9", "2001:db8:1::5"], CALLER),
        ([f"nonsense, 10.0.0.5, , {CALLER}"], CALLER),
    ],
)
def test_the_caller_is_the_last_that_is_no_proxy_of_ours(said: list[str], caller: str) -> None:
    """What stands before may be the caller's own invention, and decides nothing, however malformed it is."""
    for peer in (PROXY, f"::ffff:{PROXY}", "2001:db8:1::1"):
        assert forwarded_address(peer, said, TRUSTED) == caller


@pytest.mark.parametrize(
    "said",
    [
        *([], [""], ["unknown"], ["_hidden"], [f"{CALLER}:443"], ["[2001:db8::1]"], ["203.0.113"], ["fe80::1%eth0"]),
        *(
            [f'"{CALLER}"'],
            [f"for={CALLER}"],
            [f"{CALLER},"],
            [f"{CALLER}, x, 10.0.0.2"],
            ["\u0661.1.1.1"],
            ["010.1.1.1"],
        ),
        *(["10.0.0.2, 192.0.2.7"], ["10.0.0.2"]),
    ],
)
def test_where_a_proxy_tells_no_address_its_own_counts(said: list[str]) -> None:
    assert forwarded_address(PROXY, said, TRUSTED) == PROXY


@pytest.mark.parametrize("peer", [CALLER, "192.0.2.8", "11.0.0.1", "2001:db8:2::1", "::1", ""])
def test_nobody_else_is_believed(peer: str) -> None:
    for said in ([], ["198.51.100.1"], [PROXY], ["nonsense"], [f"{PROXY}, 198.51.100.1"]):
        assert forwarded_address(peer, said, TRUSTED) == peer
        assert forwarded_address(PROXY, said, ()) == PROXY
