"""Synthetic companies in the words of the stand-in's Wathq."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from adapters.saudi_arabia.sandbox_writing import hijri_dmy, hijri_ymd, untidily
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

Json = dict[str, Any]

_STATUSES: Final[Mapping[str, tuple[int, str, str]]] = {
    "active": (1, "فعال", "Active"),
    "suspended": (2, "معلق", "Suspended"),
    "expired": (3, "منتهي", "Expired"),
    "cancelled": (4, "مشطوب", "Deleted"),
    "in_liquidation": (1, "فعال", "Active"),
}
_IDENTITIES: Final[Mapping[str, tuple[int, str, str]]] = {
    "1": (1, "هوية وطنية", "National_ID"),
    "2": (2, "إقامة", "Resident_ID"),
    "": (3, "هوية خليجية", "GCC_ID"),
}
_PARTS: Final = 10_000
"""Into how many parts a company's capital is split, so that shares in hundredths of a per cent are whole numbers."""


def related(person: kit.SyntheticPerson, companies: tuple[kit.SyntheticCompany, ...], english: bool) -> Json:
    """What a person has to do with, briefly."""
    return {
        "name": person.arabic.full,
        "identity": identity(person, english),
        "related": [
            {
                "crNationalNumber": each.unified_number,
                "crNumber": each.number,
                "name": each.name_ar,
                "isMain": each.is_main,
                "status": {"id": _STATUSES[each.status][0], "name": _STATUSES[each.status][1 + english]},
                "relation": _coded((1, "شريك", "Partner"), english),
                "positions": [],
                "parties": [],
            }
            for each in companies
        ],
    }


def full_information(company: kit.SyntheticCompany, people: kit.Population, english: bool) -> Json:
    """All about one company, with the two Hijri orders of the real system in one answer."""
    sole = len(company.owners) == 1
    owners = [(people.person(number), share) for number, share in company.owners]
    manager = people.person(company.manager)
    homes = {owner.nationality for owner, _ in owners if owner}
    one = next(iter(homes)) if len(homes) == 1 else None
    return {
        "crNationalNumber": company.unified_number,
        "crNumber": company.number,
        "versionNo": 1 + company.issued.day % 5,
        "name": company.name_ar,
        "nameLangId": 1,
        "nameLangDesc": "Arabic" if english else "العربية",
        "crCapital": float(company.capital),
        "companyDuration": None if sole else 99,
        "isMain": company.is_main,
        "issueDateGregorian": company.issued.isoformat(),
        "issueDateHijri": hijri_dmy(untidily(company.issued, company.number, 5)),
        "mainCrNationalNumber": None if company.is_main else company.unified_number,
        "mainCrNumber": company.main_number,
        "inLiquidationProcess": company.status == "in_liquidation",
        "hasEcommerce": False,
        "headquarterCityId": int(company.number[:4]),
        "headquarterCityName": company.city_en if english else company.city_ar,
        "isLicenseBased": False,
        "licenseIssuerNationalNumber": None,
        "licenseIssuerName": None,
        "partnersNationalityId": int(kit.NUMERIC[one]) if one else None,
        "PartnersNationalityName": kit.DEMONYMS[one][english] if one else None,
        "entityType": {
            "id": 1 if sole else 2,
            "name": ("Establishment" if sole else "Company") if english else ("مؤسسة" if sole else "شركة"),
            "formId": int(company.form_code),
            "formName": company.form_en if english else company.form_ar,
            "characters": [],
        },
        "status": _status(company, english),
        "contactInfo": {"phoneNo": None, "mobileNo": None, "email": None, "websiteUrl": None},
        "eCommerce": None,
        "capital": None if sole else _capital(company, english),
        "fiscalYear": {"calendarTypeId": 1, "calendarTypeName": "ميلادي", "endMonth": 12, "endDay": 31},
        "parties": [_party(owner, int(share * 100), sole, english) for owner, share in owners if owner],
        "management": {
            "structureName": "Manager" if english else "مدير",
            "managers": [_manager(manager, english)] if manager else [],
        },
        "activities": [{"id": code, "name": en if english else ar} for code, ar, en in company.activities],
    }


def identity(person: kit.SyntheticPerson, english: bool) -> Json:
    """A person's number with its kind."""
    kind = _IDENTITIES[person.identifier[0] if person.home is Country.SA else ""]
    return {"id": person.identifier, "typeId": kind[0], "typeName": kind[1 + english]}


def identity_kind(person: kit.SyntheticPerson) -> str:
    """How the path names the kind of a person's number."""
    return str(identity(person, english=True)["typeName"])


def _status(company: kit.SyntheticCompany, english: bool) -> Json:
    number, arabic, latin = _STATUSES[company.status]
    ended = company.status in ("cancelled", "expired")
    return {
        "id": number,
        "name": latin if english else arabic,
        "confirmationDate": _pair(company.expires - timedelta(days=365), company.number),
        "reactivationDate": None,
        "suspensionDate": _pair(company.expires, "") if company.status == "suspended" else None,
        "deletionDate": _pair(company.expires, "") if ended else None,
    }


def _pair(day: date, key: str) -> Json:
    return {"gregorian": day.isoformat(), "hijri": hijri_ymd(untidily(day, f"confirmation/{key}", 13) if key else day)}


def _capital(company: kit.SyntheticCompany, english: bool) -> Json:
    return {
        "currencyId": 1,
        "currencyName": "Saudi Riyal" if english else "ريال سعودي",
        "contributionCapital": {
            "contributionValue": float(company.capital / _PARTS),
            "totalContributionCount": _PARTS,
        },
        "stockCapital": None,
    }


def _party(person: kit.SyntheticPerson, parts: int, sole: bool, english: bool) -> Json:
    kind = (1, "مالك", "Owner") if sole else (2, "شريك", "Partner")
    return {
        "name": person.arabic.full,
        "typeId": 1,
        "typeName": "Person" if english else "فرد",
        "identity": identity(person, english),
        "partnership": [_coded(kind, english)],
        "partnerShare": None
        if sole
        else {"cashContributionCount": parts, "inKindContributionCount": 0, "totalContributionCount": parts},
        "nationality": _nationality(person, english),
    }


def _manager(person: kit.SyntheticPerson, english: bool) -> Json:
    return {
        "name": person.arabic.full,
        "typeId": 1,
        "typeName": "Person" if english else "فرد",
        "isLicensed": False,
        "identity": identity(person, english),
        "nationality": _nationality(person, english),
        "positions": [_coded((1, "مدير", "Manager"), english)],
    }


def _nationality(person: kit.SyntheticPerson, english: bool) -> Json:
    return _coded((int(kit.NUMERIC[person.nationality]), *kit.DEMONYMS[person.nationality]), english)


def _coded(code: tuple[int, str, str], english: bool) -> Json:
    return {"id": code[0], "name": code[1 + english]}
