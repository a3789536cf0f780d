"""What the stand-in tells of its synthetic people, in the writings that the real system is known or supposed to use."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from hashlib import sha256

from adapters.qatar.sandbox_xml import Record
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

People = Mapping[str, kit.SyntheticPerson]
"""Everybody who is known, by identifier."""

_ARABIC = str.maketrans("0123456789,.", "٠١٢٣٤٥٦٧٨٩٬٫")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_FINE = {"unpaid": "UNPAID", "paid": "PAID", "disputed": "UNDER OBJECTION", "cancelled": "CANCELLED"}
_COMPANY = {
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "expired": "EXPIRED",
    "cancelled": "CANCELLED",
    "in_liquidation": "UNDER LIQUIDATION",
}
_MONTH = {"paid": "PAID", "due": "DUE", "late": "OVERDUE"}
_GENDER = {"male": "M", "female": "F"}


def one_in(many: int, identifier: str, oddity: str) -> bool:
    """Whether the oddity befalls this person: one in so many, the same ones in every run."""
    # A checksum would not do: it is linear, so the oddities of one person would hang together.
    return _seed(f"{oddity}:{identifier}") % many == 0


def arabic(text: str) -> str:
    """The text with Arabic-Indic digits and separators."""
    return text.translate(_ARABIC)


def person(who: kit.SyntheticPerson) -> Record:
    """``person``: whole names in capitals, Arabic for most, numbers in Arabic digits for some."""
    return {
        "identity": identity(who),
        "name": _name(who),
        "birthDate": written_day(who.birth, who.identifier),
        "gender": _GENDER[who.gender],
        "lifeStatus": "ALIVE" if who.alive else "DECEASED",
        "cardExpiry": written_day(who.document_expires, who.identifier),
        "cardSerial": f"{_seed(who.identifier) % 10**10:010d}",
        "mobile": _mobile(who),
        "sponsor": "شركة الكفيل للتجارة" if who.standing == "resident" else None,
        "visaType": "WORK" if who.standing == "resident" else None,
        "address": address(who.address, who.identifier),
    }


def violations(fines: Sequence[kit.SyntheticFine], people: People) -> Record:
    """The list of violations."""
    return {"@total": arabic(str(len(fines))), "violation": [_violation(fine, people) for fine in fines]}


def registrations(companies: Sequence[kit.SyntheticCompany], people: People) -> Record:
    """The list of registrations with their parties."""
    return {"@total": arabic(str(len(companies))), "registration": [_registration(each, people) for each in companies]}


def contributions(months: Sequence[kit.SyntheticContribution], people: People) -> Record:
    """The list of months, each with the number of months credited up to it."""
    credited, items = 0, []
    for month in months:
        credited += month.status == "paid"
        items.append(_contribution(month, people[month.identifier], credited))
    return {"@total": arabic(str(len(months))), "contribution": items}


def identity(who: kit.SyntheticPerson) -> Record:
    """A QID, or the number of another Gulf state; in Arabic digits for half of the people."""
    return numbered(who.identifier, who.home, kit.ALPHA3[who.nationality])


def numbered(identifier: str, home: Country, nationality: str | None) -> Record:
    """As ``identity``, of somebody who may not be known here."""
    number = arabic(identifier) if one_in(2, identifier, "digits") else identifier
    return {"@type": "QID" if home is Country.QA else "GCC", "number": number, "nationality": nationality}


def address(parts: Mapping[str, str], seed: str) -> Record | None:
    """Zone, street and building, in Arabic digits for half, and the line that says them."""
    if not parts:
        return None
    zone, street, building = parts["zone"], parts["street"], parts["building"]
    numbers = {"zone": zone, "street": street, "building": building}
    if one_in(2, seed, "plate"):
        numbers = {name: arabic(value) for name, value in numbers.items()}
    return {**numbers, "line": arabic(f"المنطقة {zone}، الشارع {street}، المبنى {building}")}


def _name(who: kit.SyntheticPerson) -> Record:
    return {
        "en": who.latin.full.upper(),
        "ar": None if one_in(5, who.identifier, "no Arabic name") else who.arabic.full,
    }


def written_day(day: date, seed: str) -> str:
    """``18-Dec-1993``; for some the day and year are in Arabic digits."""
    text = f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year:04d}"
    return arabic(text) if one_in(3, seed, "dates") else text


def _mobile(who: kit.SyntheticPerson) -> str | None:
    """In Arabic digits; half of the Qatari numbers without 974, and some people have none."""
    if one_in(12, who.identifier, "no telephone"):
        return None
    digits = who.phone.removeprefix("+")
    return arabic(digits.removeprefix("974") if one_in(2, who.identifier, "short phone") else digits)


def _violation(fine: kit.SyntheticFine, people: People) -> Record:
    seed = fine.reference
    at = fine.occurred_at.astimezone(Country.QA.facts.zone)
    return {
        "@number": fine.reference,
        "identity": identity(people[fine.identifier]),
        "code": fine.violation_code,
        "description": _words(fine.violation_en, fine.violation_ar, seed, "description"),
        "date": written_day(at.date(), seed),
        "time": f"{at:%H:%M:%S}",
        "amount": amount(fine.amount),
        "discounted": None if fine.discounted is None else amount(fine.discounted),
        "status": _FINE[fine.status],
        "points": None if fine.black_points is None else arabic(str(fine.black_points)),
        "payable": "Y" if fine.status == "unpaid" else "N",
        "location": _words(fine.location_en, fine.location_ar, seed, "location"),
        "authority": _words(fine.authority_en, fine.authority_ar, seed, "authority"),
        "dueDate": None if fine.due is None else written_day(fine.due, seed),
        "plate": {
            "@country": fine.plate_country.facts.alpha3,
            "number": arabic(fine.plate_number),
            "letters": fine.plate_letters or None,
            "type": fine.plate_category.upper() or None,
            "issuer": fine.plate_issuer or None,
        },
    }


def _registration(company: kit.SyntheticCompany, people: People) -> Record:
    seed = company.number
    role = "OWNER" if len(company.owners) == 1 else "PARTNER"
    parties = [_party(people[owner], role, arabic(str(share))) for owner, share in company.owners]
    # For some branches only the suffix of the number says of which registration they are one.
    silent = one_in(3, seed, "main")
    return {
        "@number": company.number,
        "mainNumber": None if silent or company.main_number is None else arabic(company.main_number),
        "licenceNumber": arabic(f"{_seed(seed) % 10**6:06d}"),
        "tradeName": _words(company.name_en, company.name_ar, seed, "name"),
        "legalForm": {"@code": company.form_code, **_words(company.form_en, company.form_ar, seed, "form")},
        "status": _COMPANY[company.status],
        "issueDate": written_day(company.issued, seed),
        "expiryDate": written_day(company.expires, seed),
        "capital": amount(company.capital),
        "city": {"en": company.city_en.upper(), "ar": company.city_ar},
        "activities": {
            "activity": [
                {"@code": code, "name": {"en": english.upper(), "ar": text}}
                for code, text, english in company.activities
            ]
        },
        "parties": {"party": [*parties, _party(people[company.manager], "MANAGER", None)]},
        "address": address(company.address, seed),
    }


def _party(who: kit.SyntheticPerson, role: str, share: str | None) -> Record:
    return {"@role": role, "identity": identity(who), "name": _name(who), "share": share}


def _contribution(month: kit.SyntheticContribution, who: kit.SyntheticPerson, credited: int) -> Record:
    year, number = month.period.split("-")
    written = f"{_MONTHS[int(number) - 1]}-{year}"
    return {
        "identity": identity(who),
        "employer": {
            "@number": month.employer_number,
            "name": _words(month.employer_en, month.employer_ar, month.employer_number, "employer"),
        },
        "month": arabic(written) if one_in(3, who.identifier, "dates") else written,
        "wage": amount(month.wage),
        "employeeShare": amount(month.employee_share),
        "employerShare": amount(month.employer_share),
        "status": _MONTH[month.status],
        "paidOn": None if month.paid_on is None else written_day(month.paid_on, who.identifier),
        "creditedMonths": arabic(str(credited)),
        "scheme": "GCC EXTENSION" if who.home is not Country.QA else "NATIONAL",
    }


def _words(english: str, text: str, seed: str, oddity: str) -> Record:
    """English in capitals, and Arabic for all but some."""
    return {"en": english.upper(), "ar": None if one_in(6, seed, oddity) else text}


def amount(value: Decimal) -> Record:
    """An amount in riyals, in Arabic digits."""
    return {"@currency": "QAR", "#": arabic(f"{value:,.2f}")}


def _seed(text: str) -> int:
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big")
