"""The line of every key of a TOML file is found, whatever stands between."""

from pathlib import Path

import pytest

from gateway.kit.lines import lines_of

ROOT = Path(__file__).parents[3]

FILE = '''# A comment = with a sign
name = "falcon"   # [not.a.table]
title = { ar = "صقر", en = "Fal]con" }

[contact]
name = { ar = "أ", en = "b" }
words = """
[no.table]
phone = 'no key'
"""
phone = "+96800000000"

["odd key"."with.dot"]
list = [
  { a = 1 },
  "]",
  # ]
]
after = true

[[exemptions]]
rule = "down"

[[exemptions]]
rule = "late"

[exemptions.why]
note = 1
[services.traffic-fines]
map.answer.fields = 3
'''


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("name", 2),
        ("title", 3),
        ("title.en", 3),
        ("contact", 5),
        ("contact.name.ar", 6),
        ("contact.phone", 11),
        ("contact.missing", 5),
        ("odd key.with.dot.list[0].a", 14),
        ("odd key.with.dot.after", 19),
        ("exemptions[0].rule", 22),
        ("exemptions[1].rule", 25),
        ("exemptions[1].why.note", 28),
        ("services.traffic-fines.map.answer.fields.amount", 30),
        ("services.traffic-fines.agency", 29),
        ("nowhere", None),
    ],
)
def test_a_key_is_found_on_its_line(key: str, line: int | None) -> None:
    assert lines_of(FILE).of(key) == line


@pytest.mark.parametrize("path", sorted((ROOT / "adapters").glob("*/manifest.toml")), ids=lambda path: path.parent.name)
def test_each_table_of_every_name_plate_is_found_where_it_stands(path: Path) -> None:
    text = path.read_text("utf-8")
    lines = lines_of(text)

    headers = {line.strip("[]"): number for number, line in enumerate(text.splitlines(), 1) if line.startswith("[s")}

    assert headers
    assert {header: lines.of(header) for header in headers} == headers


@pytest.mark.parametrize("text", ["a = [", 'b = """', "[", "= 3", "a = {", "\x00", "[[x]\ny = 1"])
def test_a_broken_file_is_no_trouble(text: str) -> None:
    lines_of(text).of("a.b[0].c")
