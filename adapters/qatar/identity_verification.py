"""Identity: what the Ministry of Interior's register tells of a person, in the words of the shared schema."""

from collections.abc import Mapping, Sequence
from typing import Literal

from adapters.qatar.answers import Inquiry
from adapters.qatar.messages import Fields
from adapters.qatar.national import QatarSystem
from adapters.qatar.operations import PERSON
from adapters.qatar.values import CITIZENSHIP, address, day, is_visitor, kind_of, number_of
from gateway.sdk import Ask, Lookup, NameParts, Names, Person, known, known_nationality, known_phone

GENDER_UNKNOWN = "gender_unknown"
LIFE_STATUS_UNKNOWN = "life_status_unknown"

_GENDERS: Mapping[str, Literal["male", "female"]] = {"M": "male", "F": "female"}
_ALIVE = {"ALIVE": True, "DECEASED": False}


class QatarIdentity(Lookup[QatarSystem, Inquiry]):
    """One answer is one person."""

    service = "identity-verification"

    async def fetch(self, ask: Ask) -> Inquiry:
        return await self.system.inquire(PERSON, ask)

    def normalise(self, answer: Inquiry, ask: Ask) -> Sequence[Person]:
        if answer.data is None:
            return ()
        return (_person(answer.data.need_part(PERSON.payload), answer.reference, ask),)


def _person(fields: Fields, reference: str, ask: Ask) -> Person:
    notes: set[str] = set()
    identity, name, place = fields.need_part("identity"), fields.need_part("name"), address(fields.part("address"))
    identifier = number_of(identity, ask, kind_of(identity))
    return Person(
        source=ask.source_of(reference),
        identifier=identifier,
        names=Names(arabic=NameParts.of(full=name.text("ar")), latin=NameParts.of(full=name.text("en"))),
        birth_date=day(fields.text("birthDate")),
        gender=known(fields.text("gender"), _GENDERS, GENDER_UNKNOWN, notes),
        nationality=known_nationality(identity.need("nationality"), notes),
        standing=_standing(identity),
        alive=known(fields.text("lifeStatus"), _ALIVE, LIFE_STATUS_UNKNOWN, notes),
        document_expires=day(fields.text("cardExpiry")),
        phone=known_phone(fields.text("mobile"), identifier.country, notes),
        addresses=(place,) if place else (),
        notes=tuple(sorted(notes)),
    )


def _standing(identity: Fields) -> Literal["citizen", "resident", "gcc_visitor"]:
    """A visitor is known by the number of home; of those with a QID, Qataris are citizens.

    Raises ``KeyError`` where the nationality is missing: who is a citizen is not guessed.
    """
    if is_visitor(identity):
        return "gcc_visitor"
    return "citizen" if identity.need("nationality") == CITIZENSHIP else "resident"
