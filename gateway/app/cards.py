"""The card door, put together: on the public port for proxies, and on a port of its own that asks for certificates."""

import ssl
from dataclasses import dataclass

from aiohttp import web

from gateway.app.signin import SignInParts
from gateway.errors import ConfigurationError
from gateway.identity.providers.certificate import CertificateProvider
from gateway.settings import Settings
from gateway.web.address import proxies
from gateway.web.signin.card import CardDoor


@dataclass(frozen=True, slots=True)
class Cards:
    """The door, and the TLS of its own port; ``tls`` is absent where the settings open none."""

    door: CardDoor
    tls: ssl.SSLContext | None

    def application(self) -> web.Application:
        """What answers at the card port."""
        return self.door.application()


def cards(settings: Settings, entrance: SignInParts) -> Cards:
    """The door of every wired provider of cards; raises ``ConfigurationError`` naming the setting that is wrong."""
    server = settings.server
    wired = {
        name: provider
        for name, provider in entrance.signin.providers.items()
        if isinstance(provider, CertificateProvider)
    }
    door = CardDoor(entrance.handoff, frozenset(wired), server.public_url, proxies(server.trusted_proxies))
    if server.card_port is None:
        return Cards(door, None)
    if server.card_certificate_file is None or server.card_key_file is None:
        missing = "card_key_file" if server.card_certificate_file else "card_certificate_file"
        raise ConfigurationError(field=f"server.{missing}", problem="is needed where server.card_port is set")
    # A worker without such a port can do without its library.
    from gateway.web.signin.card_tls import CardTls

    authorities = {each for provider in wired.values() for each in provider.authorities}
    return Cards(door, CardTls(server.card_certificate_file, server.card_key_file, tuple(authorities)))
