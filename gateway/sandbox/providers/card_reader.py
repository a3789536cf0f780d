"""Stand-ins of Oman's national PKI and of the GCC smart card: the authorities' lists, and a reader with cards in it.

The lists are what the gateway asks for. The reader is for the demo, where nobody has a card: it shows whose cards
there are, and does with the chosen one what a browser does: opens a TLS connection to the card door, proves the key,
and goes where the door sends it. A browser into which a card's file was imported needs no reader.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from gateway.sandbox.providers.base import ProviderStandIn
from gateway.sandbox.providers.card_authority import LIST_LIFE, Card, CardAuthority, Issuer
from gateway.sandbox.providers.plain_page import choices_page, form
from gateway.schema.country import Country
from gateway.sdk.sandbox import Persona

SECONDS = 5.0


class CardReader(ProviderStandIn):
    """The authorities of ``states``, and a reader in front of the door at ``secrets["stand_in_door"]``.

    Who vouches for the door is in ``secrets["stand_in_door_authorities"]``.

    ``behave("stale")`` makes lists that have ended, ``"forged"`` lists by a key of nobody's, ``"garbled"`` none;
    ``"taken back"`` puts the authority itself on the list of the root.
    """

    states: ClassVar[Sequence[Country]]

    def __init__(self, secrets: Mapping[str, str]) -> None:
        super().__init__(secrets)
        self.authorities = {state: CardAuthority(state, secrets) for state in self.states}
        self._strangers = {state: CardAuthority(state, CardAuthority.make(state)) for state in self.states[:1]}
        self.revoked: set[tuple[Country, str]] = set()

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        """The authorities, and the keys to them that only the stand-in reads."""
        return {name: value for state in cls.states for name, value in CardAuthority.make(state).items()}

    def endpoints(self) -> Mapping[str, str]:
        """The reader, and the lists of each state."""
        return {"card": self.url, **{f"lists_{state.value.lower()}": self.url for state in self.states}}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """The lists, the reader, and the control door of the authorities."""
        router.add_get("/lists/{state}/{issuer}.crl", self._list)
        router.add_get("/auth/card/{provider}", self._reader)
        router.add_post("/choose", self._choose)
        router.add_post("/_control/revoke", self._control_revoke)

    def holders(self) -> Mapping[str, tuple[Persona, Country, str]]:
        """Whoever has a card of one of the states: that of home where it is among them."""
        found = {}
        for persona in self.people.values():
            own = [(country, value) for country, value in persona.identifiers if country in self.authorities]
            if own:
                found[persona.id] = (persona, *own[0])
        return found

    def card(self, persona: str) -> Card:
        """A card of the persona."""
        _, country, number = self.holders()[persona]
        return self.authorities[country].card(number)

    def revoke(self, persona: str) -> None:
        """Takes the persona's card back: from now on the authority's list names it."""
        _, country, number = self.holders()[persona]
        self.revoked.add((country, number))

    def list_of(self, state: Country, issuer: str) -> bytes:
        """The list of one issuer as it is at this moment, in DER, or as the stand-in was told to lie."""
        authority = self.authorities[state]
        signer: Issuer = authority.root if issuer == "root" else authority.issuing
        if self.lie == "garbled":
            return b"<html>out of order</html>"
        if self.lie == "forged":
            signer = Issuer(signer.certificate, next(iter(self._strangers.values())).issuing.key)
        began = datetime.now(UTC) - timedelta(minutes=1) - (LIST_LIFE * 2 if self.lie == "stale" else timedelta())
        numbers = [number for country, number in self.revoked if country is state and issuer != "root"]
        serials = frozenset(authority.serial(number, 1) for number in numbers)
        if self.lie == "taken back" and issuer == "root":
            serials |= {authority.issuing.certificate.serial_number}
        return signer.revocation_list(serials, began, began + LIST_LIFE)

    async def insert(self, card: Card, provider: str, state: str) -> str:
        """Shows the card at the door by TLS, as a browser does, and says where the door sends the browser."""
        tls = await asyncio.to_thread(client_context, card, self.secrets["stand_in_door_authorities"])
        connector = aiohttp.TCPConnector(ssl=tls)
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        address = f"{self.secrets['stand_in_door']}/auth/card/{provider}?{urlencode({'state': state})}"
        async with (
            aiohttp.ClientSession(connector=connector, timeout=timeout) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            return answer.headers["Location"]

    async def _list(self, request: web.Request) -> web.Response:
        state = request.match_info["state"].upper()
        if state not in self.authorities or request.match_info["issuer"] not in ("root", "cards"):
            raise web.HTTPNotFound
        body = self.list_of(Country(state), request.match_info["issuer"])
        return web.Response(body=body, content_type="application/pkix-crl")

    async def _reader(self, request: web.Request) -> web.Response:
        hidden = {"provider": request.match_info["provider"], "state": request.query.get("state", "")}
        choices = [("persona", name, " / ".join(who.label)) for name, (who, _, _) in self.holders().items()]
        return choices_page("Card reader", "Choose the card to insert.", [form("/choose", hidden, choices)])

    async def _choose(self, request: web.Request) -> web.Response:
        """Inserts the chosen card and sends the browser on."""
        fields = {name: str(value) for name, value in (await request.post()).items()}
        if fields.get("persona") not in self.holders() or fields.get("provider") != self.provider:
            raise web.HTTPBadRequest
        card = await asyncio.to_thread(self.card, fields["persona"])
        raise web.HTTPSeeOther(await self.insert(card, self.provider, fields.get("state", "")))

    async def _control_revoke(self, request: web.Request) -> web.Response:
        order = await request.json()
        self.revoke(order["persona"])
        return web.Response(status=204)


class OmanPki(CardReader):
    """Oman's national PKI."""

    provider: ClassVar[str] = "om-pki"
    states: ClassVar[Sequence[Country]] = (Country.OM,)


class GccCard(CardReader):
    """The GCC smart card: an authority of each state, and everybody's card of home."""

    provider: ClassVar[str] = "gcc-card"
    states: ClassVar[Sequence[Country]] = tuple(Country)


def client_context(card: Card | None, authorities: str) -> ssl.SSLContext:
    """The TLS of a browser with that card in its reader, or none; ``authorities`` (PEM) vouch for the door."""
    context = ssl.create_default_context(cadata=authorities)
    if card is not None:
        with TemporaryDirectory() as folder:
            file = Path(folder) / "card.pem"
            file.write_text(card.pem, "ascii")
            context.load_cert_chain(file)
    return context
