"""Commercial registrations: what the register of trade holds, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.oman.batch_file import Row
from adapters.oman.batches import Answer, Operation
from adapters.oman.national import OmanSystem
from adapters.oman.values import (
    address,
    arabic,
    arabic_needed,
    code,
    day,
    nationality,
    needed,
    noted,
    number_of,
    plain,
    rials,
)
from gateway.sdk import Activity, Ask, BackendGarbled, CommercialRegistration, Lookup, Party, decimal, has_party

OPERATION = Operation("CR-ENTRIES", "MOCIIP")

ENTRY, ACTIVITY, PARTY = "سجل", "نشاط", "طرف"
"""The kinds of lines: an entry, and after it its activities and parties under the same number."""

_STATUSES: Mapping[str, Literal["active", "suspended", "expired", "cancelled", "in_liquidation"]] = {
    "نشط": "active",
    "موقوف": "suspended",
    "منتهي": "expired",
    "ملغى": "cancelled",
    "تحت التصفية": "in_liquidation",
}
_ROLES: Mapping[str, Literal["owner", "partner", "manager"]] = {
    "مالك": "owner",
    "شريك": "partner",
    "مدير": "manager",
}
_PLACES: Mapping[str, bool] = {"رئيسي": True, "فرع": False}


class OmanCommercialRegistration(Lookup[OmanSystem, Answer]):
    """By number one registration, by person all those in which they have a part."""

    service = "commercial-registration"

    async def fetch(self, ask: Ask) -> Answer:
        number = ask.inputs.get("registration_number")
        if number is None:
            return await self.system.about_subject(OPERATION, ask)
        return await self.system.about_number(OPERATION, number, ask)

    def normalise(self, answer: Answer, ask: Ask) -> Sequence[CommercialRegistration]:
        records = tuple(_registration(lines, answer.stale, ask) for lines in _entries(answer.rows))
        _refuse_strangers(records, ask)
        return records


def _entries(rows: Sequence[Row]) -> Sequence[Sequence[Row]]:
    """Each entry with its lines; raises ``BackendGarbled`` for one that comes twice and for a line without an entry."""
    entries: dict[str, list[Row]] = {}
    for row in rows:
        number, kind = needed(row, "رقم_السجل"), row["نوع_السطر"].strip()
        if (kind == ENTRY) is (number in entries) or kind not in (ENTRY, ACTIVITY, PARTY):
            raise BackendGarbled(reason="file_lines")
        entries.setdefault(number, []).append(row)
    return tuple(entries.values())


def _refuse_strangers(records: Sequence[CommercialRegistration], ask: Ask) -> None:
    """A list of somebody else's companies, or another company than the one asked for, is not believed."""
    wanted = ask.inputs.get("registration_number")
    for record in records:
        if not has_party(record, ask) if wanted is None else record.number != plain(wanted):
            raise BackendGarbled("backend_wrong_subject")


def _registration(lines: Sequence[Row], stale: bool, ask: Ask) -> CommercialRegistration:
    notes: set[str] = set()
    entry, details = lines[0], lines[1:]
    parties = tuple(_party(row, ask, notes) for row in details if row["نوع_السطر"].strip() == PARTY)
    capital, number = code(entry.get("رأس_المال")), needed(entry, "رقم_السجل")
    return CommercialRegistration(
        source=ask.source_of(number),
        number=number,
        names=arabic_needed(entry, "الاسم_التجاري"),
        legal_form=arabic(entry.get("الشكل_القانوني")),
        legal_form_code=code(entry.get("رمز_الشكل")),
        status=_STATUSES[entry["حالة_السجل"].strip()],
        issued=day(entry.get("تاريخ_التسجيل")),
        expires=day(entry.get("تاريخ_الانتهاء")),
        capital=rials(capital) if capital else None,
        main=_PLACES[entry["نوع_السجل"].strip()],
        branch_of=code(entry.get("السجل_الرئيسي")),
        city=arabic(entry.get("المدينة")),
        activities=tuple(
            Activity(code=needed(row, "رمز_النشاط"), description=arabic_needed(row, "النشاط"))
            for row in details
            if row["نوع_السطر"].strip() == ACTIVITY
        ),
        parties=parties,
        address=address(entry),
        notes=noted(notes, stale, *(party.identifier for party in parties)),
    )


def _party(row: Row, ask: Ask, notes: set[str]) -> Party:
    share = code(row.get("النسبة"))
    return Party(
        name=arabic_needed(row, "اسم_الطرف"),
        identifier=number_of(row, ask) if code(row.get("الرقم_المدني")) else None,
        role=_ROLES[row["صفة_الطرف"].strip()],
        share_percent=decimal(share) if share else None,
        nationality=nationality(row.get("الجنسية"), notes),
    )
