"""What the stand-in of the Emirates says of its synthetic people, in the bus's own JSON; all of it is invented."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.sdk import Country
from gateway.sdk import sandbox as kit

_STATUS = {"unpaid": "UNPAID", "paid": "PAID", "disputed": "OBJECTED", "cancelled": "CANCELLED"}
_LICENCE = {
    "active": "ACTIVE",
    "suspended": "SUSPENDED",
    "expired": "EXPIRED",
    "cancelled": "CANCELLED",
    "in_liquidation": "UNDER_LIQUIDATION",
}
_CONTRIBUTION = {"paid": "PAID", "due": "DUE", "late": "OVERDUE"}
_TYPE = {"citizen": "CITIZEN", "resident": "RESIDENT", "gcc_visitor": "GCC"}


def number(person: kit.SyntheticPerson) -> Mapping[str, Any]:
    """The number of the person; one Emirates ID in three comes with its hyphens."""
    return {"idn": _written(person.identifier, person.home), "idnIssuer": person.home.facts.alpha3}


def person(someone: kit.SyntheticPerson) -> Mapping[str, Any]:
    """A person of the federal register, with the bus's blanks and fillers."""
    return {
        **number(someone),
        "transactionId": f"ICP-{someone.identifier[-7:]}",
        "residencyType": _TYPE[someone.standing],
        "fullnameAR": _slots(someone.arabic),
        "fullnameEN": _slots(someone.latin),
        "gender": someone.gender.capitalize(),
        "dateOfBirth": someone.birth.isoformat(),
        "nationalityEN": kit.ALPHA3[someone.nationality],
        "isAlive": someone.alive,
        "idCardExpiry": someone.document_expires.isoformat(),
        "mobile": someone.phone.removeprefix("+"),
        "address": _address(someone.address),
        "photoReference": None,
    }


def fines(someone: kit.SyntheticPerson, tickets: Sequence[kit.SyntheticFine]) -> Mapping[str, Any]:
    """The driver's tickets, the newest first."""
    return {**number(someone), "tickets": [_ticket(ticket) for ticket in tickets]}


def licences(companies: Iterable[kit.SyntheticCompany], people: kit.Population) -> Mapping[str, Any]:
    """Licences of the national economic register."""
    return {"licences": [_licence(company, people) for company in companies]}


def contributions(someone: kit.SyntheticPerson, months: Sequence[kit.SyntheticContribution]) -> Mapping[str, Any]:
    """The statement of an insured person."""
    return {
        **number(someone),
        "statementNo": f"GP-{someone.identifier[-7:]}",
        "contributions": [
            {
                "month": month.period,
                "employerNo": month.employer_number,
                "employerAR": month.employer_ar,
                "employerEN": month.employer_en,
                "contributionSalary": str(month.wage),
                "employeeShare": str(month.employee_share),
                "employerShare": str(month.employer_share),
                "status": _CONTRIBUTION[month.status],
                "paymentDate": month.paid_on.isoformat() if month.paid_on else None,
                "transferRef": f"TR{month.period.replace('-', '')}",
            }
            for month in months
        ],
    }


def _ticket(fine: kit.SyntheticFine) -> Mapping[str, Any]:
    return {
        "ticketNo": fine.reference,
        "ticketTime": fine.occurred_at.isoformat(),
        "violationCode": fine.violation_code,
        "violationAR": fine.violation_ar,
        "violationEN": fine.violation_en,
        "amount": str(fine.amount),
        "discountedAmount": str(fine.discounted) if fine.discounted is not None else None,
        "blackPoints": fine.black_points,
        "status": _STATUS[fine.status],
        "dueDate": fine.due.isoformat() if fine.due else None,
        "locationAR": fine.location_ar,
        "locationEN": fine.location_en,
        "sourceAR": fine.authority_ar,
        "sourceEN": fine.authority_en,
        "plate": {
            "countryCode": fine.plate_country.facts.alpha3,
            "emirate": fine.plate_issuer or None,
            "plateCategory": fine.plate_category or None,
            "plateCode": fine.plate_letters or None,
            "plateNo": fine.plate_number,
        },
        "radarSerial": f"RD{fine.reference[-4:]}",
    }


def _licence(company: kit.SyntheticCompany, people: kit.Population) -> Mapping[str, Any]:
    return {
        "registerNo": f"NER-{company.number}",
        "licenceNo": company.number,
        "licenceType": "MAIN" if company.is_main else "BRANCH",
        "mainLicenceNo": company.main_number,
        "unifiedLicenceNo": company.unified_number,
        "tradeNameAR": company.name_ar,
        "tradeNameEN": company.name_en,
        "legalTypeAR": company.form_ar,
        "legalTypeEN": company.form_en,
        "legalTypeCode": company.form_code,
        "status": _LICENCE[company.status],
        "issueDate": company.issued.isoformat(),
        "expiryDate": company.expires.isoformat(),
        "capital": str(company.capital),
        "cityAR": company.city_ar,
        "cityEN": company.city_en,
        "activities": [
            {"activityCode": code, "activityAR": arabic, "activityEN": english}
            for code, arabic, english in company.activities
        ],
        "parties": _parties(company, people),
        "address": _address(company.address),
        "chamberNo": f"DCCI-{company.number[-5:]}",
    }


def _parties(company: kit.SyntheticCompany, people: kit.Population) -> list[Mapping[str, Any]]:
    role = "OWNER" if len(company.owners) == 1 else "PARTNER"
    held = [(identifier, role, str(share)) for identifier, share in company.owners]
    named = [
        (people.person(identifier), role, share)
        for identifier, role, share in [*held, (company.manager, "MANAGER", None)]
    ]
    return [
        {
            **number(someone),
            "nameAR": someone.arabic.full,
            "nameEN": someone.latin.full,
            "nationality": kit.ALPHA3[someone.nationality],
            "role": role,
            "sharePercent": share,
        }
        for someone, role, share in named
        if someone
    ]


def _slots(name: kit.SyntheticName) -> str:
    """Given, father's and grandfather's name, a slot that is never used, family name, and two more of those."""
    return f"{name.given},{name.father} ,{name.grandfather},,{name.family},,"


def _written(identifier: str, home: Country) -> str:
    if home is not Country.AE or int(identifier[-1]) % 3:
        return identifier
    return f"{identifier[:3]}-{identifier[3:7]}-{identifier[7:14]}-{identifier[14]}"


def _address(parts: Mapping[str, str]) -> Mapping[str, Any] | None:
    if not parts:
        return None
    return {
        "emirate": parts["emirate"],
        "area": parts["area"],
        "street": parts["street"],
        "poBox": parts["po_box"],
        "makaniNo": parts["makani"] or "null",
        "postalCode": "00000",
    }
