"""The result files of the stand-in of Oman, about its synthetic people; everything in them is invented."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Final, TypeAlias

from gateway.sdk import Country
from gateway.sdk import sandbox as kit

Rows: TypeAlias = Sequence[Mapping[str, str]]

ZONE: Final = timezone(timedelta(hours=4))
VERSION: Final = "1.0"
NOW: Final = "{now}"
"""Where a primed file says this, the moment at which its data is fresh is written."""

FEW_MINUTES: Final = timedelta(minutes=10)

_ARABIC_DIGITS: Final = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_GENDER = {"male": "ذكر", "female": "أنثى"}
_STANDING = {"citizen": "مواطن", "resident": "مقيم", "gcc_visitor": "خليجي"}
_FINE = {"unpaid": "غير مسددة", "paid": "مسددة", "disputed": "معترض عليها", "cancelled": "ملغاة"}
_COMPANY = {
    "active": "نشط",
    "suspended": "موقوف",
    "expired": "منتهي",
    "cancelled": "ملغى",
    "in_liquidation": "تحت التصفية",
}
_CONTRIBUTION = {"paid": "مسدد", "due": "مستحق", "late": "متأخر"}
_ISSUERS = {"Dubai": "دبي", "Abu Dhabi": "أبوظبي", "Sharjah": "الشارقة"}
_OMANI_LETTERS = dict(zip("ABDHMRSTWY", "أبدهمرسطوي", strict=True))
_LETTERS: Mapping[Country, Mapping[str, str]] = {Country.OM: _OMANI_LETTERS, Country.SA: kit.SAUDI_LETTERS}


class Pen:
    """How one file is written: some with a full stop, some with ``٫``, some in Arabic-Indic digits throughout."""

    def __init__(self, about: str) -> None:
        last = about[-1:]
        self._style = int(last) % 3 if last.isdecimal() else 0

    def money(self, amount: Decimal) -> str:
        if self._style == 2:
            return f"{amount:,.3f}".replace(",", "٬").replace(".", "٫")
        return f"{amount:.3f}".replace(".", "٫") if self._style else f"{amount:.3f}"

    def none(self, text: str = "") -> str:
        """The text, or how this file says that there is none."""
        return text or ("لا يوجد" if self._style == 2 else "")

    def finish(self, text: str) -> bytes:
        """The file as bytes, with its byte order mark."""
        return (text.translate(_ARABIC_DIGITS) if self._style == 2 else text).encode("utf-8-sig")


def file(agency: str, as_of: datetime, rows: Rows, pen: Pen) -> bytes:
    """A file of rows that all have the same columns, or lack some."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [["COL", *(columns or ["الرقم_المدني"])]]
    lines += [["ROW", *(row.get(column, "") for column in columns)] for row in rows]
    return _written(agency, as_of, lines, len(rows), pen)


def error(agency: str, as_of: datetime, code: str, words: str) -> bytes:
    """A file that tells of an error in place of rows."""
    return _written(agency, as_of, [["ERR", code, words]], 0, Pen("0"))


def moment(at: datetime) -> str:
    """A moment as the national system writes it."""
    return f"{at.astimezone(ZONE):%d/%m/%Y %H:%M:%S}"


def stamped(reply: kit.Reply, now: datetime) -> kit.Reply:
    """A reply, where a primed one says ``{now}``, with a moment at which its data is fresh."""
    fresh = moment(now - FEW_MINUTES).encode()
    return kit.Reply(reply.status, reply.content_type, reply.body.replace(NOW.encode(), fresh))


def person(someone: kit.SyntheticPerson, pen: Pen) -> Rows:
    """The one row of a person."""
    name = someone.arabic
    return [
        {
            "رقم_القيد": f"{int(someone.identifier[-6:]) + 7_000_000}",
            **_number(someone),
            "الصفة": _STANDING[someone.standing],
            "الاسم_الكامل": name.full,
            "الاسم_الأول": name.given,
            "اسم_الأب": pen.none(name.father),
            "اسم_الجد": pen.none(name.grandfather),
            "القبيلة": name.family,
            "الجنس": _GENDER[someone.gender],
            "الجنسية": kit.NUMERIC[someone.nationality],
            "تاريخ_الميلاد": _day(someone.birth),
            "الحالة": "على قيد الحياة" if someone.alive else "متوفى",
            "انتهاء_البطاقة": _day(someone.document_expires),
            "الهاتف": _phone(someone.phone),
            **_address(someone.address, pen),
            "رقم_البطاقة": f"{int(someone.identifier[-5:]) + 300_000}",
        }
    ]


def fines(found: Iterable[kit.SyntheticFine], people: kit.Population, pen: Pen) -> Rows:
    """A row for each fine, the newest first."""
    return [
        {
            "رقم_المخالفة": fine.reference,
            **_number(people.person(fine.identifier)),
            "رمز_المخالفة": fine.violation_code,
            "وصف_المخالفة": fine.violation_ar,
            "وقت_المخالفة": moment(fine.occurred_at),
            "رقم_اللوحة": fine.plate_number,
            "رمز_اللوحة": _letters(fine),
            "فئة_اللوحة": "خصوصي",
            "جهة_اللوحة": pen.none(_ISSUERS.get(fine.plate_issuer, "")),
            "دولة_اللوحة": fine.plate_country.facts.numeric,
            "المبلغ": pen.money(fine.amount),
            "السداد": _FINE[fine.status],
            "الموقع": fine.location_ar,
            "الجهة": fine.authority_ar,
            "رقم_الجهاز": fine.reference[-3:],
        }
        for fine in found
    ]


