"""Kuwait Mobile ID: a SOAP request reaches the person's telephone, and a signed callback brings their answer.

Nothing public gives the length of its window, nor a number to compare, so the page shows none.
"""

import secrets as randomness
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest
from typing import Final

from gateway.errors import InvalidIdentifier, SignInError, SignInRejected
from gateway.identity.principal import Assurance
from gateway.identity.providers.answers import option
from gateway.identity.providers.base import AskIdentifier, Attempt, Evidence, Letterbox, ProviderResponse, Wait
from gateway.identity.providers.door import ProviderDoor, lied
from gateway.identity.providers.mobile_id_answer import SignedAnswer, check_person, read_answer
from gateway.identity.providers.mobile_id_request import basic, envelope, read_initiated
from gateway.identity.providers.pem import certificates
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.providers.unbelievable import UnbelievableError
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

WINDOW: Final = timedelta(seconds=120)
LEEWAY: Final = timedelta(seconds=120)
"""How far the provider's clock may be from ours."""
AUTHENTICATED, DECLINED = "1", "4"
ACCEPTED, REFUSED = "1", "2"
REFUSALS: Final[Mapping[str, str]] = {
    "2": "signin_certificate_revoked",
    "3": "signin_not_verified",
    DECLINED: "signin_declined",
    "5": "signin_certificate_expired",
}
"""The error for each ``ResultCode`` that is not a yes."""


class MobileId:
    """One plate that speaks Mobile ID; ``callback_base`` is where the provider reaches our callback door."""

    def __init__(
        self,
        plate: ProviderPlate,
        endpoints: Mapping[str, str],
        secrets: Mapping[str, str],
        clock: Callable[[], datetime],
        letters: Letterbox,
        callback_base: str,
    ) -> None:
        self.plate = plate
        self._door = ProviderDoor(plate, endpoints["main"])
        self._clock = clock
        self._letters = letters
        self._callbacks = f"{callback_base.rstrip('/')}/letters"
        self._headers = {
            "authorization": basic(plate, secrets),
            "content-type": "text/xml; charset=utf-8",
            "soapaction": f'"{option(plate, "action")}"',
        }
        self._namespace = option(plate, "namespace")
        self._issuer = option(plate, "issuer")
        self._texts = {
            "AuthenticationReasonAr": option(plate, "reason_ar"),
            "AuthenticationReasonEn": option(plate, "reason_en"),
            "ServiceDescriptionAR": option(plate, "service_ar"),
            "ServiceDescriptionEN": option(plate, "service_en"),
        }
        self._service_provider_id = secrets["service_provider_id"]
        self._signers = certificates(plate, secrets, "signer")
        self._authorities = certificates(plate, secrets, "authorities")

    async def open(self) -> None:
        """There is nothing to fetch before the first sign-in."""

    async def close(self) -> None:
        """Ends every connection."""
        await self._door.close()

    async def begin(self, attempt: Attempt) -> AskIdentifier | Wait:
        """Sends the request to the telephone of whoever holds the civil number that was typed."""
        if attempt.identifier is None or attempt.identifier.country is not Country.KW:
            return AskIdentifier()
        memory = {
            "reference": randomness.token_urlsafe(32),
            "challenge": randomness.token_urlsafe(32),
            "level": self._level(attempt.wanted),
        }
        fields = self._texts | {
            "PersonCivilNo": attempt.identifier.value,
            "SPCallbackURL": f"{self._callbacks}/{memory['reference']}",
            "RefId": randomness.token_urlsafe(32),
            "Challenge": memory["challenge"],
            "RequestUserDetails": "false",
            "AssuranceLevel": memory["level"],
        }
        # Never sent twice: the telephone would ring twice for one sign-in.
        read = partial(read_initiated, namespace=self._namespace)
        body = envelope(self._namespace, fields)
        initiated = await self._door.send("POST", "", read, headers=self._headers, body=body)
        if initiated.error:
            raise SignInRejected("signin_not_sent")
        until = min(self._clock() + WINDOW, attempt.expires_at)
        return Wait(until=until, memory=memory | {"request_id": initiated.reference})

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        """Nothing comes back through the browser; whatever does is no part of this sign-in."""
        raise SignInError

    async def poll(self, attempt: Attempt) -> Evidence | None:
        """The evidence in the callback, once it has come."""
        if attempt.identifier is None or not attempt.memory.get("reference"):
            raise SignInError
        letter = await self._letters.read(attempt.memory["reference"])
        if letter is None:
            return None
        try:
            answer = read_answer(letter, self._signers, self._clock())
            self._check_ours(answer, attempt)
            self._check_yes(answer)
            check_person(answer, self._authorities, self._clock())
        except UnbelievableError as problem:
            raise lied(self.plate, problem.reason) from problem
        return self._evidence(answer, attempt)

    def _level(self, wanted: Assurance | None) -> str:
        """The least of the provider's levels that is enough."""
        levels = sorted(self.plate.assurance.levels.items(), key=lambda item: item[1])
        enough = [name for name, level in levels if wanted is None or level >= wanted]
        return enough[0] if enough else levels[-1][0]

    def _check_ours(self, answer: SignedAnswer, attempt: Attempt) -> None:
        """The answer is to this request, about this person, and of now."""
        for reason, said, due in (
            ("service_provider", answer.service_provider_id, self._service_provider_id),
            ("request_id", answer.request_id, attempt.memory.get("request_id", "")),
            ("challenge", answer.challenge, attempt.memory.get("challenge", "")),
            ("civil_number", answer.civil_number, attempt.identifier.value if attempt.identifier else ""),
        ):
            if not due or not compare_digest(said.encode(), due.encode()):
                raise UnbelievableError(reason)
        if not attempt.created_at - LEEWAY <= answer.at <= self._clock() + LEEWAY:
            raise UnbelievableError("date")

    def _check_yes(self, answer: SignedAnswer) -> None:
        """Raises what the provider or the person said instead of yes."""
        if code := REFUSALS.get(answer.result_code):
            raise SignInRejected(code)
        if answer.result_code != AUTHENTICATED:
            raise UnbelievableError("result_code")
        if answer.user_action == REFUSED:
            raise SignInRejected("signin_declined")
        if answer.user_action != ACCEPTED:
            raise UnbelievableError("user_action")

    def _evidence(self, answer: SignedAnswer, attempt: Attempt) -> Evidence:
        try:
            identifier = NationalIdentifier.parse(Country.KW, answer.user_civil_number, today=self._clock().date())
        except InvalidIdentifier as problem:
            raise lied(self.plate, "identifier") from problem
        if answer.user_civil_number != answer.civil_number:
            raise lied(self.plate, "other_person")
        return Evidence(
            provider=self.plate.id,
            issuer=self._issuer,
            subject=answer.user_civil_number,
            assurance=self.plate.assurance.level(attempt.memory.get("level", "")),
            authenticated_at=min(answer.at, self._clock()),
            identifier=identifier,
        )
