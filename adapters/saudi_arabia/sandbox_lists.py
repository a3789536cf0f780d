"""Synthetic fines and contributions in the words of the stand-in's traffic and social insurance services."""

from collections.abc import Iterator, Sequence

from adapters.saudi_arabia.sandbox_writing import NULL, Values, code_of, dmy, flag, hijri_dmy, state_of, untidily
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

_PLATE_TYPES = {"Private": "خصوصي"}


def violation(fine: kit.SyntheticFine, person: kit.SyntheticPerson) -> Values:
    """One violation; three flags in words say where it stands, and for some the two calendars disagree."""
    at, key = fine.occurred_at, fine.reference
    return {
        "violationNumber": key,
        "violatorId": fine.identifier,
        "violatorNationality": state_of(person),
        "violationCode": fine.violation_code,
        "violationDesc": fine.violation_ar,
        "violationDescEn": fine.violation_en,
        "violationDateG": dmy(at.date()),
        "violationDateH": hijri_dmy(untidily(at.date(), key)),
        "violationTime": at.strftime("%H:%M:%S"),
        "amount": str(fine.amount),
        "amountAfterDiscount": NULL if fine.discounted is None else str(fine.discounted),
        "isPaid": flag(fine.status == "paid"),
        "isObjected": flag(fine.status == "disputed"),
        "isCancelled": flag(fine.status == "cancelled"),
        "points": NULL if fine.black_points is None else str(fine.black_points),
        "locationDesc": fine.location_ar,
        "locationDescEn": fine.location_en,
        "authorityDesc": fine.authority_ar,
        "authorityDescEn": NULL,
        "dueDateG": dmy(fine.due),
        "dueDateH": hijri_dmy(fine.due),
        **_plate(fine),
    }


def _plate(fine: kit.SyntheticFine) -> Values:
    letters: Sequence[str] = [fine.plate_letters]
    if fine.plate_country is Country.SA:
        letters = [kit.SAUDI_LETTERS[letter] for letter in fine.plate_letters]
    first, second, third = (*(letter or NULL for letter in letters), NULL, NULL)[:3]
    return {
        "plateNumber": fine.plate_number,
        "plateText1": first,
        "plateText2": second,
        "plateText3": third,
        "plateTypeDesc": _PLATE_TYPES.get(fine.plate_category, NULL),
        "plateCountry": code_of(fine.plate_country),
        "plateSourceDesc": fine.plate_issuer or NULL,
    }


def contributions(held: Sequence[kit.SyntheticContribution], person: kit.SyntheticPerson) -> Iterator[Values]:
    """The months of insurance, oldest first, each with the months credited up to it."""
    credited = 0
    for each in held:
        credited += each.status == "paid"
        year, _, month = each.period.partition("-")
        yield {
            "contributionNumber": f"{each.employer_number}-{year}{month}",
            "contributorId": each.identifier,
            "contributorNationality": state_of(person),
            "establishmentNumber": each.employer_number,
            "establishmentName": each.employer_ar,
            "establishmentNameEn": each.employer_en,
            "contributionMonth": f"{month}-{year}",
            "wage": str(each.wage),
            "contributorShare": str(each.employee_share),
            "establishmentShare": str(each.employer_share),
            "isPaid": flag(each.status == "paid"),
            "isLate": flag(each.status == "late"),
            "paymentDateG": dmy(each.paid_on),
            "paymentDateH": NULL
            if each.paid_on is None
            else hijri_dmy(untidily(each.paid_on, f"{each.identifier}/{each.period}", 11)),
            "creditedMonths": str(credited),
        }
