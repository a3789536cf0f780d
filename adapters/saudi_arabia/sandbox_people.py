"""Synthetic people in the words of the stand-in's population register."""

from collections.abc import Iterator
from datetime import timedelta
from zlib import crc32

from adapters.saudi_arabia.sandbox_writing import (
    NULL,
    Values,
    code_of,
    dmy,
    flag,
    hijri_dmy,
    strikes,
    untidily,
)
from gateway.sdk import sandbox as kit

_PLACES = ("أحوال الرياض", "أحوال جدة", "أحوال الدمام")
_OCCUPATIONS = ("مهندس", "محاسب", "معلم", "فني", "مدير مبيعات")
_GENDERS = {"male": "M", "female": "F"}
_CARD_YEARS = timedelta(days=3543)
_IQAMA_YEAR = timedelta(days=354)

# A point of each city; longitude stands first, as the real register writes it.
_POINTS = {"Riyadh": "46.68 24.72", "Jeddah": "39.17 21.54", "Dammam": "50.10 26.43"}


def citizen(person: kit.SyntheticPerson) -> Values:
    """A citizen: names in Arabic only, birth in the Hijri calendar, and for some in both."""
    name, key = person.arabic, person.identifier
    values = {
        "nin": key,
        "firstName": name.given,
        "fatherName": name.father,
        "grandFatherName": name.grandfather,
        "subtribeName": NULL,
        "familyName": name.family,
        "gender": _GENDERS[person.gender],
        "dateOfBirthH": hijri_dmy(untidily(person.birth, key, 7)),
        "idIssueDate": hijri_dmy(person.document_expires - _CARD_YEARS),
        "idExpiryDate": hijri_dmy(person.document_expires),
        "idIssuePlace": _PLACES[_number(key) % len(_PLACES)],
        "idVersionNumber": str(1 + _number(key) % 4),
        "jobDesc": NULL,
        "lifeStatus": _life(person),
        "logId": _log(person),
    }
    # Where the Hijri writing is wrong there is a Gregorian one beside it, or nobody could see that.
    if strikes("pair", key, 7) or strikes("both calendars", key, 3):
        values["dateOfBirthG"] = dmy(person.birth)
    return values


def resident(person: kit.SyntheticPerson) -> Values:
    """A resident: names in both scripts, birth in the Gregorian calendar, the card in the Hijri one or in both."""
    arabic, latin, key = person.arabic, person.latin, person.identifier
    values = {
        "iqamaNumber": key,
        "firstName": arabic.given,
        "secondName": arabic.father or NULL,
        "thirdName": arabic.grandfather or NULL,
        "lastName": arabic.family,
        "englishFirstName": latin.given.upper(),
        "englishSecondName": latin.father.upper() or NULL,
        "englishThirdName": latin.grandfather.upper() or NULL,
        "englishLastName": latin.family.upper(),
        "gender": _GENDERS[person.gender],
        "dateOfBirthG": dmy(person.birth),
        "nationalityCode": code_of(person.nationality),
        "nationalityDesc": kit.DEMONYMS[person.nationality][0],
        "iqamaIssueDateH": hijri_dmy(person.document_expires - _IQAMA_YEAR),
        "iqamaIssuePlaceDesc": _PLACES[_number(key) % len(_PLACES)],
        "iqamaExpiryDateH": hijri_dmy(untidily(person.document_expires, key, 7)),
        "occupationDesc": _OCCUPATIONS[_number(key) % len(_OCCUPATIONS)],
        "sponsorName": "مؤسسة الكفالة الافتراضية",
        "sponsorMoiNumber": f"70{_number(key) % 10**8:08d}",
        "lifeStatus": _life(person),
        "logId": _log(person),
    }
    if strikes("pair", key, 7) or strikes("both calendars", key, 2):
        values["iqamaExpiryDateG"] = dmy(person.document_expires)
    return values


def gulf_citizen(person: kit.SyntheticPerson) -> Values:
    """A citizen of another Gulf state, known by the number and the nationality of home."""
    name = person.arabic
    return {
        "gccNIN": person.identifier,
        "gccNationality": code_of(person.home),
        "firstName": name.given,
        "fatherName": name.father or NULL,
        "grandFatherName": name.grandfather or NULL,
        "familyName": name.family,
        "gender": _GENDERS[person.gender],
        "dateOfBirthH": hijri_dmy(person.birth),
        "lifeStatusCode": "1" if person.alive else "2",
        "passportNumber": f"P{_number(person.identifier) % 10**8:08d}",
        "passportExpiryDate": dmy(person.document_expires),
        "logId": _log(person),
    }


def addresses(person: kit.SyntheticPerson) -> Iterator[Values]:
    """The national addresses; some people have a second one, which the register lists before the primary."""
    if not person.address:
        return
    if strikes("second address", person.identifier, 8):
        next_door = str(int(person.address["building_number"]) + 1)
        short = person.address["short_address"][:4] + next_door
        work = {**person.address, "building_number": next_door, "short_address": short, "unit_number": ""}
        yield _address(work, "العمل", primary=False)
    yield _address(person.address, "المنزل", primary=True)


def _address(of: Values, title: str, primary: bool) -> Values:
    return {
        "title": title,
        "address": f"{of['building_number']} {of['street_ar']} - {of['district_ar']}",
        "address2": f"{of['city_ar']} {of['postal_code']} - {of['additional_number']}",
        "buildingNumber": of["building_number"],
        "streetName": of["street"],
        "streetL2": of["street_ar"],
        "district": of["district"],
        "districtL2": of["district_ar"],
        "districtId": str(10_100_000 + _number(of["district"]) % 9999),
        "city": of["city"],
        "cityL2": of["city_ar"],
        "cityId": str(1 + _number(of["city"]) % 999),
        "postCode": of["postal_code"],
        "additionalNumber": of["additional_number"],
        "unitNumber": of["unit_number"] or NULL,
        "shortAddress": of["short_address"],
        "regionName": NULL,
        "regionNameL2": NULL,
        "isPrimaryAddress": flag(primary),
        "locationCoordinates": _POINTS[of["city"]],
        "status": "Active",
    }


def _life(person: kit.SyntheticPerson) -> str:
    return "ALIVE" if person.alive else "DECEASED"


def _log(person: kit.SyntheticPerson) -> str:
    return str(100_000_000 + _number(f"log/{person.identifier}") % 900_000_000)


def _number(key: str) -> int:
    return crc32(key.encode())
