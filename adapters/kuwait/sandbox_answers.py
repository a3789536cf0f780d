"""What the stand-in tells of its synthetic people, in the writings that the real system is known or supposed to use."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from zlib import crc32

from adapters.kuwait.sandbox_soap import Contract, Many, Value
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

People = Mapping[str, kit.SyntheticPerson]
"""Everybody who is known, by identifier."""

NO_DAY = "0001-01-01T00:00:00"
"""How .NET writes a date that was never set."""

_FINE = {"unpaid": "0", "paid": "1", "disputed": "2", "cancelled": "3"}
_COMPANY = {"active": "1", "suspended": "2", "expired": "3", "cancelled": "4", "in_liquidation": "5"}
_MONTH = {"paid": "1", "due": "2", "late": "3"}
_GENDER = {"male": "1", "female": "2"}
_OWNER, _PARTNER, _MANAGER = "1", "2", "3"
_INDIRECT = frozenset({"207-1", "207-2", "207-4", "301"})


def one_in(many: int, identifier: str, oddity: str) -> bool:
    """Whether the oddity befalls this person: one in so many, the same ones in every run."""
    return crc32(f"{oddity}:{identifier}".encode()) % many == 0


def person(who: kit.SyntheticPerson) -> Contract:
    """``PersonalData``: whole names, two copies of the card's last day, an address with its PACI number."""
    resident = who.standing == "resident"
    expires = _midnight(who.document_expires)
    # The register keeps its own copy of the day, and for some it is the one of the card before.
    stale = one_in(9, who.identifier, "expiry")
    registered = _midnight(who.document_expires - timedelta(days=365)) if stale else expires
    return {
        **number(who.identifier, who.home),
        "FullNameAr": who.arabic.full,
        "FullNameEn": None if one_in(8, who.identifier, "latin") else who.latin.full.upper(),
        "NationalityAr": kit.DEMONYMS[who.nationality][0],
        "NationalityEn": kit.ALPHA3[who.nationality],
        "BirthDate": NO_DAY if one_in(30, who.identifier, "birth") else _midnight(who.birth),
        "Gender": _GENDER[who.gender],
        "MobileNumber": _mobile(who),
        "EmailAddress": f"{who.identifier}@mail.example",
        "BloodGroup": ("A+", "B+", "O+", "AB-")[crc32(who.identifier.encode()) % 4],
        "Photo": None,
        "CardExpiryDate": expires,
        "DocumentNumber": f"D{crc32(who.identifier.encode()):010d}",
        "PassportNumber": None if who.standing == "citizen" else f"P{crc32(who.identifier.encode()) % 10**8:08d}",
        "GovData": {
            "CivilIdExpiryDate": registered,
            "MOIReference": f"{crc32(who.identifier.encode()) % 10**9:09d}",
            "PersonStatus": "1" if who.alive else "2",
            "SponsorName": "شركة الكفيل للتجارة" if resident else None,
        },
        "Address": address(who.address),
    }


def violations(fines: Sequence[kit.SyntheticFine], people: People) -> Many:
    """The list of violations."""
    return Many("Violation", [_violation(fine, people[fine.identifier].home) for fine in fines])


def registrations(companies: Sequence[kit.SyntheticCompany], people: People) -> Many:
    """The list of registrations with their parties."""
    return Many("Registration", [_registration(company, people) for company in companies])


def contributions(months: Sequence[kit.SyntheticContribution], people: People) -> Many:
    """The list of months, each with the number of months credited up to it."""
    credited, items = 0, []
    for month in months:
        credited += month.status == "paid"
        items.append(_contribution(month, people[month.identifier].home, credited))
    return Many("Contribution", items)


def number(identifier: str, home: Country) -> Contract:
    """A civil number, or the number of another Gulf state with its numeric nationality."""
    if home is Country.KW:
        return {"CivilID": identifier, "IDType": "1", "GccNationality": None}
    return {"CivilID": identifier, "IDType": "2", "GccNationality": home.facts.numeric}


