"""TLS at the card door: any certificate comes in with its whole chain, none too, on both event loops."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest
import uvloop
from aiohttp import web
from OpenSSL import SSL

from gateway.errors import ConfigurationError
from gateway.sandbox.providers.card_authority import Card, CardAuthority
from gateway.sandbox.providers.card_reader import client_context
from gateway.sandbox.providers.certificates import certificate_pem, key_pem
from gateway.web.signin.card_tls import CardConnection, CardTls
from tests.support.cards import SALIM, der, stranger, today

LARGE = 3_000_000
LOOPS: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}


class Listener:
    """A server behind the door's TLS that tells, and keeps, what it was shown."""

    def __init__(self, folder: Path) -> None:
        self.authority = stranger()
        own = self.authority.server("127.0.0.1")
        self.files = folder / "door.pem", folder / "door.key"
        between = certificate_pem(self.authority.issuing.certificate)
        self.files[0].write_text(certificate_pem(own.certificate) + between, "ascii")
        self.files[1].write_text(key_pem(own.key), "ascii")
        self.shown: list[tuple[bytes, ...]] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Listener"]:
        """Listens while the block runs."""
        app = web.Application(client_max_size=LARGE + 1)
        app.router.add_route("*", "/", self._tell)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=CardTls(*self.files, [self.authority.root.certificate]))
        await site.start()
        self.port = runner.addresses[0][1]
        try:
            yield self
        finally:
            await runner.cleanup()

    async def _tell(self, request: web.Request) -> web.Response:
        connection = request.get_extra_info("ssl_object")
        assert isinstance(connection, CardConnection)
        self.shown.append(connection.certificates)
        body = await request.read()
        return web.Response(body=body or b"x" * int(request.query.get("size", 1)))

    def client(self, card: Card | None, version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3) -> aiohttp.ClientSession:
        """A client with the card, which speaks that version."""
        tls = client_context(card, certificate_pem(self.authority.root.certificate))
        tls.minimum_version = tls.maximum_version = version
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=tls))


def on(loop: str, story: Coroutine[None, None, None]) -> None:
    """Plays the story on one kind of loop."""
    with asyncio.Runner(loop_factory=LOOPS[loop]) as runner:
        runner.run(story)


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_the_whole_chain_that_was_shown_is_handed_over(tmp_path: Path, loop: str, version: ssl.TLSVersion) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener:
            card = listener.authority.card(SALIM)
            async with listener.client(card, version) as client, client.get(listener.url) as answer:
                assert answer.status == 200
            assert listener.shown == [der(card.certificate, card.above[0])]

    on(loop, story())


@pytest.mark.parametrize("loop", LOOPS)
def test_who_shows_nothing_comes_in_too(tmp_path: Path, loop: str) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener, listener.client(None) as client:
            async with client.get(listener.url) as answer:
                assert answer.status == 200
            assert listener.shown == [()]

    on(loop, story())


def test_cards_that_are_not_good_come_in_to_be_judged(tmp_path: Path) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener:
            for card in (stranger().card(SALIM), listener.authority.card(SALIM, began=today(9))):
                async with listener.client(card) as client, client.get(listener.url) as answer:
                    assert answer.status == 200
                assert listener.shown[-1][0] == der(card.certificate)[0]

    on("asyncio", story())


@pytest.mark.parametrize("loop", LOOPS)
def test_much_goes_both_ways_and_the_connection_is_kept(tmp_path: Path, loop: str) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener, listener.client(None) as client:
            for _ in range(3):
                async with client.get(f"{listener.url}/?size={LARGE}") as answer:
                    assert len(await answer.read()) == LARGE
            async with client.post(listener.url, data=BytesIO(b"y" * LARGE)) as answer:
                assert await answer.read() == b"y" * LARGE

    on(loop, story())


@pytest.mark.parametrize("loop", LOOPS)
def test_many_at_once_are_told_apart(tmp_path: Path, loop: str) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener:
            cards = [listener.authority.card(f"0765432{digit}") for digit in range(8)]

            async def visit(card: Card) -> None:
                async with listener.client(card) as client, client.get(listener.url) as answer:
                    assert answer.status == 200

            await asyncio.gather(*map(visit, cards))
            assert {shown[0] for shown in listener.shown} == {der(card.certificate)[0] for card in cards}

    on(loop, story())


def test_no_more_than_a_handful_of_certificates_is_handed_over(tmp_path: Path) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener:
            card = listener.authority.card(SALIM)
            long = Card(card.certificate, card.key, (card.above * 5))
            async with listener.client(long) as client, client.get(listener.url) as answer:
                assert answer.status == 200
            assert len(listener.shown[0]) == 5

    on("asyncio", story())


def test_browsers_are_told_whose_cards_are_wanted(tmp_path: Path) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener:
            wanted = await asyncio.to_thread(asked_for, listener.port)
            assert wanted == [[str(part.value) for part in listener.authority.root.certificate.subject]]

    on("asyncio", story())


def asked_for(port: int) -> list[list[str]]:
    """The authorities that the server names when it asks for a certificate."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    with socket.create_connection(("127.0.0.1", port)) as plain:
        plain.settimeout(None)
        connection = SSL.Connection(context, plain)
        connection.set_connect_state()
        connection.do_handshake()
        found = connection.get_client_ca_list()
        connection.shutdown()
    return [[value.decode() for _, value in each.get_components()] for each in found]


def test_no_session_is_taken_up_again_without_its_card(tmp_path: Path) -> None:
    async def story() -> None:
        async with Listener(tmp_path).running() as listener:
            for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                assert await asyncio.to_thread(is_resumed, listener, version) is False

    on("asyncio", story())


def is_resumed(listener: Listener, version: ssl.TLSVersion) -> bool | None:
    """Whether the server goes on with the session of an earlier connection."""
    tls = client_context(listener.authority.card(SALIM), certificate_pem(listener.authority.root.certificate))
    tls.minimum_version = tls.maximum_version = version

    def visit(session: ssl.SSLSession | None) -> tuple[ssl.SSLSession | None, bool | None]:
        with (
            socket.create_connection(("127.0.0.1", listener.port)) as plain,
            tls.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as secured,
        ):
            secured.sendall(b"GET / HTTP/1.1\r\nHost: door\r\nConnection: close\r\n\r\n")
            while secured.recv(4096):
                pass
            return secured.session, secured.session_reused

    return visit(visit(None)[0])[1]


def test_a_key_that_is_not_the_certificates_does_not_open_the_door(tmp_path: Path) -> None:
    listener = Listener(tmp_path)
    CardTls(*listener.files, [])
    other = tmp_path / "other.key"
    other.write_text(key_pem(CardAuthority.server(listener.authority, "127.0.0.1").key), "ascii")
    for certificate, key in ((listener.files[0], other), (tmp_path / "none", other), (listener.files[0], tmp_path)):
        with pytest.raises(ConfigurationError, match="card_certificate_file"):
            CardTls(certificate, key, [])
