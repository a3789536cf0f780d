"""The first cases of a new adapter: what its stand-in answers is asked once, and written down as the promise."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gateway.kit.beside import beside, utc_now
from gateway.kit.cases import LookupAsk, Subject
from gateway.kit.newcomer import nobody
from gateway.kit.playing import Answer, answer_to
from gateway.registry.manifest import Manifest
from gateway.registry.service import Service
from gateway.schema.country import Country

PURPOSE = "self_service"
PASSING = ("adapter", "fetched_at")
"""What a record says of its source and is not promised: it changes with every version and every call."""


async def write_cases(folder: Path, plate: Manifest, service: Service, subject: str) -> None:
    """Writes a case for each way in which the lookup can turn out, asked about ``subject`` where it is somebody."""
    answer = await asked(folder, plate, service, subject, "ar")
    people = folder / "cases" / service.id
    for name, case in _cases(plate, subject, await _absent(folder, plate), answer).items():
        write_case(people / f"{name}.json", case)


async def asked(folder: Path, plate: Manifest, service: Service, subject: str, language: str) -> Answer:
    """What the adapter answers beside its own stand-in."""
    asking = LookupAsk(
        subject=Subject(country=plate.country, value=subject), inputs={}, purpose=PURPOSE, language=language
    )
    async with beside(folder, plate) as here:
        return await answer_to(asking, here.room, service, utc_now)


def write_case(path: Path, case: Mapping[str, Any]) -> None:
    """Writes a case as people read it; raises ``FileExistsError`` rather than writing over another."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("x", encoding="utf-8") as file:
        file.write(json.dumps(case, ensure_ascii=False, indent=2) + "\n")


def promised(records: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The records as a case expects them: without what changes from call to call."""
    return [
        {**record, "source": {key: value for key, value in record["source"].items() if key not in PASSING}}
        for record in records
    ]


async def _absent(folder: Path, plate: Manifest) -> str:
    async with beside(folder, plate) as here:
        return nobody(here.sandbox.population)


def _cases(plate: Manifest, subject: str, absent: str, answer: Answer) -> dict[str, dict[str, Any]]:
    def ask(language: str, value: str = subject) -> dict[str, Any]:
        return {
            "subject": {"country": Country(plate.country).value, "value": value},
            "inputs": {},
            "purpose": PURPOSE,
            "language": language,
        }

    refusal = {"status": 403, "content_type": "application/json", "body": '{"error": {"code": "KEY_UNKNOWN"}}'}
    return {
        "found_citizen": {
            "promise": "What is held about a citizen is found, whole.",
            "ask": ask("ar"),
            "expect": {"status": "ok", "records": promised(answer.records)},
        },
        "absent_person": {
            "promise": "A person whom the system does not know has nothing.",
            "ask": ask("en", absent),
            "expect": {"status": "none", "records": []},
        },
        "refused_key": {
            "promise": "A system that refuses our key is told apart from one that is down.",
            "ask": ask("ar"),
            "reply": refusal,
            "expect": {"status": "refused", "code": "backend_refused"},
        },
        "garbled_on_the_way": {
            "promise": "An answer that was cut on its way is not believed in part.",
            "ask": ask("en"),
            "behaviour": {"kind": "garbled"},
            "expect": {"status": "garbled"},
        },
        "garbled_by_somebody_else": {
            "promise": "A well-formed answer about somebody else is not shown.",
            "ask": ask("ar"),
            "behaviour": {"kind": "wrong"},
            "expect": {"status": "garbled"},
        },
        "down": {
            "promise": "A system that closes the connection is down.",
            "ask": ask("ar"),
            "behaviour": {"kind": "down"},
            "expect": {"status": "down", "code": "backend_down"},
        },
        "late": {
            "promise": "An answer that comes after the adapter's time is late.",
            "ask": ask("en"),
            "behaviour": {"kind": "slow", "seconds": plate.limits.timeout_ms / 1000 + 1},
            "expect": {"status": "late", "code": "backend_late"},
        },
    }
