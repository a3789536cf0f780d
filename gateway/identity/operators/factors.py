"""The second factors of operators, kept sealed, each with a counter that only ever goes up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.errors import Conflict
from gateway.identity.vault import Vault
from gateway.storage.engine import Storage
from gateway.storage.operator_tables import operator_factors

Kind = Literal["totp", "passkey"]


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor: the secret shared with a telephone, or the id and the public key of a passkey."""

    id: str
    kind: Kind
    secret: bytes
    counter: int


class Factors:
    """Read and advanced in the database, so that what was used on one worker is used on all."""

    def __init__(self, storage: Storage, vault: Vault, clock: Callable[[], float]) -> None:
        self._storage = storage
        self._vault = vault
        self._clock = clock

    async def of(self, operator: str) -> Sequence[Factor]:
        """The operator's factors, the oldest first."""
        columns = operator_factors.c
        wanted = select(operator_factors).where(columns.operator_id == operator)
        async with self._storage.reading() as connection:
            rows = (await connection.execute(wanted.order_by(columns.created_at, columns.factor_id))).all()
        return [
            Factor(
                row.factor_id, row.kind, self._vault.open(row.sealed, f"operator factor {row.factor_id}"), row.counter
            )
            for row in rows
        ]

    async def add(self, operator: str, factor: Factor, *, alone: bool) -> None:
        """Keeps the factor, ``alone`` in the place of all that were there; raises ``Conflict`` for a known one."""
        row = {
            "factor_id": factor.id,
            "operator_id": operator,
            "kind": factor.kind,
            "sealed": self._vault.seal(factor.secret, f"operator factor {factor.id}"),
            "counter": factor.counter,
            "created_at": int(self._clock()),
        }
        try:
            async with self._storage.writing() as connection:
                if alone:
                    await connection.execute(delete(operator_factors).where(operator_factors.c.operator_id == operator))
                await connection.execute(insert(operator_factors).values(row))
        except IntegrityError as problem:
            raise Conflict from problem

    async def advance(self, factor: Factor, counter: int) -> bool:
        """Moves the counter up; ``False`` where it stands as high already, because the same was used before."""
        columns = operator_factors.c
        higher = update(operator_factors).where(columns.factor_id == factor.id, columns.counter < counter)
        async with self._storage.writing() as connection:
            return (await connection.execute(higher.values(counter=counter))).rowcount > 0

    def _factor(self, row: Row[Any]) -> Factor:
        secret = self._vault.open(row.sealed, f"operator factor {row.factor_id}")
        return Factor(row.factor_id, row.kind, secret, row.counter)
