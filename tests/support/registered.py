"""Adapters registered as rows, for tests that begin where a version has been approved."""

import time
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import insert, select

from gateway.registry.store import RegistryStore
from gateway.registry.submission import Submission
from gateway.schema.country import Country
from gateway.storage.engine import Storage
from gateway.storage.registry_tables import registry_adapters, registry_agencies, registry_versions

ACTOR = "member:tests"


def plate(name: str = "om_fish", version: str = "1.0.0", **changes: Any) -> dict[str, Any]:
    """A name plate as JSON: an adapter of Oman that only lists traffic fines, unless ``changes`` say otherwise."""
    return {
        "name": name,
        "kind": "listing",
        "agency": "om-fisheries",
        "title": {"ar": "الثروة السمكية", "en": "Fisheries"},
        "country": "OM",
        "version": version,
        "stage": "live",
        "protocol": "none",
        "contact": {
            "name": {"ar": "مكتب الربط", "en": "Integration desk"},
            "email": "desk@fish.example",
            "phone": "+96824000000",
        },
        "endpoints": [],
        "services": {"traffic-fines": {"agency": "om-fisheries", "latency_budget_ms": 1000}},
    } | changes


def submission(plate: dict[str, Any], definitions: Sequence[dict[str, Any]] = ()) -> Submission:
    """One version, read as the API reads it."""
    return Submission.model_validate_json(orjson.dumps({"plate": plate, "definitions": list(definitions)}))


async def agency(
    storage: Storage, store: RegistryStore, name: str = "om-fisheries", kind: str = "agency", country: str = "OM"
) -> None:
    """Makes an agency, active; of Oman unless told otherwise."""
    async with storage.writing() as connection:
        await connection.execute(
            insert(registry_agencies).values(
                agency_id=name,
                country=country,
                kind=kind,
                standing="active",
                names=b'{"ar": "x", "en": "x"}',
                contact=b"",
                created_at=int(time.time()),
                revision=await store.bump(connection),
            )
        )


async def registered(
    storage: Storage, store: RegistryStore, *versions: Submission, standing: str = "approved", name: str = "om_fish"
) -> None:
    """Registers the adapter where it is not there yet, and the versions, which wait to go live."""
    now = int(time.time())
    async with storage.writing() as connection:
        known = select(registry_adapters.c.adapter_id).where(registry_adapters.c.adapter_id == name)
        if (await connection.execute(known)).one_or_none() is None:
            await connection.execute(
                insert(registry_adapters).values(
                    adapter_id=name,
                    agency_id=versions[0].plate.agency,
                    country=Country(versions[0].plate.country).value,
                    standing="new",
                    canary_share=0,
                    created_at=now,
                    revision=await store.bump(connection),
                )
            )
        for number, version in enumerate(versions, 1):
            await connection.execute(
                insert(registry_versions).values(
                    adapter_id=name,
                    ordinal=number,
                    standing=standing,
                    report=None,
                    made_by=ACTOR,
                    made_at=now,
                    changed_at=now,
                    **version.columns(),
                )
            )