def entries(companies: Iterable[kit.SyntheticCompany], people: kit.Population, pen: Pen) -> Rows:
    """An entry for each registration, followed by its activities and parties."""
    return [line for company in companies for line in _entry(company, people, pen)]


def months(found: Iterable[kit.SyntheticContribution], people: kit.Population, pen: Pen) -> Rows:
    """A row for each month, the oldest first."""
    return [
        {
            "رقم_الحساب": f"{int(month.identifier[-6:]) + 5_000_000}",
            **_number(people.person(month.identifier)),
            "رقم_صاحب_العمل": month.employer_number,
            "صاحب_العمل": month.employer_ar,
            "الشهر": f"{month.period[5:]}/{month.period[:4]}",
            "الأجر": pen.money(month.wage),
            "حصة_العامل": pen.money(month.employee_share),
            "حصة_صاحب_العمل": pen.money(month.employer_share),
            "الحالة": _CONTRIBUTION[month.status],
            "تاريخ_السداد": _day(month.paid_on) if month.paid_on else pen.none(),
            "الأشهر_المحتسبة": str(place),
            "رقم_الإيصال": f"{place:05d}" if month.paid_on else pen.none(),
        }
        for place, month in enumerate(found, start=1)
    ]


def _entry(company: kit.SyntheticCompany, people: kit.Population, pen: Pen) -> Iterable[Mapping[str, str]]:
    yield {
        "نوع_السطر": "سجل",
        "رقم_السجل": company.number,
        "الاسم_التجاري": company.name_ar,
        "الشكل_القانوني": company.form_ar,
        "رمز_الشكل": company.form_code,
        "حالة_السجل": _COMPANY[company.status],
        "تاريخ_التسجيل": _day(company.issued),
        "تاريخ_الانتهاء": _day(company.expires),
        "رأس_المال": pen.money(company.capital),
        "نوع_السجل": "رئيسي" if company.is_main else "فرع",
        "السجل_الرئيسي": pen.none(company.main_number or ""),
        "المدينة": company.city_ar,
        **_address(company.address, pen),
        "رقم_الغرفة": company.number[-5:],
    }
    for code, arabic, _ in company.activities:
        yield {"نوع_السطر": "نشاط", "رقم_السجل": company.number, "رمز_النشاط": code, "النشاط": arabic}
    role = "مالك" if len(company.owners) == 1 else "شريك"
    for identifier, share in company.owners:
        yield _party(company, people.person(identifier), role, f"{share:f}")
    yield _party(company, people.person(company.manager), "مدير", pen.none())


def _party(
    company: kit.SyntheticCompany, someone: kit.SyntheticPerson | None, role: str, share: str
) -> Mapping[str, str]:
    return {
        "نوع_السطر": "طرف",
        "رقم_السجل": company.number,
        **_number(someone),
        "اسم_الطرف": someone.arabic.full if someone else "",
        "صفة_الطرف": role,
        "النسبة": share.replace(".", "٫"),
        "الجنسية": kit.NUMERIC[someone.nationality] if someone else "",
    }


def _written(agency: str, as_of: datetime, lines: list[list[str]], count: int, pen: Pen) -> bytes:
    text = io.StringIO()
    heading, end = ["HDR", agency, moment(as_of), VERSION], ["END", str(count)]
    csv.writer(text, delimiter=";").writerows([heading, *lines, end])
    return pen.finish(text.getvalue())


def _number(someone: kit.SyntheticPerson | None) -> Mapping[str, str]:
    """The civil number, or the number of home, and the state that issued it."""
    if someone is None:
        return {"الرقم_المدني": "", "دولة_الرقم": ""}
    return {"الرقم_المدني": someone.identifier, "دولة_الرقم": someone.home.facts.numeric}


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _phone(number: str) -> str:
    """Numbers of Oman come without a prefix, those of other states with ``00``."""
    dial = Country.OM.facts.dial
    return number.removeprefix(dial) if number.startswith(dial) else f"00{number[1:]}"


def _letters(fine: kit.SyntheticFine) -> str:
    table = _LETTERS.get(fine.plate_country, {})
    return " ".join(table.get(letter, letter) for letter in fine.plate_letters) if table else fine.plate_letters


def _address(parts: Mapping[str, str], pen: Pen) -> Mapping[str, str]:
    return {
        "المحافظة": pen.none(parts.get("governorate_ar", "")),
        "الولاية": pen.none(parts.get("wilayat_ar", "")),
        "المنطقة": pen.none(parts.get("area_ar", "")),
        "السكة": pen.none(parts.get("way", "")),
        "المبنى": pen.none(parts.get("building", "")),
        "الوحدة": pen.none(parts.get("unit", "")),
    }
