"""Long texts of the portal become pages: nothing in them is markup but what the text is made of."""

from pathlib import Path

import pytest

from gateway.i18n import LANGUAGES, Language
from gateway.web.pages.texts.reading import read_text


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_typed_is_shown_as_it_stands_and_from_the_left(language: Language) -> None:
    text = read_text("join", language)

    assert text.title
    assert "bawaba adapter check om_boats --json" in text.body
    assert text.body.count('<pre dir="ltr" tabindex="0"><code>') == 23
    assert "```" not in text.body
    assert [f'<h2 id="step-{number}">' in text.body for number in range(1, 8)] == [True] * 7


def test_a_text_cannot_break_out_of_its_page(tmp_path: Path) -> None:
    written = "# A <b>\n\nLead `<i>`\n\n## 1. <u>\n\nWords & `a<b`\n\n```text shown\n<script>\n```\n"
    (tmp_path / "hostile.en.md").write_text(written, "utf-8")

    text = read_text("hostile", "en", tmp_path)

    assert "<i>" not in text.lead
    assert "<u>" not in text.body
    assert "<script>" not in text.body
    assert "&lt;script&gt;" in text.body
