"""An address that begins sign-ins without end is told to wait; a sign-in that was begun goes on."""

from pathlib import Path

from tests.support.entrance import entrance
from tests.support.house import ROOT

MOST_AT_ONCE = 60
"""The burst that the rules allow a stranger's address."""


async def test_an_address_that_begins_too_often_waits(tmp_path: Path) -> None:
    async with entrance(tmp_path, paths={"policy": ROOT / "config/policy.toml"}) as gate:
        honest = gate.browser()
        back = await honest.callback("bh-ekey", "bahraini-citizen")
        statuses = [(await gate.browser().get("/auth/login/bh-ekey")).status for _ in range(2 * MOST_AT_ONCE)]

        assert statuses[: MOST_AT_ONCE - 2] == [303] * (MOST_AT_ONCE - 2)
        assert statuses[-1] == 429
        assert set(statuses) == {303, 429}
        for language, words in (("ar", "عدد الطلبات تجاوز الحد"), ("en", "too many requests")):
            told = await gate.browser().get("/auth/login/ae-uaepass", **{"Accept-Language": language})
            assert told.status == 429
            assert words in told.text.lower()
        assert (await honest.get(back)).status == 303
        assert "010345570" in (await honest.account()).words
