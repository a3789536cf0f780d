"""Who judges that a request's sender holds its key or certificate, put together, with the TLS that asks for one."""

import ssl

from gateway.errors import ConfigurationError
from gateway.identity.clock import SteadyClock
from gateway.identity.vault import Finder
from gateway.oauth.dpop import DpopProofs
from gateway.oauth.nonces import Nonces
from gateway.oauth.seen import Seen
from gateway.settings import Settings
from gateway.web.address import proxies
from gateway.web.sender import Senders


def senders(settings: Settings, seen: Seen, finder: Finder) -> Senders:
    """One for all doors; raises ``ConfigurationError`` naming the setting that is wrong."""
    clock, server = SteadyClock(), settings.server
    judge = DpopProofs(seen, Nonces(finder, clock), clock, nonces_needed=settings.oauth.dpop_nonces)
    return Senders(judge, server.public_url, proxies(server.trusted_proxies), server.mtls_url)


def mtls(settings: Settings) -> ssl.SSLContext | None:
    """The TLS of the port that asks programs for certificates, where the settings open one.

    No authority is named: programs may show one that they signed themselves (RFC 8705, 2.2). Raises
    ``ConfigurationError`` naming the setting that is missing or wrong.
    """
    server = settings.server
    if server.mtls_port is None:
        return None
    certificate, key = server.mtls_certificate_file, server.mtls_key_file
    if server.mtls_url is None or certificate is None or key is None:
        missing = "mtls_url" if server.mtls_url is None else "mtls_key_file" if certificate else "mtls_certificate_file"
        raise ConfigurationError(field=f"server.{missing}", problem="is needed where server.mtls_port is set")
    # A worker without such a port can do without its library.
    from gateway.web.signin.card_tls import CardTls

    return CardTls(certificate, key, (), "server.mtls_certificate_file")
