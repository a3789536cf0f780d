"""The second factor of a sign-in: enrolled once by invitation, shown ever after, each proof good once."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import structlog

from gateway.errors import SignInError, SignInRejected
from gateway.identity.operators import totp
from gateway.identity.operators.accounts import Accounts
from gateway.identity.operators.factors import Factor, Factors
from gateway.identity.operators.passkeys import Passkeys
from gateway.identity.operators.sessions import OperatorSession, OperatorSessions

log = structlog.get_logger()

CHALLENGE_BYTES = 32


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page asks for: a code where there is an app, a passkey where ``options`` are given, as JSON.

    ``secret`` is to be shared with an app, where one is to be enrolled.
    """

    code: bool
    options: str
    secret: bytes = b""


class SecondFactor:
    """Enrols and judges second factors. What a page was made with is kept with the session and heard once."""

    def __init__(
        self,
        accounts: Accounts,
        factors: Factors,
        sessions: OperatorSessions,
        passkeys: Passkeys,
        clock: Callable[[], float],
    ) -> None:
        self._accounts = accounts
        self._factors = factors
        self._sessions = sessions
        self._passkeys = passkeys
        self._clock = clock

    async def ask(self, session: OperatorSession) -> Asked:
        """What to show; raises ``SignInRejected`` where nothing was enrolled and no invitation allows it now."""
        known = await self._factors.of(session.operator)
        if not known:
            raise SignInRejected("invitation_needed")
        challenge, keys = secrets.token_bytes(CHALLENGE_BYTES), _passkeys(known)
        await self._remember(session, challenge=challenge)
        options = self._passkeys.ask_to_show(challenge, keys) if keys and self._passkeys.possible else ""
        return Asked(any(each.kind == "totp" for each in known), options)

    async def ask_to_enrol(self, session: OperatorSession, name: str) -> Asked:
        """What to enrol with; the secret stays the same while the page is asked for again."""
        _may_enrol(session)
        kept = _read(session.memory)
        secret = kept.get("secret") or totp.new_secret()
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        await self._remember(session, challenge=challenge, secret=secret)
        known = _passkeys(await self._factors.of(session.operator))
        options = (
            self._passkeys.ask_to_make(session.operator, name, challenge, known) if self._passkeys.possible else ""
        )
        return Asked(True, options, secret)

    async def show_code(self, session: OperatorSession, code: str) -> str:
        """The secret of the whole session; raises ``SignInRejected`` for a code that is wrong or was used before."""
        await self._accounts.spend_try(session.operator)
        for factor in await self._factors.of(session.operator):
            if factor.kind != "totp":
                continue
            step = totp.step_of(factor.secret, code, self._clock())
            if step is not None:
                if not await self._factors.advance(factor, step):
                    log.warning("operator.code_replayed", operator=session.operator)
                    break
                return await self._fulfil(session, "totp")
        raise SignInRejected("factor_refused")

    async def show_passkey(self, session: OperatorSession, answer: str) -> str:
        """The secret of the whole session; raises ``SignInRejected``."""
        await self._accounts.spend_try(session.operator)
        challenge = await self._challenge(session)
        factor, count = self._passkeys.shown(answer, challenge, _passkeys(await self._factors.of(session.operator)))
        # Some passkeys never count; with those the challenge alone keeps an answer from being heard twice.
        if (count or factor.counter) and not await self._factors.advance(factor, count):
            raise SignInRejected("factor_refused")
        return await self._fulfil(session, "passkey")

    async def enrol_code(self, session: OperatorSession, code: str) -> str:
        """Takes the app whose first code was typed in; the secret of the whole session, as ``show_code``."""
        _may_enrol(session)
        await self._accounts.spend_try(session.operator)
        secret = _read(session.memory).get("secret", b"")
        step = totp.step_of(secret, code, self._clock()) if secret else None
        if step is None:
            raise SignInRejected("factor_refused")
        return await self._enrol(session, Factor(secrets.token_hex(16), "totp", secret, step))

    async def enrol_passkey(self, session: OperatorSession, answer: str) -> str:
        """Takes the passkey that was made; the secret of the whole session."""
        _may_enrol(session)
        await self._accounts.spend_try(session.operator)
        return await self._enrol(session, self._passkeys.made(answer, await self._challenge(session)))

    async def _enrol(self, session: OperatorSession, factor: Factor) -> str:
        # By an invitation somebody begins anew: what they had before may be in other hands.
        await self._factors.add(session.operator, factor, alone=session.invited)
        await self._sessions.end_others(session)
        log.info("operator.factor_enrolled", operator=session.operator, factor=factor.kind)
        return await self._fulfil(session, factor.kind)

    async def _fulfil(self, session: OperatorSession, kind: str) -> str:
        secret = await self._sessions.fulfil(session, kind)
        if secret is None:
            raise SignInError
        await self._accounts.forgive(session.operator)
        return secret

    async def _challenge(self, session: OperatorSession) -> bytes:
        kept = await self._sessions.recall(session)
        challenge = _read(kept).get("challenge")
        if not challenge:
            raise SignInRejected("factor_refused")
        return challenge

    async def _remember(self, session: OperatorSession, **memory: bytes) -> None:
        await self._sessions.remember(session, orjson.dumps({name: value.hex() for name, value in memory.items()}))


def _may_enrol(session: OperatorSession) -> None:
    """Whoever was invited may, and whoever has shown a second factor already."""
    if not session.invited and session.factor is None:
        raise SignInRejected("invitation_needed")


def _read(memory: bytes | None) -> dict[str, bytes]:
    kept: dict[str, Any] = orjson.loads(memory) if memory else {}
    return {name: bytes.fromhex(value) for name, value in kept.items()}


def _passkeys(factors: Sequence[Factor]) -> list[Factor]:
    return [each for each in factors if each.kind == "passkey"]
