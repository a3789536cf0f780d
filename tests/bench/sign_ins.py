"""How many people sign in a second, by the pages of one provider's stand-in."""

import asyncio
import time
from pathlib import Path
from statistics import median

from gateway.demo.visitor import Visitor
from gateway.sdk.sandbox import Persona, personas
from gateway.settings import Settings
from tests.bench.fan_out import running

SIGN_INS, TOGETHER = 200, 8
WAYS = {"ae-uaepass": "emirati-citizen", "bh-ekey": "bahraini-citizen"}


def sign_ins(folder: Path) -> None:
    """Prints a row a provider: the gateway on one core, the stand-in and the browsers on the other."""
    with running(folder) as settings:
        print(f"Signing in, {TOGETHER} browsers at once, from the choice of a provider to the account page\n")
        print(f"{'':34}{'sign-ins/s':>11}{'p50 ms':>9}")
        for provider, person in WAYS.items():
            persona = next(each for each in personas() if each.id == person)
            rate, p50 = asyncio.run(_measure(settings, provider, persona))
            print(f"{provider:34}{rate:>11.0f}{p50:>9.0f}")
        print()


async def _measure(settings: Settings, provider: str, persona: Persona) -> tuple[float, float]:
    telephone = "/".join(next(iter(settings.providers[provider].endpoints.values())).split("/")[:3])
    took: list[float] = []

    async def browser() -> None:
        for _ in range(SIGN_INS // TOGETHER):
            async with Visitor(settings.server.public_url) as visitor:
                began = time.perf_counter()
                if not await visitor.sign_in(provider, persona, telephone):
                    raise RuntimeError(f"{provider} signed nobody in")
                took.append((time.perf_counter() - began) * 1000)

    began = time.perf_counter()
    await asyncio.gather(*(browser() for _ in range(TOGETHER)))
    return SIGN_INS / (time.perf_counter() - began), median(took)
