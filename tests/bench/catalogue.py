"""What a catalogue of ten thousand services costs: its start, its searches, and an adapter that comes or goes."""

import gc
import random
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from statistics import quantiles

import orjson
import psutil

from gateway.registry.definition import Definition, define
from gateway.registry.services import Service, Services
from gateway.schema.country import Country
from tests.support.house import ROOT

SERVICES, EACH = 10_000, 10
RUNS, CHANGES = 200, 100
_ARABIC, _LATIN = "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "abcdefghijklmnopqrstuvwxyz"
QUESTIONS = ("traffic", "مخالفات مرورية", "pension contributions", "خليجي", "تأمين", "co", "nothing of the kind")


def catalogue(folder: Path) -> None:
    """Prints the table; the definitions are made beforehand, as they are when versions are registered."""
    adapters = [definitions(number) for number in range(0, SERVICES, EACH)]
    services = Services.load(ROOT / "config/services")
    gc.collect()
    process = psutil.Process()
    before, began = process.memory_info().rss, time.process_time()
    for number, adapter in enumerate(adapters):
        services.add(f"adapter-{number}", adapter)
    services.settle()
    took = time.process_time() - began
    gc.collect()
    size = process.memory_info().rss - before + sum(len(each.document) for adapter in adapters for each in adapter)
    print(f"\nCatalogue of {SERVICES:,} services of {len(adapters):,} adapters, milliseconds of one core\n")
    print(f"{'all taken in, in memory for good':46}{took * 1000:>9,.0f} ms {size / 1e6:>6,.0f} MB\n")
    print(f"{'':46}{'p50':>9}{'p99':>9}")
    for question in QUESTIONS:
        _show(f"search {question!r}", partial(services.search, question), RUNS)
    _show("everything, the first page", services.search, RUNS)
    _show("filtered by state and sector", partial(services.search, country=Country.OM, sector="transport"), RUNS)
    page = services.search("traffic").ids
    _show(f"a page of {len(page)} read to be shown", lambda: [services.document(each) for each in page], RUNS)
    turns = _turns(services, adapters)
    _show(f"an adapter of {EACH} replaced", lambda: next(turns), CHANGES)
    unread = (f"{_base()[0].id}-{number * EACH}" for number in count(1) if number * EACH % len(_base()) == 0)
    _show("a service found for the first time", lambda: services.find(next(unread)), 50)
    print()


def definitions(first: int) -> Sequence[Definition]:
    """What one adapter defines: shipped services with some words of their own, drawn from forty thousand."""
    return [define(_variant(number)) for number in range(first, first + EACH)]


def _variant(number: int) -> Service:
    draw, base = random.Random(number), _base()[number % len(_base())]
    document = orjson.loads(orjson.dumps(base.public()))
    document["id"] = f"{base.id}-{number}"
    for language, letters in (("ar", _ARABIC), ("en", _LATIN)):
        document["name"][language] += " " + _words(draw, letters, 3)
        document["keywords"][0][language] += " " + _words(draw, letters, 4)
    return Service.model_validate_json(orjson.dumps(document))


def _base() -> Sequence[Service]:
    if not _SHIPPED:
        _SHIPPED.extend(Services.load(ROOT / "config/services"))
    return _SHIPPED


_SHIPPED: list[Service] = []


def _words(draw: random.Random, letters: str, many: int) -> str:
    """Words of a vocabulary of twenty thousand; the same number is always the same word."""
    chosen = (random.Random(draw.randrange(20_000)) for _ in range(many))
    return " ".join("".join(each.choices(letters, k=4 + each.randrange(4))) for each in chosen)


def _turns(services: Services, adapters: Sequence[Sequence[Definition]]) -> Iterator[None]:
    for number, adapter in enumerate(adapters):
        services.add(f"adapter-{number}", adapter)
        yield


def _show(name: str, act: Callable[[], object], runs: int) -> None:
    took = list[float]()
    for _ in range(runs):
        began = time.process_time()
        act()
        took.append((time.process_time() - began) * 1000)
    cuts = quantiles(took, n=100)
    print(f"{name:46}{cuts[49]:>9.2f}{cuts[98]:>9.2f}")
