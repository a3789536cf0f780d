"""SAML 2.0 by the POST binding: a signed request by the browser, and one signed assertion back by the browser."""

import secrets as randomness
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Final

from gateway.errors import ConfigurationError, InvalidIdentifier, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.answers import option, plain
from gateway.identity.providers.base import Attempt, Evidence, Letterbox, PostForm, ProviderResponse
from gateway.identity.providers.door import lied
from gateway.identity.providers.pem import certificates, rsa_private_key
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.providers.saml_assertion import LEEWAY, Expected, Statement, judge
from gateway.identity.providers.saml_document import SUCCESS, UnverifiedResponse, read_response, signed_assertion
from gateway.identity.providers.saml_names import STATUS
from gateway.identity.providers.saml_request import AuthnRequest, RequestSigner
from gateway.identity.providers.unbelievable import UnbelievableError
from gateway.schema.identifier import NationalIdentifier

REQUEST_DENIED: Final = f"{STATUS}RequestDenied"
NO_CONTEXT: Final = f"{STATUS}NoAuthnContext"


class Saml:
    """One plate that speaks SAML; ``letters`` remembers which assertions have been used."""

    def __init__(
        self,
        plate: ProviderPlate,
        endpoints: Mapping[str, str],
        secrets: Mapping[str, str],
        clock: Callable[[], datetime],
        letters: Letterbox,
    ) -> None:
        self.plate = plate
        self._destination = endpoints["sso"]
        self._entity_id = secrets["entity_id"]
        self._issuer = option(plate, "issuer")
        self._context_high = plate.options.get("context_high", "")
        self._signer = RequestSigner(
            rsa_private_key(plate, secrets, "signing_key"), certificates(plate, secrets, "signing_certificate")[0]
        )
        if self._signer.key.public_key() != self._signer.certificate.public_key():
            raise ConfigurationError(
                field=f"providers.{plate.id}.secrets.signing_certificate", problem="is not that of signing_key"
            )
        self._certificates = certificates(plate, secrets, "idp_certificate")
        self._wanted = frozenset(plate.accepts) - {plate.subject_claim}
        self._clock = clock
        self._letters = letters

    async def open(self) -> None:
        """There is nothing to fetch: the provider's certificate is fixed."""

    async def close(self) -> None:
        """There is no connection to end: the browser carries everything."""

    async def begin(self, attempt: Attempt) -> PostForm:
        """The signed request, for the browser to post; the state travels as ``RelayState``."""
        request = AuthnRequest(
            id=f"_{randomness.token_hex(20)}",
            issuer=self._entity_id,
            destination=self._destination,
            answer_to=attempt.redirect_uri,
            at=self._clock(),
            force=attempt.max_age is not None,
            context=self._context_high if attempt.wanted is Assurance.HIGH else "",
        )
        fields = {"SAMLRequest": self._signer.form_value(request), "RelayState": attempt.id}
        return PostForm(self._destination, fields, memory={"request": request.id})

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        """The evidence in the one signed assertion, which is good once."""
        form, request = response.form, attempt.memory.get("request", "")
        if not request or not compare_digest(
            form.get("RelayState", "").encode("utf-8", "replace"), attempt.id.encode()
        ):
            raise SignInError
        try:
            unverified = read_response(form.get("SAMLResponse", ""))
            self._check_outside(unverified, attempt, request)
            assertion = signed_assertion(unverified, self._certificates, self._clock())
            expected = Expected(self._issuer, self._entity_id, attempt.redirect_uri, request, self._clock())
            statement = judge(assertion, expected, self._wanted)
        except UnbelievableError as problem:
            raise lied(self.plate, problem.reason) from problem
        if not await self._letters.put(f"saml {self.plate.id} {statement.id}", b"used"):
            raise lied(self.plate, "replayed")
        return self._evidence(attempt, statement)

    async def poll(self, attempt: Attempt) -> Evidence | None:
        """The answer comes through the browser; there is nothing to ask meanwhile."""
        return None

    def _check_outside(self, response: UnverifiedResponse, attempt: Attempt, request: str) -> None:
        """Refuses by what nobody signed; what it says well counts for nothing."""
        for name, due in (("Destination", attempt.redirect_uri), ("InResponseTo", request)):
            if response.says(name) not in (None, due):
                raise UnbelievableError(name.lower())
        if response.issuer not in (None, self._issuer):
            raise UnbelievableError("issuer")
        outer, inner = response.status
        if outer == SUCCESS:
            return
        if not outer.startswith(STATUS):
            raise UnbelievableError("status")
        told = {REQUEST_DENIED: "signin_declined", NO_CONTEXT: "signin_not_verified"}
        raise SignInRejected(told.get(inner, "signin_rejected"))

    def _evidence(self, attempt: Attempt, statement: Statement) -> Evidence:
        now = self._clock()
        if attempt.max_age is not None:
            oldest = now - timedelta(seconds=attempt.max_age) - LEEWAY
            if statement.authenticated_at < oldest:
                raise lied(self.plate, "authn_instant")
        level = self.plate.assurance.level(plain(statement.attributes.get(self.plate.assurance.claim)))
        return Evidence(
            provider=self.plate.id,
            issuer=self._issuer,
            subject=statement.name_id,
            assurance=level,
            authenticated_at=statement.authenticated_at,
            identifier=self._identifier(statement) if level > Assurance.LOW else None,
            provider_session=statement.session,
        )

    def _identifier(self, statement: Statement) -> NationalIdentifier | None:
        rule = self.plate.identifier
        if rule is None or rule.country is None:
            return None
        number = statement.attributes.get(rule.claim, "")
        try:
            return NationalIdentifier.parse(rule.country, number, today=self._clock().date())
        except InvalidIdentifier as problem:
            raise lied(self.plate, "identifier") from problem
