"""A gateway that is killed again and again loses nothing that it acknowledged, and does nothing twice."""

from pathlib import Path

import pytest

from tests.crash.run import crash

KILLS, SUBMISSIONS = 10, 100
"""On each of the two databases; `make crash` kills 200 times during 2,000 submissions."""


@pytest.fixture
def tmp_path(on_disk: Path) -> Path:
    """On a disk commits take their time, and kills come in the middle of them."""
    return on_disk


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_every_application_that_was_acknowledged_is_delivered_once(tmp_path: Path, storage_url: str) -> None:
    report = await crash(tmp_path, KILLS, SUBMISSIONS, storage_url)

    assert (report.kills, report.accepted) == (KILLS, SUBMISSIONS)
    assert report.tries > SUBMISSIONS, "no kill came while somebody waited for an answer"
