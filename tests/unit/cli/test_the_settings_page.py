"""Every setting is documented, and nothing else is."""

from gateway.cli.config import settings_page
from tests.support.house import ROOT


def test_the_settings_page_is_what_the_settings_say() -> None:
    """`bawaba config reference > docs/settings.md` mends it."""
    page = (ROOT / "docs/settings.md").read_text("utf-8")

    assert page.splitlines() == list(settings_page())


def test_every_setting_has_a_sentence() -> None:
    rows = [line for line in settings_page() if line.startswith("| `")]

    assert rows
    assert not [row for row in rows if row.endswith("| None |")]
