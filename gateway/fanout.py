"""One question put to many states at once; each answer stands alone."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.errors import UnknownCountry
from gateway.flow import Flow, Reply
from gateway.i18n import Language
from gateway.identity.principal import Principal
from gateway.policy.permit import Call
from gateway.registry.registry import Registry
from gateway.resilience.deadline import Deadline
from gateway.schema.country import Country


@dataclass(frozen=True, slots=True)
class Question:
    """An admitted question; ``countries`` empty asks every state that implements the service."""

    service: str
    countries: tuple[Country, ...]
    inputs: Mapping[str, Any]
    purpose: str
    language: Language
    request_id: str


class Fanout:
    """Asks the states together under one deadline, ``seconds`` from the start."""

    def __init__(self, flow: Flow, registry: Registry, seconds: float) -> None:
        self._flow = flow
        self._registry = registry
        self._seconds = seconds

    async def ask(self, principal: Principal, question: Question) -> Sequence[Reply]:
        """One sealed reply a state, in the order of the states asked.

        Raises ``UnknownCountry`` when a state named does not implement the service, ``SealingFailed`` when
        one answer could not be sealed; then none leaves.
        """
        countries = self._countries(question)
        deadline = Deadline.after(self._seconds)
        calls = [self._call(question, country, deadline) for country in countries]
        if len(calls) == 1:
            return [await self._flow.serve(principal, calls[0])]
        return await asyncio.gather(*(self._flow.serve(principal, call) for call in calls))

    def countries(self, service: str) -> tuple[Country, ...]:
        """The states that can be asked for the service."""
        return self._registry.countries(service)

    def _countries(self, question: Question) -> tuple[Country, ...]:
        implemented = self._registry.countries(question.service)
        for place, country in enumerate(question.countries):
            if country not in implemented:
                raise UnknownCountry("service_not_in_country", field=f"/countries/{place}", country=country.value)
        return tuple(dict.fromkeys(question.countries)) or implemented

    @staticmethod
    def _call(question: Question, country: Country, deadline: Deadline) -> Call:
        return Call(
            question.service,
            country,
            question.inputs,
            question.purpose,
            question.language,
            question.request_id,
            deadline,
        )
