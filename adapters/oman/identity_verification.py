"""Identity: what the civil status register tells of a person, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.oman.batch_file import Row
from adapters.oman.batches import Answer, Operation
from adapters.oman.national import OmanSystem
from adapters.oman.values import address, day, nationality, needed, noted, said, subject_of
from gateway.sdk import (
    Ask,
    BackendGarbled,
    Country,
    IdentifierKind,
    Lookup,
    NameParts,
    Names,
    Person,
    known,
    known_phone,
)

GENDER_UNKNOWN = "gender_unknown"
LIFE_UNKNOWN = "life_unknown"

OPERATION = Operation("CS-PERSON", "ROP-CS")

Standing = Literal["citizen", "resident", "gcc_visitor"]
_STANDINGS: Mapping[str, Standing] = {"مواطن": "citizen", "مقيم": "resident", "خليجي": "gcc_visitor"}
_GENDERS: Mapping[str, Literal["male", "female"]] = {"ذكر": "male", "أنثى": "female"}
_LIVES: Mapping[str, bool] = {"على قيد الحياة": True, "متوفى": False}


class OmanIdentity(Lookup[OmanSystem, Answer]):
    """One file is one person."""

    service = "identity-verification"

    async def fetch(self, ask: Ask) -> Answer:
        return await self.system.about_subject(OPERATION, ask)

    def normalise(self, answer: Answer, ask: Ask) -> Sequence[Person]:
        if len(answer.rows) > 1:
            raise BackendGarbled(reason="several_persons")
        return tuple(_person(row, answer.stale, ask) for row in answer.rows)


def _person(row: Row, stale: bool, ask: Ask) -> Person:
    notes: set[str] = set()
    standing = _STANDINGS[row["الصفة"].strip()]
    kind = IdentifierKind.resident_id if standing == "resident" else IdentifierKind.national_id
    number, place = subject_of(row, ask, kind), address(row)
    return Person(
        source=ask.source_of(needed(row, "رقم_القيد")),
        identifier=number,
        names=Names(arabic=_name(row)),
        birth_date=day(row.get("تاريخ_الميلاد")),
        gender=known(said(row.get("الجنس")), _GENDERS, GENDER_UNKNOWN, notes),
        nationality=nationality(row.get("الجنسية"), notes),
        standing=standing,
        alive=known(said(row.get("الحالة")), _LIVES, LIFE_UNKNOWN, notes),
        document_expires=day(row.get("انتهاء_البطاقة")),
        phone=known_phone(said(row.get("الهاتف")), Country.OM, notes),
        addresses=(place,) if place else (),
        notes=noted(notes, stale, number),
    )


def _name(row: Row) -> NameParts | None:
    """The name, whole and in the parts that the register gives; there is none in Latin letters."""
    parts = (said(row.get(column)) for column in ("الاسم_الأول", "اسم_الأب", "اسم_الجد", "القبيلة"))
    return NameParts.of(*parts, full=said(row.get("الاسم_الكامل")))
