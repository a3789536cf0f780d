"""Each converter keeps its promise for good values and bad: it converts, says that it is not known, or refuses."""

from decimal import Decimal
from typing import Any

import pytest

from gateway.field_map.converters import CONVERTERS, chain
from gateway.field_map.findings import Findings
from gateway.field_map.kinds import Around, Given, HijriDay, Kind, ZoneDay
from gateway.field_map.paths import getter, parse
from gateway.field_map.scope import LONGEST_TEXT, Fuel, Scope, Unfit, Unknown
from gateway.schema import CalendarDate, Country, Money, NameParts, PartialText
from tests.support.mapped import ask

TABLES: dict[str, dict[str, str | bool]] = {"states": {"A": "active", "B": True}}
ROOT = {"whole": 400, "none": 0, "text": "200"}


def convert(written: Any, value: Any, country: Country = Country.BH) -> Any:
    """What a chain makes of a value of the answer."""
    converters = tuple(written) if isinstance(written, list) else (written,)
    findings = Findings()
    around = Around(country, TABLES, lambda text: getter(parse(text)))
    made = chain(converters, Given(Kind.json), "key", around, findings)
    assert made is not None, findings.found
    return made[0](value, Scope(ask(), ROOT, set(), Fuel()))


GOOD: list[tuple[Any, Any, Any]] = [
    ("text", "  P-1 ", "P-1"),
    ("text", " \u00a0 ", None),
    ("written", 48, "48"),
    ("written", " 048 ", "048"),
    ("trim", " a ", "a"),
    ("clean", "a\u202e  b\n", "a b"),
    ("upper", "ab", "AB"),
    ("lower", "AB", "ab"),
    ("digits", "٢٧٢٦٩-١", "27269-1"),
    ("only_digits:9", "٠١٠٣٤٥٥٧٠", "010345570"),
    ("pad:9", "10345570", "010345570"),
    ("pad:2", "123", "123"),
    ("null_words", "N/A", None),
    ("null_words", "Nil.", "Nil."),
    ({"null_words": ["9999", "Leer"]}, "leer", None),
    ({"null_words": ["9999"]}, "null", "null"),
    ("words:ar", "بحر", PartialText(ar="بحر")),
    ("words:en", "Sea", PartialText(en="Sea")),
    ("words:asked", "Sea", PartialText(en="Sea")),
    ("both", {"ar": "بحر", "en": None, "fr": 1}, PartialText(ar="بحر")),
    ("both", {"ar": " "}, None),
    ("both:nameAr,nameEn", {"nameAr": "بحر", "nameEn": "Sea"}, PartialText(ar="بحر", en="Sea")),
    ("name:whole", "Ram ABC", NameParts(full="Ram ABC")),
    ("name:comma_slots", "Ram,,,,ABC,,", NameParts(full="Ram ABC", given="Ram", family="ABC")),
    ("name:comma_slots", ",,,,", None),
    ("month:MM/yyyy", "03/2026", "2026-03"),
    ("hijri_date:dd-MM-yyyy", "28-07-1424", HijriDay("28-07-1424", "dd-MM-yyyy")),
    ("mrz_expiry", "0103174F3111231BHR<<<<<<<<<<<0", ZoneDay("311123")),
    ("whole", 0, 0),
    ("number", 12, Decimal(12)),
    ("number", Decimal("1.50"), Decimal("1.50")),
    ("number", "١٬٢٣٤٫٥", Decimal("1234.5")),
    ("boolean", True, True),
    ("boolean", " Yes ", True),
    ("boolean", "0", False),
    ({"code": {"PAID": "paid", "1": "one", "true": "yes"}}, " PAID ", "paid"),
    ({"code": {"PAID": "paid", "1": "one"}}, 1, "one"),
    ({"code": {"true": "yes"}}, True, "yes"),
    ({"code": {"A": "a", "*": "other"}}, "Z", "other"),
    ({"code": {"A": "a", "*": ""}}, "Z", None),
    ("code:states", "A", "active"),
    ("code:states", "B", True),
    ("money:fils", 12500, Money.of("12.5", "BHD")),
    ("money:minor:SAR", 12500, Money.of("125", "SAR")),
    ("money:decimal", "12.500", Money.of("12.5", "BHD")),
    ("money:decimal:SAR", Decimal("405000.0"), Money.of("405000", "SAR")),
    (["whole", "scale:-2"], 2550, Decimal("25.50")),
    (["number", "scale:3"], "1.5", Decimal(1500)),
    (["whole", {"percent_of": "$.whole"}], 100, Decimal(25)),
    (["whole", "percent_of:$.text"], 50, Decimal(25)),
    (["whole", "percent_of:$.none"], 50, None),
    (["whole", "percent_of:$.missing"], 50, None),
    ("phone", "0097333041776", "+97333041776"),
    ("phone:OM", "92123456", "+96892123456"),
    ("phone:home", "92123456", "+96892123456"),
    ("alpha2", "in", "IN"),
    ("alpha3", "IND", "IN"),
    ("numeric", 48, "BH"),
    ("numeric", "356", "IN"),
    (["alpha3", "gulf"], "SAU", Country.SA),
    ("gulf", "OM", Country.OM),
]


@pytest.mark.parametrize(("written", "value", "wanted"), GOOD, ids=str)
def test_a_good_value_is_converted(written: Any, value: Any, wanted: Any) -> None:
    assert convert(written, value) == wanted


