"""Before somebody says yes, the page says who asks, for what, why, where it leads and until when."""

import re
from pathlib import Path

from tests.support.asking import asking_house

TOLD = ("Traffic app", "General Traffic Department", "app.moi.example", "Traffic fines", "To enforce the law")


async def test_the_page_says_who_asks_for_what_why_and_until_when(tmp_path: Path) -> None:
    async with asking_house(tmp_path) as askers:
        page = await askers.consent_page(askers.browser(), await askers.pushed(purpose="enforcement"))

    for told in TOLD:
        assert told in page.words, told
    assert re.search(r"Your permission ends on\s?\d+ \w+ 20\d\d\b", page.words)
    assert "take your permission back at any time" in page.words
