"""Which addresses a provider may send the gateway to."""

import pytest

from gateway.identity.providers.oidc.addresses import (
    UnfitAddressError,
    check_address,
    is_loopback,
    may_connect,
    origin_and_path,
)

ISSUER = "https://login.example"
LOCAL = "http://127.0.0.1:8080"


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example/token",
        "https://login.example:8443/token?tenant=bh",
        "https://10.1.2.3/token",
        "https://[2001:4860:4860::8888]/token",
        "https://other.example",
    ],
)
def test_an_https_address_is_fit(url: str) -> None:
    assert check_address(url, ISSUER) == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000/x", "http://localhost/x", "http://[::1]:9000/x", "http://127.8.9.1/"]
)
def test_loopback_is_for_an_issuer_that_is_there_itself(url: str) -> None:
    assert check_address(url, LOCAL) == url
    with pytest.raises(UnfitAddressError, match="address_loopback"):
        check_address(url, ISSUER)


@pytest.mark.parametrize(
    "url", ["http://localhost.evil.example/", "http://127.0.0.1.evil.example/", "http://login.example/"]
)
def test_a_name_that_looks_like_loopback_is_not(url: str) -> None:
    with pytest.raises(UnfitAddressError, match="address_not_https"):
        check_address(url, LOCAL)


def test_an_issuer_has_no_query() -> None:
    assert check_address("https://login.example/a", ISSUER, query=False)
    with pytest.raises(UnfitAddressError):
        check_address("https://login.example/a?b=c", ISSUER, query=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "10.0.0.1", "192.168.1.1", "2001:4860:4860::8888", "fd12::1"])
def test_public_and_private_networks_may_be_reached(address: str) -> None:
    assert may_connect(address, loopback=False)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1%eth0",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "fd00:ec2::254",
        "100.100.100.200",
        "192.0.0.192",
        "0.0.0.0",
        "::",
        "224.0.0.251",
        "ff02::1",
        "255.255.255.255",
    ],
)
@pytest.mark.parametrize("loopback", [True, False])
def test_what_only_a_machine_s_own_network_has_is_never_reached(address: str, loopback: bool) -> None:
    assert not may_connect(address, loopback=loopback)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_reached_only_where_the_issuer_is_here(address: str) -> None:
    assert may_connect(address, loopback=True)
    assert not may_connect(address, loopback=False)


def test_loopback_is_known_by_address_and_by_its_one_name() -> None:
    assert [is_loopback(f"http://{host}/") for host in ("127.0.0.1", "[::1]", "localhost", "example.com")] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://a.example", "https://a.example", "/"),
        ("https://a.example/x/y", "https://a.example", "/x/y"),
        ("http://[::1]:80/x?y=z", "http://[::1]:80", "/x?y=z"),
    ],
)
def test_an_address_is_where_to_connect_and_what_to_ask_for(url: str, origin: str, path: str) -> None:
    assert origin_and_path(url) == (origin, path)
