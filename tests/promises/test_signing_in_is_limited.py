"""An address that begins sign-ins without end is told to wait; a sign-in that was begun goes on."""

import re
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


def strict(folder: Path) -> Path:
    """The rules as they are, but that nobody may ask more than thrice."""
    rules = (ROOT / "config/policy.toml").read_text("utf-8")
    path = folder / "strict.toml"
    path.write_text(re.sub(r"per_minute = [0-9]+", "per_minute = 1", re.sub(r"burst = [0-9]+", "burst = 3", rules)))
    return path


async def test_behind_a_proxy_of_ours_each_caller_has_a_limit_of_their_own(tmp_path: Path) -> None:
    server = {"trusted_proxies": ("127.0.0.1",)}
    async with entrance(tmp_path, paths={"policy": strict(tmp_path)}, server=server) as gate:

        async def begin(forwarded: str) -> int:
            return (await gate.browser().get("/auth/login/bh-ekey", X_Forwarded_For=forwarded)).status

        # Whatever the caller says of itself stands before what the proxy saw.
        greedy = [await begin(f"198.51.100.{each}, 203.0.113.9, 127.0.0.1") for each in range(5)]

        assert greedy == [303, 303, 303, 429, 429]
        assert await begin("203.0.113.9") == 429
        assert await begin("203.0.113.10") == 303
        assert await begin("203.0.113.9, 203.0.113.10") == 303


async def test_nobody_gets_another_limit_by_saying_to_be_a_proxy(tmp_path: Path) -> None:
    server = {"trusted_proxies": ("192.0.2.7",)}
    async with entrance(tmp_path, paths={"policy": strict(tmp_path)}, server=server) as gate:
        for said, status in enumerate([303, 303, 303, 429, 429]):
            begun = await gate.browser().get("/auth/login/bh-ekey", X_Forwarded_For=f"203.0.113.{said}, 192.0.2.7")
            assert begun.status == status
