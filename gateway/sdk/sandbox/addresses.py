"""Invented addresses and telephone numbers, in the locators and the number plans of each state."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from gateway.schema.country import Country
from gateway.sdk.sandbox.dice import Dice

Words = tuple[str, str]
PlaceT = TypeVar("PlaceT", bound=tuple[object, ...])

_GOVERNORATE = {"Kuwait City": "Al Asimah"}

_MOBILE: Mapping[Country, tuple[tuple[str, ...], int]] = {
    Country.BH: (("36", "39", "33", "34"), 6),
    Country.KW: (("50", "55", "66", "90", "94", "97", "99"), 6),
    Country.OM: (("92", "95", "98", "99"), 6),
    Country.QA: (("33", "55", "66", "77"), 6),
    Country.SA: (("50", "53", "54", "55", "56"), 7),
    Country.AE: (("50", "52", "54", "55", "56", "58"), 7),
}

# (city Arabic, city Latin), (district …), (street …); the first three cities are those of the company registers.
_SA: tuple[tuple[Words, Words, Words, str], ...] = (
    (("الرياض", "Riyadh"), ("العليا", "Al Olaya"), ("طريق الملك فهد", "King Fahd Road"), "R"),
    (("الرياض", "Riyadh"), ("الملقا", "Al Malqa"), ("طريق أنس بن مالك", "Anas Ibn Malik Road"), "R"),
    (("جدة", "Jeddah"), ("الروضة", "Al Rawdah"), ("شارع صاري", "Sari Street"), "J"),
    (("جدة", "Jeddah"), ("الشاطئ", "Al Shati"), ("طريق الكورنيش", "Corniche Road"), "J"),
    (("الدمام", "Dammam"), ("الفيصلية", "Al Faisaliyah"), ("شارع الأمير محمد", "Prince Mohammed Street"), "E"),
)
_KW: tuple[tuple[Words, Words], ...] = (
    (("العاصمة", "Al Asimah"), ("الشامية", "Shamiya")),
    (("العاصمة", "Al Asimah"), ("كيفان", "Kaifan")),
    (("حولي", "Hawalli"), ("السالمية", "Salmiya")),
    (("الفروانية", "Al Farwaniyah"), ("خيطان", "Khaitan")),
    (("الأحمدي", "Al Ahmadi"), ("الفحيحيل", "Fahaheel")),
    (("الجهراء", "Al Jahra"), ("النعيم", "Naeem")),
)
_BH: tuple[tuple[Words, tuple[int, int]], ...] = (
    (("المنامة", "Manama"), (302, 329)),
    (("المحرق", "Muharraq"), (202, 228)),
    (("الرفاع", "Riffa"), (901, 929)),
    (("مدينة حمد", "Hamad Town"), (1203, 1217)),
    (("سترة", "Sitra"), (601, 611)),
)
_OM: tuple[tuple[Words, Words, Words], ...] = (
    (("مسقط", "Muscat"), ("بوشر", "Bawshar"), ("الخوير", "Al Khuwair")),
    (("مسقط", "Muscat"), ("السيب", "As Seeb"), ("المعبيلة", "Al Mabilah")),
    (("ظفار", "Dhofar"), ("صلالة", "Salalah"), ("الدهاريز", "Ad Dahariz")),
    (("شمال الباطنة", "North Al Batinah"), ("صحار", "Sohar"), ("الهمبار", "Al Hambar")),
    (("الداخلية", "Ad Dakhiliyah"), ("نزوى", "Nizwa"), ("فرق", "Firq")),
)
_AE: tuple[tuple[Words, Words, Words], ...] = (
    (("دبي", "Dubai"), ("الجميرا", "Jumeirah"), ("شارع الوصل", "Al Wasl Road")),
    (("دبي", "Dubai"), ("القوز", "Al Quoz"), ("شارع الشيخ زايد", "Sheikh Zayed Road")),
    (("أبوظبي", "Abu Dhabi"), ("الخالدية", "Al Khalidiyah"), ("شارع الكورنيش", "Corniche Street")),
    (("الشارقة", "Sharjah"), ("المجاز", "Al Majaz"), ("شارع الخان", "Al Khan Street")),
    (("رأس الخيمة", "Ras Al Khaimah"), ("النخيل", "Al Nakheel"), ("شارع عُمان", "Oman Street")),
)


def phone(dice: Dice, country: Country) -> str:
    """A mobile number of ``country`` as E.164."""
    prefixes, rest = _MOBILE[country]
    return f"{country.facts.dial}{dice.pick(prefixes)}{dice.digits(rest)}"


def address(dice: Dice, country: Country, city: str = "") -> dict[str, str]:
    """The locators of an address in ``country``; words in Latin letters, and in Arabic under ``<locator>_ar``.

    ``city`` is the Latin name of a city that the address is to be in, where one of the tables knows it.
    """
    return _MAKERS[country](dice, _GOVERNORATE.get(city, city))


def _saudi(dice: Dice, near: str) -> dict[str, str]:
    city, district, street, region = dice.pick(_within(_SA, near))
    building = str(dice.number(2000, 8999))
    letters = region + "".join(dice.pick("ABDEFGHJKLMNQRSTUVXZ") for _ in range(3))
    return {
        "building_number": building,
        "postal_code": str(dice.number(11411, 34999)),
        "additional_number": str(dice.number(2000, 8999)),
        "unit_number": str(dice.number(1, 40)) if dice.chance(0.5) else "",
        "short_address": letters + building,
    } | _words(street=street, district=district, city=city)


def _qatar(dice: Dice, near: str) -> dict[str, str]:
    return {
        "zone": str(dice.number(1, 91)),
        "street": str(dice.number(100, 990)),
        "building": str(dice.number(1, 180)),
    }


def _kuwait(dice: Dice, near: str) -> dict[str, str]:
    governorate, area = dice.pick(_within(_KW, near))
    flat = dice.chance(0.5)
    return {
        "block": str(dice.number(1, 12)),
        "street": str(dice.number(1, 120)),
        "building": str(dice.number(1, 90)),
        "floor": str(dice.number(1, 12)) if flat else "",
        "unit": str(dice.number(1, 40)) if flat else "",
        "paci_number": str(dice.number(10_000_000, 19_999_999)),
    } | _words(governorate=governorate, area=area)


def _bahrain(dice: Dice, near: str) -> dict[str, str]:
    area, blocks = dice.pick(_within(_BH, near))
    block = dice.number(*blocks)
    return {
        "flat": str(dice.number(1, 60)) if dice.chance(0.5) else "",
        "building": str(dice.number(1, 2500)),
        "road": f"{block % 100:02d}{dice.number(1, 99):02d}",
        "block": str(block),
    } | _words(area=area)


def _oman(dice: Dice, near: str) -> dict[str, str]:
    governorate, wilayat, area = dice.pick(_within(_OM, near))
    return {
        "way": str(dice.number(1000, 5999)),
        "building": str(dice.number(1, 900)),
        "unit": str(dice.number(1, 30)) if dice.chance(0.5) else "",
    } | _words(governorate=governorate, wilayat=wilayat, area=area)


def _emirates(dice: Dice, near: str) -> dict[str, str]:
    emirate, area, street = dice.pick(_within(_AE, near))
    return {
        "po_box": str(dice.number(100, 99999)),
        "makani": f"{dice.number(10000, 39999)}{dice.number(70000, 99999)}" if emirate[1] == "Dubai" else "",
    } | _words(emirate=emirate, area=area, street=street)


def _within(places: tuple[PlaceT, ...], city: str) -> tuple[PlaceT, ...]:
    """The places that are in the city, or all of them where none is."""
    return tuple(place for place in places if any(city in part for part in place if isinstance(part, tuple))) or places


def _words(**pairs: Words) -> dict[str, str]:
    words: dict[str, str] = {}
    for locator, (arabic, latin) in pairs.items():
        words[locator], words[f"{locator}_ar"] = latin, arabic
    return words


_MAKERS: Mapping[Country, Callable[[Dice, str], dict[str, str]]] = {
    Country.BH: _bahrain,
    Country.KW: _kuwait,
    Country.OM: _oman,
    Country.QA: _qatar,
    Country.SA: _saudi,
    Country.AE: _emirates,
}
