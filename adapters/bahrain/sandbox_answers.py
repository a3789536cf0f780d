"""What the stand-in tells of its synthetic people, in the writings that this room's README describes."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from zlib import crc32

from gateway.sdk import Country
from gateway.sdk import sandbox as kit

People = Mapping[str, kit.SyntheticPerson]
"""Everybody who is known, by identifier."""

Document = dict[str, Any]

_FINE: Final = {"unpaid": "UNPAID", "paid": "PAID", "disputed": "OBJECTED", "cancelled": "CANCELLED"}
_COMPANY: Final = {
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "expired": "EXPIRED",
    "cancelled": "DELETED",
    "in_liquidation": "UNDER_LIQUIDATION",
}
_MONTH: Final = {"paid": "PAID", "due": "DUE", "late": "OVERDUE"}
_STANDING: Final = {"citizen": "CITIZEN", "resident": "RESIDENT", "gcc_visitor": "GCC"}
_GENDER: Final = {"male": "M", "female": "F"}
_WEIGHTS: Final = (7, 3, 1)


def one_in(many: int, identifier: str, oddity: str) -> bool:
    """Whether the oddity befalls this person: one in so many, the same ones in every run."""
    return crc32(f"{oddity}:{identifier}".encode()) % many == 0


def person(who: kit.SyntheticPerson) -> Document:
    """A person: whole names and their parts in both scripts, a card with a machine-readable zone, an address."""
    latin = not one_in(9, who.identifier, "latin")
    return {
        **number(who.identifier, who.home),
        "record_no": f"IGA-{crc32(who.identifier.encode()):010d}",
        "standing": _STANDING[who.standing],
        "full_name": _pair(who.arabic.full, who.latin.full.upper() if latin else None),
        "first_name": _pair(who.arabic.given, who.latin.given.upper() if latin else None),
        "father_name": _pair(who.arabic.father, who.latin.father.upper() if latin else None),
        "grandfather_name": _pair(who.arabic.grandfather, who.latin.grandfather.upper() if latin else None),
        "family_name": _pair(who.arabic.family, who.latin.family.upper() if latin else None),
        "birth_date": _birth(who),
        "gender": _GENDER[who.gender],
        "nationality": kit.ALPHA3[who.nationality],
        "life_status": "ALIVE" if who.alive else "DECEASED",
        "card": _card(who),
        "mobile": _mobile(who),
        "email": f"{crc32(who.identifier.encode()):08x}@mail.example",
        "occupation": _pair("موظف", "Employee"),
        "sponsor": {"cr_no": "10001-1"} if who.standing == "resident" else None,
        "address": address(who.address),
    }


def violation(fine: kit.SyntheticFine, people: People) -> Document:
    """A traffic violation; the half that is due while a discount runs is told of unpaid ones only."""
    unpaid = fine.status == "unpaid"
    return {
        **number(fine.identifier, people[fine.identifier].home),
        "violation_no": fine.reference,
        "violation": {
            "code": fine.violation_code,
            "description": _pair(
                fine.violation_ar, None if one_in(7, fine.reference, "english") else fine.violation_en
            ),
        },
        "occurred_at": f"{fine.occurred_at.astimezone(Country.BH.facts.zone):%d/%m/%Y %H:%M:%S}",
        "plate": {
            "number": fine.plate_number,
            "letters": fine.plate_letters or None,
            "category": fine.plate_category,
            "issuer": fine.plate_issuer or None,
            "country": fine.plate_country.facts.alpha3,
        },
        "amount_fils": int(fine.amount * 1000),
        "discounted_fils": int(fine.discounted * 1000) if unpaid and fine.discounted is not None else None,
        "status": _FINE[fine.status],
        "payable_online": unpaid,
        "location": _pair(fine.location_ar, fine.location_en),
        "authority": _pair(fine.authority_ar, fine.authority_en),
        "due_date": _day(fine.due) if fine.due else None,
    }


def registration(company: kit.SyntheticCompany, people: People) -> Document:
    """An entry of the commercial register, with its parties; shares are in hundredths of one per cent."""
    role = "OWNER" if len(company.owners) == 1 else "PARTNER"
    parties = [_party(company, people[owner], role, int(share * 100)) for owner, share in company.owners]
    return {
        "cr_no": company.number,
        "main_cr_no": company.main_number,
        "is_main": company.is_main,
        "trade_name": _pair(company.name_ar, None if one_in(8, company.number, "name") else company.name_en),
        "legal_form": {"code": company.form_code, "name": _pair(company.form_ar, company.form_en)},
        "status": _COMPANY[company.status],
        "registration_date": _day(company.issued),
        "expiry_date": _day(company.expires),
        "capital_fils": int(company.capital * 1000),
        "city": _pair(company.city_ar, company.city_en),
        "email": f"office@{company.number}.example",
        "activities": [{"code": code, "name": _pair(ar, en)} for code, ar, en in company.activities],
        "parties": [*parties, _party(company, people[company.manager], "MANAGER", None)],
        "address": address(company.address),
    }


def contributions(months: Sequence[kit.SyntheticContribution], people: People) -> list[Document]:
    """The months of one person, each with the number of months credited up to it."""
    credited, documents = 0, list[Document]()
    for month in months:
        credited += month.status == "paid"
        documents.append(_contribution(month, people[month.identifier].home, credited))
    return documents


def number(identifier: str, home: Country) -> Document:
    """A CPR, or the number of another Gulf state and the state that gave it."""
    if home is Country.BH:
        return {"cpr": identifier, "gcc_id": None}
    return {"cpr": None, "gcc_id": {"number": identifier, "country": home.facts.alpha3}}


def address(parts: Mapping[str, str]) -> Document | None:
    """An address; the zeros at the beginning of a road are kept."""
    if not parts:
        return None
    return {
        "flat": parts["flat"] or None,
        "building": parts["building"],
        "road": parts["road"],
        "block": parts["block"],
        "area": _pair(parts["area_ar"], parts["area"]),
    }


def has_short_cpr(company: kit.SyntheticCompany) -> bool:
    """Whether the company's parties went through a spreadsheet, which takes the zeros off a CPR."""
    return one_in(3, company.number, "spreadsheet")