def test_a_third_is_told_to_the_millionth() -> None:
    assert convert(["number", "percent_of:$.whole"], Decimal("133.333333333333")) == Decimal("33.333333")


def test_days_keep_their_own_writing() -> None:
    assert convert("date:d.M.yyyy", "7.3.2026") == CalendarDate.gregorian(
        convert("date:d.M.yyyy", "7.3.2026").date, "7.3.2026"
    )
    assert convert("date:dd/MM/yyyy", "١٧/٠٣/٢٠٠١").date.isoformat() == "2001-03-17"
    assert convert("date:dd/MM/yyyy", "١٧/٠٣/٢٠٠١").original == "١٧/٠٣/٢٠٠١"


@pytest.mark.parametrize(
    ("pattern", "text", "moment"),
    [
        ("dd/MM/yyyy HH:mm:ss[.SSS]", "01/11/2026 23:15:00.250", "2026-11-01T23:15:00.250000+03:00"),
        ("dd/MM/yyyy HH:mm:ss[.SSS]", "01/11/2026 23:15:00", "2026-11-01T23:15:00+03:00"),
        ("yyyy-MM-ddTHH:mm:ssXXX", "2026-11-01T23:15:00Z", "2026-11-01T23:15:00+00:00"),
        ("yyyy-MM-ddTHH:mm:ssXXX", "2026-11-01T23:15:00-04:30", "2026-11-01T23:15:00-04:30"),
        ("yyyyMMdd HHmm", "20261101 2315", "2026-11-01T23:15:00+03:00"),
    ],
)
def test_a_moment_is_by_the_states_own_clock_unless_it_says_its_zone(pattern: str, text: str, moment: str) -> None:
    assert convert(f"datetime:{pattern}", text).isoformat() == moment


UNKNOWN: list[tuple[Any, Any]] = [
    ("only_digits:9", "10345570"),
    ("date:dd/MM/yyyy", "00/00/1957"),
    ("date:dd/MM/yyyy", "00/05/1957"),
    ("mrz_expiry", "?"),
    ({"code": {"A": "a"}}, "Z"),
    ("phone", "12"),
    ("alpha2", "ZZ"),
    ("alpha3", "XXB"),
    ("numeric", 1),
    (["alpha3", "gulf"], "IND"),
]


@pytest.mark.parametrize(("written", "value"), UNKNOWN, ids=str)
def test_a_value_on_no_list_is_not_known(written: Any, value: Any) -> None:
    """Which is not the same as one that cannot be read: a rule may note it and leave it out."""
    with pytest.raises(Unknown):
        convert(written, value)


BAD: list[tuple[Any, Any]] = [
    ("text", 48),
    ("text", True),
    ("text", ["a"]),
    ("text", "a" * (LONGEST_TEXT + 1)),
    ("text", "\ud800"),
    ("written", 1.5),
    ("written", True),
    ("only_digits:9", "01034557X"),
    ("only_digits:9", "0103455701"),
    ("only_digits:9", "²²²²²²²²²"),
    ("both", "Sea"),
    ("both", {"ar": 1}),
    ("date:dd/MM/yyyy", "03/17/2001"),
    ("date:dd/MM/yyyy", "29/02/2001"),
    ("date:dd/MM/yyyy", "00/13/2001"),
    ("date:dd/MM/yyyy", "1/1/2001"),
    ("date:dd/MM/yyyy", "1" * 5000),
    ("date:yyyy-MM-dd", "0000-01-01"),
    ("month:MM/yyyy", "13/2026"),
    ("month:MM/yyyy", "00/2026"),
    ("datetime:dd/MM/yyyy HH:mm", "01/11/2026 24:00"),
    ("datetime:yyyy-MM-ddTHH:mm:ssXXX", "2026-11-01T23:15:00+24:00"),
    ("datetime:yyyy-MM-ddTHH:mm:ssXXX", "2026-11-01T23:15:60Z"),
    ("whole", -1),
    ("whole", True),
    ("whole", "1"),
    ("whole", Decimal("1.0")),
    ("number", "1,5"),
    ("number", True),
    ("number", None),
    ("boolean", 1),
    ("boolean", "maybe"),
    ({"code": {"A": "a"}}, ["A"]),
    ({"code": {"A": "a"}}, Decimal(1)),
    ("money:fils", Decimal("12.5")),
    ("money:fils", -1),
    ("money:fils", "12"),
    ("money:decimal", -1),
    ("money:decimal", "1.0005"),
    ("money:decimal", "9" * 30),
    ("alpha3", 48),
    ("identifier", "12"),
]


@pytest.mark.parametrize(("written", "value"), BAD, ids=lambda part: str(part)[:40])
def test_a_value_that_cannot_be_read_is_refused(written: Any, value: Any) -> None:
    with pytest.raises(ValueError) as refusal:  # noqa: PT011 - the schema's own refusals are of this kind
        convert(written, value)

    assert not isinstance(refusal.value, Unknown)
    assert isinstance(refusal.value, Unfit) or "money" in str(written) or "identifier" in str(written)


def test_every_converter_is_tried_here() -> None:
    written = [one for one, *_ in (*GOOD, *UNKNOWN, *BAD)]
    names = {
        str(next(iter(one)) if isinstance(one, dict) else one).partition(":")[0]
        for each in written
        for one in (each if isinstance(each, list) else [each])
    }

    assert names | {"datetime"} == set(CONVERTERS)
