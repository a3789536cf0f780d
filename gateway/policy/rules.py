"""What ``config/policy.toml`` says: purposes, levels of assurance, transfers between states, quotas."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from gateway.identity.principal import Assurance
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.schema.text import Text
from gateway.toml_file import load_model

PurposeId = Annotated[str, Field(pattern=r"^[a-z][a-z_]{2,39}$")]

Condition = Literal["domestic", "express_consent", "minimum_data", "nothing_kept"]
"""``domestic``: no border is crossed. ``express_consent``: the person said yes to this transfer.
``minimum_data``: only what the service's record holds. ``nothing_kept``: the gateway passes it on and
stores nothing."""


class Purpose(Frozen):
    """Why data may be wanted."""

    id: PurposeId
    name: Text
    description: Text


class ServiceRule(Frozen):
    """Under what conditions one service may be asked."""

    assurance: Assurance
    purposes: tuple[PurposeId, ...] = Field(min_length=1)


class TransferBasis(Frozen):
    """Why personal data held by the state ``asked`` may reach a person of the state ``home``.

    ``source`` is where the basis was read; ``confirmed`` says whether nothing in it was left open there.
    """

    home: Country
    asked: Country
    basis: Text
    source: str = Field(min_length=1)
    conditions: tuple[Condition, ...] = Field(min_length=1)
    confirmed: bool


class TransferRule(Frozen):
    """One row of the transfer table: a basis that holds for each of ``home`` with each of ``asked``."""

    home: tuple[Country, ...] = Field(min_length=1)
    asked: tuple[Country, ...] = Field(min_length=1)
    basis: Text
    source: str = Field(min_length=1)
    conditions: tuple[Condition, ...] = Field(min_length=1)
    confirmed: bool

    def pairs(self) -> tuple[TransferBasis, ...]:
        """The row spelt out, one basis a pair; a domestic row pairs each state with itself only."""
        domestic = "domestic" in self.conditions
        return tuple(
            TransferBasis(
                home=home,
                asked=asked,
                basis=self.basis,
                source=self.source,
                conditions=self.conditions,
                confirmed=self.confirmed,
            )
            for home in self.home
            for asked in self.asked
            if (home is asked) == domestic
        )


class QuotaRule(Frozen):
    """How much one person may ask: ``burst`` questions at once, then ``per_minute`` of them a minute."""

    per_minute: int = Field(ge=1, le=1_000_000)
    burst: int = Field(ge=1, le=1_000_000)


class PolicyRules(Frozen):
    """The whole of ``config/policy.toml``, checked; what it does not allow is denied."""

    quota: QuotaRule
    strangers: QuotaRule
    purposes: tuple[Purpose, ...] = Field(min_length=1)
    services: dict[str, ServiceRule] = Field(min_length=1)
    transfers: tuple[TransferRule, ...]

    @classmethod
    def load(cls, path: Path) -> "PolicyRules":
        """Reads and checks the file; raises ``ConfigurationError`` naming file, key and what is expected."""
        return load_model(path, cls)

    @model_validator(mode="after")
    def _index(self) -> Self:
        """Makes the tables once; raises ``ValueError`` where two lines of the file contradict each other."""
        for service, rule in self.services.items():
            if unknown := [purpose for purpose in rule.purposes if purpose not in self._purposes]:
                raise ValueError(f"services.{service}.purposes names {unknown[0]}, which is not among the purposes")
        _ = self._transfers
        return self

    # Kept beside the fields: a private attribute of a model is looked for in five places at every reading.
    @cached_property
    def _purposes(self) -> Mapping[str, Purpose]:
        return _unique_purposes(self.purposes)

    @cached_property
    def _transfers(self) -> Mapping[tuple[Country, Country], TransferBasis]:
        return _unique_transfers(self.transfers)

    def purpose(self, purpose: str) -> Purpose | None:
        """The purpose of that id, or ``None`` when it is not on the list."""
        return self._purposes.get(purpose)

    def transfer(self, home: Country, asked: Country) -> TransferBasis | None:
        """Why data of the state asked may reach a person of the home state; ``None`` denies."""
        return self._transfers.get((home, asked))


def _unique_purposes(purposes: tuple[Purpose, ...]) -> Mapping[str, Purpose]:
    table: dict[str, Purpose] = {}
    for purpose in purposes:
        if purpose.id in table:
            raise ValueError(f"purposes names {purpose.id} twice")
        table[purpose.id] = purpose
    return table


def _unique_transfers(rules: tuple[TransferRule, ...]) -> Mapping[tuple[Country, Country], TransferBasis]:
    table: dict[tuple[Country, Country], TransferBasis] = {}
    for rule in rules:
        for pair in rule.pairs():
            if (pair.home, pair.asked) in table:
                raise ValueError(f"transfers says twice what holds from {pair.home.value} to {pair.asked.value}")
            table[pair.home, pair.asked] = pair
    return table
