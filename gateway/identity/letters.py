"""What a provider delivers later than asked, kept until whoever waits comes to look, on whichever worker."""

from collections.abc import Callable

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from gateway.identity.vault import BrokenVaultError, Vault, digest
from gateway.storage.engine import Storage
from gateway.storage.tables import signin_letters

LIFE_SECONDS = 300
LARGEST = 262_144


class Letters:
    """One letter a reference, sealed at rest, forgotten after five minutes. The reference is unguessable."""

    def __init__(self, storage: Storage, vault: Vault, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._clock = clock

    async def put(self, reference: str, body: bytes) -> bool:
        """Keeps the letter; ``False`` when one came already (a replay) or it is too large."""
        if len(body) > LARGEST:
            return False
        now, name = int(self._clock()), digest(reference)
        row = {
            "reference_hash": name,
            "sealed": self._vault.seal(body, f"letter {name}"),
            "expires_at": now + LIFE_SECONDS,
        }
        try:
            async with self._storage.writing() as connection:
                await connection.execute(delete(signin_letters).where(signin_letters.c.expires_at < now))
                await connection.execute(insert(signin_letters).values(row))
        except IntegrityError:
            return False
        return True

    async def read(self, reference: str) -> bytes | None:
        """The letter, which stays so that a replay is noticed; ``None`` while there is none."""
        name = digest(reference)
        wanted = select(signin_letters.c.sealed).where(
            signin_letters.c.reference_hash == name, signin_letters.c.expires_at >= int(self._clock())
        )
        async with self._storage.reading() as connection:
            sealed = (await connection.execute(wanted)).scalar_one_or_none()
        try:
            return None if sealed is None else self._vault.open(sealed, f"letter {name}")
        except BrokenVaultError:
            return None
