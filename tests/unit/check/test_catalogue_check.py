"""The catalogue check finds what a translator or a programmer forgot."""

from pathlib import Path

import pytest

from tests.check.catalogues import findings

HEADERS = {
    "ar": "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5);",
    "en": "nplurals=2; plural=(n != 1);",
}
GOOD = {
    "ar": 'msgid "fines.title"\nmsgstr "مخالفات {country}"\n',
    "en": 'msgid "fines.title"\nmsgstr "Fines of {country}"\n',
}
CODE = 'catalogue.text("fines.title", "ar")\n'


def checkout(folder: Path, arabic: str = "", english: str = "", code: str = "") -> Path:
    """A checkout with the good sentence in both languages, one call that asks for it, and what a test adds."""
    for language, extra in (("ar", arabic), ("en", english)):
        directory = folder / "gateway" / "locale" / language
        directory.mkdir(parents=True)
        header = f'msgid ""\nmsgstr ""\n"Language: {language}\\n"\n"Plural-Forms: {HEADERS[language]}\\n"\n\n'
        (directory / "pages.po").write_text(f"{header}{GOOD[language]}\n{extra}", "utf-8")
    (folder / "gateway" / "page.py").write_text(CODE + code, "utf-8")
    return folder


def test_matching_catalogues_that_are_used_have_no_findings(tmp_path: Path) -> None:
    assert list(findings(checkout(tmp_path))) == []


def test_a_key_in_one_language_only_is_found(tmp_path: Path) -> None:
    root = checkout(tmp_path, english='msgid "fines.note"\nmsgstr "Note"\n', code='x = "fines.note"\n')

    assert list(findings(root)) == ["fines.note: is missing in ar"]


def test_a_key_that_nobody_asks_for_is_found(tmp_path: Path) -> None:
    root = checkout(tmp_path, arabic='msgid "fines.old"\nmsgstr "قديم"\n', english='msgid "fines.old"\nmsgstr "Old"\n')

    assert list(findings(root)) == ["fines.old: is never used"]


def test_a_key_that_no_catalogue_has_is_found_where_it_is_asked_for(tmp_path: Path) -> None:
    root = checkout(tmp_path, code='catalogue.both("fines.absent")\n')

    assert list(findings(root)) == ["gateway/page.py:2: asks for fines.absent, which is in no catalogue"]


def test_a_key_made_from_parts_is_matched_by_its_pattern(tmp_path: Path) -> None:
    root = checkout(
        tmp_path,
        arabic='msgid "state.late"\nmsgstr "متأخر"\n',
        english='msgid "state.late"\nmsgstr "Late"\n',
        code='catalogue.text(f"state.{outcome}", "en")\n',
    )

    assert list(findings(root)) == []


def test_a_pattern_that_matches_no_key_is_found(tmp_path: Path) -> None:
    root = checkout(tmp_path, code='catalogue.text(f"colour.{name}.title", "en")\n')

    assert len(found := list(findings(root))) == 1
    assert "asks for keys like" in found[0]


@pytest.mark.parametrize(
    ("arabic", "english", "problem"),
    [
        ("", "Late", "is empty"),
        ("متأخر {minutes}", "Late", "the gaps differ: minutes"),
        ("Late", "Late", "has no Arabic letters"),
        ("متأخر }", "Late", "has a brace that opens or closes nothing"),
        ("متأخر {0}", "Late {0}", "has a gap without a plain name: {0}"),
        ("متأخر \u202e", "Late", "has invisible direction marks; the page isolates what needs it"),
    ],
)
def test_a_sentence_that_does_not_match_its_other_half_is_found(
    tmp_path: Path, arabic: str, english: str, problem: str
) -> None:
    root = checkout(
        tmp_path,
        arabic=f'msgid "state.late"\nmsgstr "{arabic}"\n',
        english=f'msgid "state.late"\nmsgstr "{english}"\n',
        code='x = "state.late"\n',
    )

    assert any(found.endswith(f"state.late: {problem}") for found in findings(root))


def test_a_sentence_without_words_needs_no_arabic_letters(tmp_path: Path) -> None:
    root = checkout(
        tmp_path,
        arabic='msgid "range.both"\nmsgstr "{first} – {last}"\n',
        english='msgid "range.both"\nmsgstr "{first}–{last}"\n',
        code='x = "range.both"\n',
    )

    assert list(findings(root)) == []


def test_a_key_that_stands_twice_is_found_with_both_places(tmp_path: Path) -> None:
    root = checkout(tmp_path, english=GOOD["en"])

    assert any("fines.title stands in en/pages.po:6 too" in found for found in findings(root))


def test_two_keys_that_say_the_same_in_both_languages_are_found(tmp_path: Path) -> None:
    root = checkout(
        tmp_path,
        arabic='msgid "fines.heading"\nmsgstr "مخالفات {country}"\n',
        english='msgid "fines.heading"\nmsgstr "Fines of {country}"\n',
        code='x = "fines.heading"\n',
    )

    assert list(findings(root)) == ["fines.heading, fines.title: say the same in both languages"]


def test_an_arabic_plural_has_six_forms(tmp_path: Path) -> None:
    english = 'msgid "fines.count"\nmsgid_plural "fines.count"\nmsgstr[0] "One fine"\nmsgstr[1] "{number} fines"\n'
    arabic = english.replace("One fine", "مخالفة").replace("{number} fines", "{number} مخالفات")

    found = list(findings(checkout(tmp_path, arabic=arabic, english=english, code='catalogue.count("fines.count")\n')))

    assert "ar/pages.po:9: fines.count: is empty" in found


def test_a_complete_plural_has_no_findings(tmp_path: Path) -> None:
    head = 'msgid "fines.count"\nmsgid_plural "fines.count"\n'
    english = f'{head}msgstr[0] "One fine"\nmsgstr[1] "{{number}} fines"\n'
    forms = ("لا مخالفات", "مخالفة واحدة", "مخالفتان", "{number} مخالفات", "{number} مخالفة", "{number} مخالفة")
    arabic = head + "".join(f'msgstr[{number}] "{form}"\n' for number, form in enumerate(forms))

    root = checkout(tmp_path, arabic=arabic, english=english, code='catalogue.count("fines.count", "ar", 3)\n')

    assert list(findings(root)) == []


def test_a_key_in_a_template_counts_as_used_and_must_exist(tmp_path: Path) -> None:
    root = checkout(
        tmp_path, arabic='msgid "menu.home"\nmsgstr "الرئيسية"\n', english='msgid "menu.home"\nmsgstr "Home"\n'
    )
    (root / "gateway" / "page.html").write_text("<a>{{ text('menu.home') }}</a> {{ text('menu.absent') }}", "utf-8")

    assert list(findings(root)) == ["gateway/page.html: asks for menu.absent, which is in no catalogue"]