def address(parts: Mapping[str, str]) -> Value:
    """An address in Arabic words; ``Governerate`` is spelt as the real system spells it."""
    if not parts:
        return None
    flat = bool(parts["unit"])
    return {
        "Governerate": parts["governorate_ar"],
        "Area": parts["area_ar"],
        "BlockNumber": parts["block"],
        "StreetName": parts["street"],
        "BuildingNumber": parts["building"],
        "BuildingType": "2" if flat else "1",
        "FloorNumber": parts["floor"],
        "UnitNumber": parts["unit"],
        "UnitType": "1" if flat else None,
        "PaciBuildingNumber": parts["paci_number"],
    }


def local(moment: datetime) -> str:
    """A moment on Kuwait's clock, without saying so."""
    return f"{moment.astimezone(Country.KW.facts.zone):%Y-%m-%dT%H:%M:%S}"


def _violation(fine: kit.SyntheticFine, home: Country) -> Contract:
    return {
        **number(fine.identifier, home),
        "Amount": str(fine.amount),
        "IssuerAr": fine.authority_ar,
        "IssuerEn": fine.authority_en,
        "LocationAr": fine.location_ar,
        "LocationEn": None if one_in(6, fine.reference, "location") else fine.location_en,
        "Payable": "1" if fine.status == "unpaid" else "0",
        "PlateCode": fine.plate_letters,
        "PlateCountry": fine.plate_country.facts.numeric,
        "PlateNumber": fine.plate_number,
        "PlateSource": fine.plate_issuer,
        "PlateType": fine.plate_category,
        "StatusCode": _FINE[fine.status],
        "TicketNo": fine.reference,
        "ViolationCode": fine.violation_code,
        "ViolationDate": local(fine.occurred_at),
        "ViolationDescAr": fine.violation_ar,
        "ViolationDescEn": None if one_in(7, fine.reference, "english") else fine.violation_en,
        "ViolationType": "2" if fine.violation_code in _INDIRECT else "1",
    }


def _registration(company: kit.SyntheticCompany, people: People) -> Contract:
    role = _OWNER if len(company.owners) == 1 else _PARTNER
    parties = [_party(people[owner], role, str(share)) for owner, share in company.owners]
    return {
        "Activities": Many(
            "Activity", [{"Code": code, "DescAr": ar, "DescEn": en} for code, ar, en in company.activities]
        ),
        "Address": address(company.address),
        "Capital": str(company.capital),
        "CityAr": company.city_ar,
        "CityEn": company.city_en,
        "CommercialRegistrationNo": company.number,
        "ExpiryDate": _midnight(company.expires),
        "IsMain": "1" if company.is_main else "0",
        "IssueDate": _midnight(company.issued),
        "LegalFormAr": company.form_ar,
        "LegalFormCode": company.form_code,
        "LegalFormEn": company.form_en,
        "MainRegistrationNo": company.main_number,
        "Parties": Many("Party", [*parties, _party(people[company.manager], _MANAGER, None)]),
        "StatusCode": _COMPANY[company.status],
        "TradeNameAr": company.name_ar,
        "TradeNameEn": None if one_in(8, company.number, "name") else company.name_en,
    }


def _party(who: kit.SyntheticPerson, role: str, share: str | None) -> Contract:
    return {
        **number(who.identifier, who.home),
        "FullNameAr": who.arabic.full,
        "FullNameEn": who.latin.full.upper(),
        "NationalityEn": kit.ALPHA3[who.nationality],
        "RoleCode": role,
        "SharePercent": share,
    }


def _contribution(month: kit.SyntheticContribution, home: Country, credited: int) -> Contract:
    return {
        **number(month.identifier, home),
        "ContributionMonth": f"{month.period}-01T00:00:00",
        "CreditedMonths": str(credited),
        "EmployeeShare": str(month.employee_share),
        "EmployerNameAr": month.employer_ar,
        "EmployerNameEn": month.employer_en,
        "EmployerNo": month.employer_number,
        "EmployerShare": str(month.employer_share),
        "ExtensionScheme": "0" if home is Country.KW else "1",
        "PaymentDate": _midnight(month.paid_on) if month.paid_on else NO_DAY,
        "Salary": str(month.wage),
        "StatusCode": _MONTH[month.status],
    }


def _midnight(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def _mobile(who: kit.SyntheticPerson) -> str | None:
    """Without the plus sign; half of the Kuwaiti numbers without 965 too, and some people have none."""
    if one_in(12, who.identifier, "no telephone"):
        return None
    digits = who.phone.removeprefix("+")
    return digits.removeprefix("965") if one_in(2, who.identifier, "short phone") else digits
