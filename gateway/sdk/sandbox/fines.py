"""Invented traffic fines: the offences are those of every road, the codes and amounts are made up for each state."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from gateway.schema.country import Country
from gateway.sdk.sandbox.careers import TODAY
from gateway.sdk.sandbox.dice import Dice, whole
from gateway.sdk.sandbox.model import FineStatus, SyntheticFine, SyntheticPerson
from gateway.sdk.sandbox.personas import biography_of
from gateway.sdk.sandbox.plates import Plate, vehicles_of

_OFFENCES = (
    ("تجاوز السرعة المحددة بما لا يزيد على 20 كم/س", "Exceeding the speed limit by up to 20 km/h"),
    ("تجاوز السرعة المحددة بما يزيد على 20 ولا يتجاوز 40 كم/س", "Exceeding the speed limit by 20 to 40 km/h"),
    ("تجاوز السرعة المحددة بما يزيد على 60 كم/س", "Exceeding the speed limit by more than 60 km/h"),
    ("قطع الإشارة الضوئية الحمراء", "Running a red light"),
    ("استخدام الهاتف باليد أثناء القيادة", "Using a hand-held phone while driving"),
    ("عدم ربط حزام الأمان", "Not wearing a seat belt"),
    ("الوقوف في مكان ممنوع", "Parking where it is prohibited"),
    ("الوقوف في المواقف المخصصة لذوي الإعاقة", "Parking in a space reserved for people with disabilities"),
    ("التجاوز من كتف الطريق", "Overtaking on the hard shoulder"),
    ("قيادة مركبة انتهت رخصة تسييرها", "Driving a vehicle with expired registration"),
    ("عدم التقيد بخط السير", "Failing to keep to the lane"),
)
_POINTS = (0, 0, 12, 12, 4, 4, 0, 6, 6, 4, 0)


@dataclass(frozen=True, slots=True)
class _Code:
    """How a state fines: its code of each offence, the amount of each, and its discount for paying soon."""

    codes: tuple[str, ...]
    amounts: tuple[int, ...]
    reference: str
    discount: Decimal | None = None
    counts_points: bool = False


_CODES: Mapping[Country, _Code] = {
    Country.BH: _Code(
        tuple(f"TR-{number:03d}" for number in (11, 12, 14, 21, 31, 35, 41, 44, 52, 61, 63)),
        (20, 40, 100, 50, 50, 20, 10, 50, 50, 20, 10),
        "BHT{year}{serial:07d}",
        Decimal("0.5"),
    ),
    Country.KW: _Code(
        ("207-1", "207-2", "207-4", "301", "318", "322", "410", "411", "325", "512", "330"),
        (20, 40, 100, 150, 75, 30, 15, 150, 50, 20, 15),
        "{serial:08d}",
    ),
    Country.OM: _Code(
        ("1001", "1002", "1004", "1101", "1201", "1202", "1301", "1302", "1105", "1401", "1106"),
        (10, 15, 50, 50, 15, 10, 10, 20, 35, 20, 10),
        "ROP-{year}-{serial:06d}",
    ),
    Country.QA: _Code(
        ("3-1", "3-2", "3-4", "5-1", "7-2", "7-3", "9-1", "9-4", "5-6", "11-1", "5-9"),
        (300, 400, 1000, 6000, 500, 500, 300, 1000, 1000, 500, 500),
        "{year}{serial:08d}",
        Decimal("0.5"),
    ),
    Country.SA: _Code(
        ("1/12", "1/13", "1/15", "4/1", "3/7", "3/9", "2/4", "2/9", "5/2", "3/1", "2/11"),
        (150, 300, 1500, 3000, 500, 150, 100, 500, 1000, 150, 300),
        "10{serial:08d}",
        Decimal("0.25"),
    ),
    Country.AE: _Code(
        ("F001", "F002", "F004", "F021", "F035", "F037", "F050", "F054", "F060", "F071", "F063"),
        (300, 600, 2000, 1000, 800, 400, 500, 1000, 1000, 500, 400),
        "7{year}{serial:07d}",
        Decimal("0.35"),
        counts_points=True,
    ),
}

_TRAFFIC = ("الإدارة العامة للمرور", "General Directorate of Traffic")
_OMAN_POLICE = ("شرطة عُمان السلطانية", "Royal Oman Police")
_PLACES: Mapping[Country, tuple[tuple[tuple[str, str], tuple[str, str]], ...]] = {
    Country.BH: (
        (("شارع الشيخ خليفة بن سلمان", "Shaikh Khalifa bin Salman Highway"), _TRAFFIC),
        (("شارع الشيخ عيسى بن سلمان", "Shaikh Isa bin Salman Highway"), _TRAFFIC),
        (("جسر الملك فهد", "King Fahd Causeway"), _TRAFFIC),
        (("شارع المعارض، المنامة", "Exhibition Avenue, Manama"), _TRAFFIC),
    ),
    Country.KW: (
        (("طريق الفحيحيل السريع", "Fahaheel Expressway"), _TRAFFIC),
        (("شارع الخليج العربي", "Arabian Gulf Street"), _TRAFFIC),
        (("الدائري الخامس", "Fifth Ring Road"), _TRAFFIC),
        (("طريق الجهراء", "Jahra Road"), _TRAFFIC),
    ),
    Country.OM: (
        (("شارع السلطان قابوس", "Sultan Qaboos Street"), _OMAN_POLICE),
        (("طريق الباطنة السريع", "Al Batinah Expressway"), _OMAN_POLICE),
        (("شارع 18 نوفمبر، مسقط", "18th November Street, Muscat"), _OMAN_POLICE),
        (("طريق نزوى", "Nizwa Road"), _OMAN_POLICE),
    ),
    Country.QA: (
        (("شارع الكورنيش، الدوحة", "Corniche Street, Doha"), _TRAFFIC),
        (("طريق سلوى", "Salwa Road"), _TRAFFIC),
        (("طريق الشمال", "Al Shamal Road"), _TRAFFIC),
        (("طريق دخان السريع", "Dukhan Highway"), _TRAFFIC),
    ),
    Country.SA: (
        (("طريق الملك فهد، الرياض", "King Fahd Road, Riyadh"), _TRAFFIC),
        (("طريق المدينة، جدة", "Madinah Road, Jeddah"), _TRAFFIC),
        (("طريق الدمام السريع", "Dammam Highway"), _TRAFFIC),
        (("الطريق الدائري الشمالي", "Northern Ring Road"), _TRAFFIC),
    ),
    Country.AE: (
        (("شارع الشيخ زايد", "Sheikh Zayed Road"), ("شرطة دبي", "Dubai Police")),
        (("شارع الشيخ محمد بن زايد", "Sheikh Mohammed bin Zayed Road"), ("شرطة دبي", "Dubai Police")),
        (("شارع الكورنيش، أبوظبي", "Corniche Road, Abu Dhabi"), ("شرطة أبوظبي", "Abu Dhabi Police")),
        (("شارع الاتحاد", "Al Ittihad Road"), ("شرطة الشارقة", "Sharjah Police")),
    ),
}
_STATUSES: tuple[tuple[FineStatus, int], ...] = (("unpaid", 50), ("paid", 42), ("disputed", 4), ("cancelled", 4))
_OF_A_PERSONA: tuple[FineStatus, ...] = ("unpaid", "paid", "unpaid", "disputed")

MANY = 37
"""How many fines the state's worst driver has: more than one page of any sandbox."""


