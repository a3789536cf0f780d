"""The back gate speaks to the one address it was given: no redirect, proxy, cookie or other host (S01-S05)."""

import socket
from pathlib import Path

import pytest

from gateway.errors import BackendDown, BackendGarbled, ConfigurationError
from gateway.sdk.gate import Gate
from tests.support.backend import Talk, answered, backend
from tests.support.gates import gate_to, gated, get

STATUSES = [
    b"300 Choices",
    b"301 Moved",
    b"302 Found",
    b"303 Other",
    b"305 Proxy",
    b"307 Again",
    b"308 For good",
]


@pytest.mark.parametrize("status", STATUSES)
async def test_a_redirect_to_an_inner_address_is_not_followed(status: bytes) -> None:
    """The listener that it points to hears nothing, with or without a body to carry along."""
    async with backend(answered()) as inner:
        location = f"Location: {inner.url}/latest/meta-data\r\n".encode()
        async with gated(answered(status=status, headers=location)) as (gate, system):
            with pytest.raises(BackendGarbled) as caught:
                await get(gate)
            with pytest.raises(BackendGarbled):
                await get(gate, body=b"secret")

    assert caught.value.code == "backend_redirected"
    assert len(system.requests) == 2
    assert inner.connections == 0


@pytest.mark.parametrize("header", [b"Refresh: 0; url=%b\r\n", b"Content-Location: %b\r\n", b'Alt-Svc: h2="%b"\r\n'])
async def test_no_other_header_leads_elsewhere(header: bytes) -> None:
    async with backend(answered()) as inner, gated(answered(headers=header % inner.url.encode())) as (gate, _):
        await get(gate)
        await get(gate)

    assert inner.connections == 0


async def test_proxies_named_in_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with backend(answered()) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with gated(answered()) as (gate, system):
            await get(gate)

    assert (proxy.connections, system.connections) == (0, 1)


async def test_credentials_of_this_machine_are_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password invented\n", "ascii")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))

    async with gated(answered()) as (gate, system):
        await get(gate)

    assert b"authorization" not in system.requests[0].head.lower()


async def test_a_cookie_is_neither_kept_nor_sent_back() -> None:
    async with gated(answered(headers=b"Set-Cookie: session=1; Path=/\r\n")) as (gate, system):
        await get(gate)
        await get(gate)

    assert b"cookie" not in system.requests[1].head.lower()


async def test_nothing_packed_is_asked_for() -> None:
    async with gated(answered()) as (gate, system):
        await get(gate)

    assert b"\r\nAccept-Encoding: identity\r\n" in system.requests[0].head


async def test_an_address_that_may_not_be_spoken_to_is_not_connected_to() -> None:
    """A name proves nothing: what is judged is the address it leads to."""
    asked: list[tuple[str, int]] = []

    def refuse(address: str, port: int) -> bool:
        asked.append((address, port))
        return False

    async with (
        backend(answered()) as system,
        gate_to(f"http://localhost:{system.port}", check_address=refuse) as gate,
    ):
        with pytest.raises(BackendDown) as caught:
            await get(gate)

    assert caught.value.facts["reason"] == "address_refused"
    assert system.connections == 0
    assert {port for _, port in asked} == {system.port}
    assert all(address in ("127.0.0.1", "::1") for address, _ in asked)


async def test_the_peer_that_was_reached_is_judged_before_a_byte_is_sent() -> None:
    """As if the answer of the name service had changed between two looks."""
    asked: list[str] = []

    def only_once(address: str, _port: int) -> bool:
        asked.append(address)
        return len(asked) == 1

    async with backend(answered()) as system, gate_to(system.url, check_address=only_once) as gate:
        with pytest.raises(BackendDown):
            await get(gate)

    assert asked == ["127.0.0.1", "127.0.0.1"]
    assert system.requests == []


async def test_an_address_that_may_be_spoken_to_is_judged_once_a_connection() -> None:
    asked: list[str] = []

    def allow(address: str, _port: int) -> bool:
        asked.append(address)
        return True

    async with backend(answered()) as system, gate_to(system.url, check_address=allow) as gate:
        for _ in range(3):
            await get(gate)

    assert asked == ["127.0.0.1", "127.0.0.1"]


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "１２７.0.0.1"])
async def test_other_writings_of_an_address_are_judged_by_what_they_mean(host: str) -> None:
    """Those that are not refused at once lead to the address, which is then judged."""
    async with backend(answered()) as system:
        try:
            gate = Gate(
                "test", f"http://{host}:{system.port}", check_address=lambda address, _port: address != "127.0.0.1"
            )
        except ConfigurationError:
            return
        with pytest.raises(BackendDown):
            await get(gate)
        await gate.close()

    assert system.connections == 0


@pytest.mark.parametrize(
    "base",
    [
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "unix:///run/x.sock",
        "gopher://127.0.0.1/",
        "http+unix://x/",
        "//127.0.0.1/",
        "127.0.0.1:80",
        "http://",
        "http:///path",
        "http://user@127.0.0.1/",
        "http://user:word@127.0.0.1/",
        "http://127.0.0.1/?x=1",
        "http://127.0.0.1/#x",
        "http://127.0.0.1:0/",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:port/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1\\@host/",
        "http://127.0.0.1/\r\nX: y",
        "http://[::1/",
        "http://عمان.example/",
    ],
)
def test_a_base_that_is_no_plain_web_address_is_refused_at_the_start(base: str) -> None:
    with pytest.raises(ConfigurationError):
        Gate("test", base)


async def test_nobody_listening_is_down() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        async with gate_to(f"http://127.0.0.1:{closed.getsockname()[1]}") as gate:
            with pytest.raises(BackendDown) as caught:
                await get(gate)

    assert caught.value.facts["reason"] == "unreachable"


async def test_a_name_that_does_not_exist_is_down() -> None:
    async with gate_to("http://nowhere.invalid") as gate:
        with pytest.raises(BackendDown) as caught:
            await get(gate)

    assert caught.value.facts["reason"] == "unreachable"


async def test_a_closed_gate_sends_nothing() -> None:
    async with backend(answered()) as system, gate_to(system.url) as gate:
        await gate.close()
        with pytest.raises(BackendDown):
            await get(gate)

    assert system.connections == 0


async def test_closing_the_gate_ends_what_is_under_way() -> None:
    closing: list[Gate] = []

    async def close(_talk: Talk) -> None:
        await closing[0].close()

    async with gated(close) as (gate, _):
        closing.append(gate)
        with pytest.raises(BackendDown):
            await get(gate)
