"""An address that a stranger gives leads to the public internet by TLS, or nowhere."""

import pytest

from gateway.errors import InvalidInput
from gateway.outward.addresses import Allowed, Outward

INNER = (
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "64:ff9b:1::1",
    "2001::1",
    "2002:7f00:1::",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "ff02::1",
)


@pytest.mark.parametrize("address", ["8.8.8.8", "192.0.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"])
def test_public_addresses_may_be_connected_to(address: str) -> None:
    assert Outward().may_connect(address, 443)


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses_may_not(address: str) -> None:
    host = f"[{address}]" if ":" in address else address

    assert not Outward().may_connect(address, 443)
    with pytest.raises(InvalidInput):
        Outward().check(f"https://{host}/hook", "/url")


def test_a_zone_does_not_hide_a_link_local_address() -> None:
    assert not Outward().may_connect("fe80::1%eth0", 443)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.gov.om/in",
        "https://hooks.example.gov.om:8443/in?a=b",
        "https://xn--mgbayh7gpa.example.com/",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://push.example.com./x",
    ],
)
def test_a_public_address_is_taken_as_it_is(url: str) -> None:
    assert Outward().check(url, "/url") == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "https://",
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "gopher://hooks.example.com/",
        "unix:/run/x.sock",
        "http+unix://x/",
        "javascript:alert(1)",
        "//hooks.example.com/",
        "https://user@hooks.example.com/",
        "https://user:word@hooks.example.com/",
        "https://@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:22/",
        "https://hooks.example.com:25/",
        "https://hooks.example.com:6379/",
        "https://hooks.example.com:0/",
        "https://hooks.example.com:99999/",
        "https://hooks.example.com:x/",
        "https://localhost/",
        "https://metadata/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://１２７.0.0.1/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://hooks.example.com /",
        "https://hooks.example.com/\r\nHost: x",
        "https://hooks..example.com/",
        "https://-hooks.example.com/",
        "https://[::1/",
        "https://[::1%25lo]/",
        f"https://hooks.example.com/{'a' * 2048}",
    ],
)
def test_everything_else_is_refused_with_the_field(url: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Outward().check(url, "/url")

    assert (refused.value.code, refused.value.field) == ("address_refused", "/url")


def test_an_exception_covers_its_network_and_ports_only() -> None:
    outward = Outward([Allowed.parse("127.0.0.1/32 port 7301")])

    assert outward.check("http://127.0.0.1:7301/hook", "/url")
    assert outward.may_connect("127.0.0.1", 7301)
    assert not outward.may_connect("127.0.0.1", 7302)
    assert not outward.may_connect("127.0.0.2", 7301)
    assert not outward.may_connect("10.0.0.1", 7301)


def test_an_exception_without_a_port_covers_all_of_them() -> None:
    assert Outward([Allowed.parse("127.0.0.0/8")]).may_connect("127.9.9.9", 1)


@pytest.mark.parametrize("text", ["", "hooks.example.com", "127.0.0.1/33", "127.0.0.1/32 port x"])
def test_an_exception_that_is_none_is_said_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"network|address|literal|octet|netmask"):
        Allowed.parse(text)
