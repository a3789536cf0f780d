"""Nafath: a push to the person's telephone, a two-digit number to pick there, and a token that tells the outcome.

The national number is typed first. The token of a completed request must be about that number and that
transaction: a token of anybody else, or of another sign-in of the same person, is worth nothing here.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from uuid import uuid4

from gateway.errors import BawabaError, ConfigurationError, SignInError, SignInRejected
from gateway.identity.providers.answers import Answer, option, plain, read_answer
from gateway.identity.providers.base import AskIdentifier, Attempt, Evidence, ProviderResponse, Wait
from gateway.identity.providers.door import ProviderDoor, lied
from gateway.identity.providers.nafath_token import RULES, Asked, NafathTokens, Rule
from gateway.identity.providers.oidc.jwks import KeySet, ProviderKeys, read_key_set
from gateway.identity.providers.oidc.kept import Ages, Kept
from gateway.identity.providers.plate import ProviderPlate
from gateway.identity.strict import TokenError
from gateway.schema.country import Country
from gateway.schema.identifier import NationalIdentifier

REQUEST: Final = "/api/v1/mfa/request"
STATUS: Final = "/api/v1/mfa/request/status"
KEYS: Final = "/api/v1/mfa/jwk"
WRONG_NUMBER: Final = "WRONG_NUMBER"
"""Invented: no public source tells how Nafath reports a wrong number; without this word it is a refusal."""

_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TWO_DIGITS: Final = re.compile(r"[1-9][0-9]")
_SECONDS: Final = re.compile(r"[1-9][0-9]{0,2}")
_LONGEST_TOKEN: Final = 16_384


class Nafath:
    """One plate that speaks Nafath; ``main`` is the address before ``/api``."""

    def __init__(
        self,
        plate: ProviderPlate,
        endpoints: Mapping[str, str],
        secrets: Mapping[str, str],
        clock: Callable[[], datetime],
        ages: Ages | None = None,
        rules: Mapping[str, Rule] = RULES,
    ) -> None:
        self.plate = plate
        self._clock = clock
        self._service = option(plate, "service")
        self._window = _window(plate)
        self._headers = {
            "app-id": secrets["app_id"],
            "app-key": secrets["app_key"],
            "content-type": "application/json;charset=utf-8",
            "accept": "application/json",
        }
        self._door = ProviderDoor(plate, endpoints["main"])
        keys = ProviderKeys(Kept(f"{plate.id}.keys", self._fetch_keys, ages or Ages()))
        self._tokens = NafathTokens(plate, keys, rules)

    async def open(self) -> None:
        """The keys are fetched when the first token is to be verified: a provider that is down stops no start."""

    async def close(self) -> None:
        """Ends every connection."""
        await self._door.close()

    async def begin(self, attempt: Attempt) -> AskIdentifier | Wait:
        """A push to the telephone of whoever the number belongs to, and the number to pick there."""
        person = attempt.identifier
        if person is None or person.country is not Country.SA:
            return AskIdentifier()
        query = urlencode({"local": "ar" if attempt.language == "ar" else "en", "requestId": str(uuid4())})
        asked = {"nationalId": person.value, "service": self._service}
        answer = await self._ask(f"{REQUEST}?{query}", asked)
        self._check_begun(answer)
        transaction, number = plain(answer.members.get("transId")), plain(answer.members.get("random"))
        if not _UUID.fullmatch(transaction):
            raise lied(self.plate, "transaction")
        if not _TWO_DIGITS.fullmatch(number):
            raise lied(self.plate, "number")
        memory = {"transaction": transaction, "number": number}
        return Wait(until=self._clock() + self._window, number=number, memory=memory)

    async def complete(self, attempt: Attempt, response: ProviderResponse) -> Evidence:
        """Nothing comes back through the browser, so whatever came is not Nafath's."""
        raise SignInError

    async def poll(self, attempt: Attempt) -> Evidence | None:
        """What the person has done so far; raises ``SignInRejected`` when it was not to say yes."""
        person, transaction = attempt.identifier, attempt.memory.get("transaction")
        if person is None or transaction is None:
            raise SignInError
        asked = {"nationalId": person.value, "transId": transaction, "random": attempt.memory["number"]}
        answer = await self._ask(STATUS, asked, safe=True)
        if answer.status >= 400:
            raise lied(self.plate, "client_refused" if answer.status in (401, 403) else "status_refused")
        match plain(answer.members.get("status")):
            case "WAITING":
                return None
            case "COMPLETED":
                return await self._evidence(attempt, person, answer.members)
            case "REJECTED" | "EXPIRED" as ended:
                raise _ending(ended, plain(answer.members.get("reason")))
        raise lied(self.plate, "status")

    def _check_begun(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            raise lied(self.plate, "client_refused")
        if answer.status >= 400:
            # Why is not said: it would tell a stranger who has an account.
            raise SignInRejected("signin_rejected")
        if answer.status != 201:
            raise lied(self.plate, "status_code")

    async def _evidence(self, attempt: Attempt, person: NationalIdentifier, members: Mapping[str, Any]) -> Evidence:
        unverified_token = plain(members.get("token"), longest=_LONGEST_TOKEN)
        asked = Asked(
            person=person,
            transaction=attempt.memory["transaction"],
            begun=attempt.created_at.timestamp(),
            now=self._clock().timestamp(),
        )
        try:
            return await self._tokens.evidence(unverified_token, asked)
        except TokenError as refusal:
            raise lied(self.plate, refusal.reason) from refusal

    async def _ask(self, path: str, members: Mapping[str, str], *, safe: bool = False) -> Answer:
        body = json.dumps(members).encode()
        return await self._door.send("POST", path, read_answer, headers=self._headers, body=body, safe=safe)

    async def _fetch_keys(self) -> KeySet:
        return await self._door.send("GET", KEYS, read_key_set(self.plate.id), headers=self._headers, safe=True)


def _ending(status: str, reason: str) -> BawabaError:
    if status == "EXPIRED":
        return SignInRejected("signin_expired")
    return SignInRejected("signin_wrong_number" if reason == WRONG_NUMBER else "signin_declined")


def _window(plate: ProviderPlate) -> timedelta:
    seconds = option(plate, "window_seconds")
    if not _SECONDS.fullmatch(seconds):
        raise ConfigurationError(
            field=f"providers.{plate.id}: options.window_seconds", problem="must be from 1 to 999 seconds"
        )
    return timedelta(seconds=int(seconds))
