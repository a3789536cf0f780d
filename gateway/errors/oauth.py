"""What programs are told at the doors where tokens are asked for, in OAuth's own codes."""

from gateway.errors.root import BawabaError


class OAuthError(BawabaError):
    """A request for authorization or a token that is refused; ``code`` is the ``error`` of RFC 6749 and its kin."""

    code, status = "invalid_request", 400


class NotYet(OAuthError):
    """A device asks again too early, or before the person decided; that is no refusal (RFC 8628, 3.5)."""

    code, status = "authorization_pending", 400


class InvalidClient(OAuthError):
    """The program is unknown, suspended, or did not prove who it is; which of them, nobody is told."""

    code, status = "invalid_client", 401
