"""Who judges that a request's sender holds its key or certificate, put together."""

from gateway.identity.clock import SteadyClock
from gateway.identity.vault import Finder
from gateway.oauth.dpop import DpopProofs
from gateway.oauth.nonces import Nonces
from gateway.oauth.seen import Seen
from gateway.settings import Settings
from gateway.web.sender import Senders
from gateway.web.signin.client_cert import proxies


def senders(settings: Settings, seen: Seen, finder: Finder) -> Senders:
    """One for all doors; raises ``ConfigurationError`` naming the setting that is wrong."""
    clock, server = SteadyClock(), settings.server
    judge = DpopProofs(seen, Nonces(finder, clock), clock, nonces_needed=settings.oauth.dpop_nonces)
    return Senders(judge, server.public_url, proxies(server.trusted_proxies), server.mtls_url)