def fines_of(country: Country, people: tuple[SyntheticPerson, ...]) -> tuple[SyntheticFine, ...]:
    """The fines that ``country`` holds against ``people``: about half have none, one citizen has ``MANY``."""
    serials: set[int] = set()
    worst = next(each for each in people if _drives(each) and not biography_of(each.home, each.identifier))
    return tuple(fine for person in people for fine in _of_person(country, person, person is worst, serials))


def _of_person(country: Country, person: SyntheticPerson, worst: bool, serials: set[int]) -> list[SyntheticFine]:
    dice = Dice("fines", country, person.identifier)
    biography = biography_of(person.home, person.identifier)
    if biography:
        count = (4 if person.home is country else 3) if country in biography.fined_in else 0
    elif worst:
        count = MANY
    else:
        count = dice.number(1, 6) if _drives(person) and dice.chance(0.5) else 0
    vehicles = vehicles_of(person)
    fines = [_fine(dice, country, person, vehicles[0 if dice.chance(0.8) else 1], serials) for _ in range(count)]
    if biography:
        fines = [_settled(fine, status) for fine, status in zip(fines, _OF_A_PERSONA, strict=False)]
    return sorted(fines, key=lambda fine: fine.occurred_at, reverse=True)


def _drives(person: SyntheticPerson) -> bool:
    return person.alive and person.birth < date(2005, 1, 1)


def _fine(dice: Dice, country: Country, person: SyntheticPerson, vehicle: Plate, serials: set[int]) -> SyntheticFine:
    code, offence = _CODES[country], dice.number(0, len(_OFFENCES) - 1)
    (location, authority) = dice.pick(_PLACES[country])
    midnight = datetime.combine(dice.day(TODAY - timedelta(days=1000), TODAY), datetime.min.time())
    occurred = midnight.replace(tzinfo=country.facts.zone) - timedelta(seconds=dice.number(60, 86_000))
    serial = dice.number(100_000, 999_999)
    while serial in serials:
        serial = dice.number(100_000, 999_999)
    serials.add(serial)
    amount = whole(code.amounts[offence], country.facts.decimals)
    return SyntheticFine(
        reference=code.reference.format(year=occurred.year, serial=serial),
        identifier=person.identifier,
        plate_number=vehicle.number,
        plate_letters=vehicle.letters,
        plate_category=vehicle.category,
        violation_code=code.codes[offence],
        violation_ar=_OFFENCES[offence][0],
        violation_en=_OFFENCES[offence][1],
        occurred_at=occurred,
        amount=amount,
        status=dice.weighted(_STATUSES),
        black_points=_POINTS[offence] if code.counts_points else None,
        location_ar=location[0],
        location_en=location[1],
        authority_ar=authority[0],
        authority_en=authority[1],
        plate_country=person.home,
        plate_issuer=vehicle.issuer,
        discounted=(amount * (1 - code.discount)).quantize(amount) if code.discount else None,
        due=occurred.date() + timedelta(days=60) if country in (Country.SA, Country.QA) else None,
    )


def _settled(fine: SyntheticFine, status: FineStatus) -> SyntheticFine:
    return replace(fine, status=status)