def mrz_line_2(birth: date, sex: str, expires: date, nationality: str) -> str:
    """Line 2 of the card's machine-readable zone, as ICAO 9303 part 5 writes it, without optional data."""
    first, second = f"{birth:%y%m%d}", f"{expires:%y%m%d}"
    # The composite check digit reaches over line 1 as well, which is not told; it stands as zero.
    return f"{first}{_check(first)}{sex}{second}{_check(second)}{nationality}{'<' * 11}0"


def _check(characters: str) -> int:
    return sum(int(digit) * _WEIGHTS[place % 3] for place, digit in enumerate(characters)) % 10


def _card(who: kit.SyntheticPerson) -> Document:
    """A visitor's document is of home and has no zone here; some cards were reprinted with another last day."""
    document: Document = {"expiry_date": _day(who.document_expires)}
    if who.standing == "gcc_visitor":
        return document
    reprinted = one_in(9, who.identifier, "card")
    printed = who.document_expires - timedelta(days=365) if reprinted else who.document_expires
    zone = mrz_line_2(who.birth, _GENDER[who.gender], printed, kit.ALPHA3[who.nationality])
    return document | {"card_no": f"C{crc32(who.identifier.encode()):010d}", "mrz_line_2": zone}


def _birth(who: kit.SyntheticPerson) -> str:
    """Of some who were born before 1970, only the year is registered."""
    if who.birth.year < 1970 and one_in(5, who.identifier, "birth"):
        return f"00/00/{who.birth.year}"
    return _day(who.birth)


def _mobile(who: kit.SyntheticPerson) -> str | None:
    """With 973, with 00973 or without; visitors' with the code of home."""
    if one_in(12, who.identifier, "no telephone"):
        return None
    digits = who.phone.removeprefix("+")
    if one_in(3, who.identifier, "zeros"):
        return f"00{digits}"
    return digits.removeprefix("973") if one_in(2, who.identifier, "short phone") else digits


def _party(company: kit.SyntheticCompany, who: kit.SyntheticPerson, role: str, share: int | None) -> Document:
    numbers = number(who.identifier, who.home)
    if numbers["cpr"] and has_short_cpr(company):
        numbers["cpr"] = numbers["cpr"].lstrip("0")
    return {
        **numbers,
        "name": _pair(who.arabic.full, who.latin.full.upper()),
        "nationality": kit.ALPHA3[who.nationality],
        "role": role,
        "share_bp": share,
    }


def _contribution(month: kit.SyntheticContribution, home: Country, credited: int) -> Document:
    key = f"{month.identifier}:{month.employer_number}:{month.period}"
    return {
        **number(month.identifier, home),
        "contribution_no": f"SIO-{crc32(key.encode()):010d}",
        "employer": {"number": month.employer_number, "name": _pair(month.employer_ar, month.employer_en)},
        "month": f"{month.period[5:]}/{month.period[:4]}",
        "wage_fils": int(month.wage * 1000),
        "insured_fils": int(month.employee_share * 1000),
        "employer_fils": int(month.employer_share * 1000),
        "status": _MONTH[month.status],
        "paid_date": _day(month.paid_on) if month.paid_on else None,
        "credited_months": credited,
        "extension_scheme": home is not Country.BH,
    }


def _pair(ar: str | None, en: str | None) -> Document:
    return {"ar": ar or None, "en": en or None}


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"
