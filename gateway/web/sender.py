"""Who sends a request, proved: by a DPoP proof in its header, or by the certificate of its connection."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from aiohttp import web

from gateway.errors import OAuthError, SignInRejected, Unauthenticated
from gateway.identity.bearer import DPOP
from gateway.identity.confirmation import Confirmation
from gateway.identity.verifier import refuse
from gateway.oauth.certificates import thumbprint_of
from gateway.oauth.dpop import DpopProofs
from gateway.web.address import Network
from gateway.web.signin.client_cert import forwarded_certificates
from gateway.web.signin.shown import ShownCertificates

PROOF = "DPoP"


class Senders:
    """Judges what a request shows of its sender.

    ``public_url`` is how callers reach us, ``mtls_url`` the same for those who show certificates where that is
    another address; what a proxy on the way made of the address does not count. ``proxies`` are those whose word
    about certificates is believed (RFC 9440).
    """

    def __init__(
        self, proofs: DpopProofs, public_url: str, proxies: Sequence[Network] = (), mtls_url: str | None = None
    ) -> None:
        self._proofs = proofs
        self._public_url = public_url
        self._proxies = proxies
        self._mtls_url = mtls_url
        self._mtls_host = urlsplit(mtls_url).netloc.lower() if mtls_url else None

    async def check(
        self, request: web.Request, scheme: str, unverified_token: str, confirmation: Confirmation | None
    ) -> None:
        """Raises ``Unauthenticated`` unless the request proves what its token is bound to, in the way that goes with
        that.

        ``unverified_token`` is the very text, ``confirmation`` what the verified token says. ``Unavailable`` where
        nobody can say whether a proof came before.
        """
        if scheme == DPOP:
            if confirmation is None or confirmation.kind != "jkt":
                refuse("not_bound_to_a_key")
            try:
                await self.key(request, unverified_token, confirmation)
            except OAuthError as problem:
                refusal = Unauthenticated(problem.code)
                refusal.facts = problem.facts
                raise refusal from problem
        elif confirmation is not None and confirmation != self.shown(request):
            refuse("proof_missing" if confirmation.kind == "jkt" else "certificate")

    async def key(
        self, request: web.Request, token: str | None = None, bound_to: Confirmation | None = None
    ) -> Confirmation:
        """The key that the request's one proof proves; raises as ``DpopProofs.check`` does."""
        proofs = request.headers.getall(PROOF, [])
        if len(proofs) != 1:
            raise OAuthError("invalid_dpop_proof")
        return await self._proofs.check(proofs[0], request.method, self._address(request), token, bound_to)

    def certificate(self, request: web.Request) -> bytes | None:
        """The certificate, in DER, whose key the sender holds: of the connection, else as a proxy of ours saw it.

        Raises ``SignInRejected`` where a proxy of ours sends what cannot be read.
        """
        connection = request.get_extra_info("ssl_object")
        # Headers count only where the connection does not ask for certificates itself.
        if isinstance(connection, ShownCertificates):
            shown = connection.certificates
        else:
            shown = forwarded_certificates(request, self._proxies)
        return shown[0] if shown else None

    def shown(self, request: web.Request) -> Confirmation | None:
        """What a token is bound to whose holder shows the certificate of this request; nothing without one."""
        try:
            certificate = self.certificate(request)
        except SignInRejected:
            return None
        return Confirmation("x5t#S256", thumbprint_of(certificate)) if certificate else None

    def _address(self, request: web.Request) -> str:
        by_certificate = self._mtls_url is not None and request.host.lower() == self._mtls_host
        base = self._mtls_url if by_certificate else self._public_url
        return f"{base}{request.rel_url.raw_path}"
