"""Citizens read in the catalogue until when a service is given, and why no longer, from the moment that it is known."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.registry_door import ONE, SERVICE, registry_door

REASON = {"ar": "انتقلت الخدمة إلى جهة أخرى.", "en": "Another agency gives it."}


async def test_the_end_of_a_service_is_read_by_programs_and_by_people(tmp_path: Path) -> None:
    async with registry_door(tmp_path) as door:
        owner = await door.joined()
        await door.adapter(owner)
        await door.approved(owner)
        await door.ask("POST", f"{ONE}/live", owner, {"version": "1.0.0", "share": 100})
        await door.house.doors.parts.adapters.follower.visit()
        before = (await door.ask("GET", f"/v1/services/{SERVICE}", None))["authorities"]
        end = (datetime.now(UTC) + timedelta(days=40)).replace(microsecond=0)

        told = await door.ask("POST", f"{ONE}/retirement", owner, {"at": end.isoformat(), "reason": REASON})
        async with asyncio.timeout(2):
            await door.house.doors.parts.adapters.follower.visit()

        assert told.status == 200, told.text
        (authority,) = (await door.ask("GET", f"/v1/services/{SERVICE}", None))["authorities"]
        assert "ends_at" not in before[0]
        assert authority["connected"]
        assert datetime.fromisoformat(authority["ends_at"]) == end
        assert authority["ends_why"] == REASON
        for language, reason in REASON.items():
            url = f"{door.house.url}/services/{SERVICE}"
            async with door.house.session.get(url, headers={"Accept-Language": language}) as page:
                text = await page.text()
            assert reason in text
            assert str(end.year) in text
