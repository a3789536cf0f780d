"""What the stand-in of Nafath says about a person, after the one payload that is public, quirks included."""

from datetime import date, timedelta
from typing import Final
from uuid import uuid4

from hijridate import Gregorian

from gateway.schema.country import Country
from gateway.sdk.sandbox import SyntheticName, SyntheticPerson

ISSUER: Final = "https://nafath.api.elm.sa"
TOKEN_SECONDS: Final = 150
NATIONALITY_CODES: Final = {"SA": 113}
"""Invented but for 304, which the known payload gives to Pakistan."""

_NOT_CONVERTED: Final = 730


def claims_of(person: SyntheticPerson, transaction: str, service: str, audience: str, issued: int) -> dict[str, object]:
    """The claims: identifiers, names in both scripts, dates in pairs, and addresses with the word ``null``."""
    claims: dict[str, object] = {
        "iss": ISSUER,
        "aud": audience,
        "iat": issued,
        "nbf": issued,
        "exp": issued + TOKEN_SECONDS,
        "jti": str(uuid4()),
        "sub": person.identifier,
        "transId": transaction,
        "status": "COMPLETED",
        "ServiceName": service,
        "PersonId": int(person.identifier),
        "jwks_uri": f"{ISSUER}/api/v1/mfa/jwk",
        "gender": person.gender[0].upper(),
        "nationalityCode": NATIONALITY_CODES.get(person.nationality, 304),
        "nationalityDesc": "null",
        **_pair("dateOfBirth", person.birth, person.birth),
    }
    return claims | _names(person.arabic, person.latin) | _card(person) | {"nationalAddress": _address(person)}


def _names(arabic: SyntheticName, latin: SyntheticName) -> dict[str, object]:
    parts = (("first", "given"), ("second", "father"), ("third", "grandfather"), ("last", "family"))
    names: dict[str, object] = {f"{ours}Name": getattr(arabic, theirs) for ours, theirs in parts}
    return names | {f"english{ours.capitalize()}Name": getattr(latin, theirs).upper() for ours, theirs in parts}


def _card(person: SyntheticPerson) -> dict[str, object]:
    """The number under its own name, and the expiry of the card, whose two dates are two years apart."""
    resident = person.standing == "resident"
    kind = "iqama" if resident else "id"
    number: dict[str, object] = {"iqamaNumber" if resident else "nationalId": person.identifier}
    expires = person.document_expires
    return number | _pair(f"{kind}ExpiryDate", expires, expires - timedelta(days=_NOT_CONVERTED))


def _pair(name: str, gregorian: date, hijri: date) -> dict[str, object]:
    """The day as dd-MM-yyyy in both calendars; the Hijri date is that of another day where the two are to disagree."""
    written = Gregorian.fromdate(hijri).to_hijri().dmyformat(separator="-")
    return {f"{name}G": gregorian.strftime("%d-%m-%Y"), f"{name}H": written}


def _address(person: SyntheticPerson) -> list[dict[str, str]]:
    """``L2`` is the Arabic; truth values are text, and coordinates are longitude before latitude."""
    known = person.address
    if person.country is not Country.SA or not known:
        return []
    return [
        {
            "city": known["city"].upper(),
            "cityL2": known["city_ar"],
            "district": f"{known['district']} Dist.",
            "districtL2": known["district_ar"],
            "streetName": known["street"],
            "streetL2": known["street_ar"],
            "postCode": known["postal_code"],
            "buildingNumber": known["building_number"],
            "additionalNumber": known["additional_number"],
            "shortAddress": known["short_address"],
            "unitNumber": "null",
            "isPrimaryAddress": "true",
            "locationCoordinates": "46.68 24.72",
        }
    ]
