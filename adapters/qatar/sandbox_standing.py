"""How the stand-in writes down where an application stands: the element ``application``."""

from datetime import datetime

from adapters.qatar import sandbox_matters as matters
from adapters.qatar.application_messages import KINDS, SETTLEMENT
from adapters.qatar.sandbox_answers import amount, arabic, identity, numbered, one_in, written_day
from adapters.qatar.sandbox_files import Files
from adapters.qatar.sandbox_xml import Record, Value
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

KIND_OF = {kind.service: kind for kind in KINDS}
STATES = {country.facts.alpha3: country for country in Country}


class Standings:
    """Writes for one stand-in; ``faults`` are why applications are rejected on their merits, by their numbers.

    ``origin`` is the stand-in's own address, as it was last asked at.
    """

    def __init__(self, sandbox: kit.Sandbox, files: Files) -> None:
        self._sandbox, self._files = sandbox, files
        self.faults: dict[str, matters.Fault] = {}
        self.origin = ""

    def record(self, dossier: kit.Dossier, stage: kit.Stage, at: datetime) -> Record:
        """As it stood from ``at`` on."""
        kind = KIND_OF[dossier.service]
        matter = matters.MATTERS[kind]
        members: dict[str, Value] = {
            "@number": dossier.number,
            "@ref": dossier.reference,
            "identity": self._applicant(dossier),
            "status": matters.STATUSES[stage],
            **_moment(at, dossier.number),
        }
        if stage == "rejected":
            code, words = self.faults.get(dossier.number, matter.fault)
            members["reasons"] = _one("reason", {"@code": code, "words": _words(words)})
        elif stage == "asks":
            name, form, title = matter.item
            wanted: Record = {"@name": name, "@kind": form, "words": _words(title)}
            members["requirements"] = _one("requirement", wanted)
        elif stage == "unpaid" and kind is SETTLEMENT:
            members["payment"] = {
                "amount": amount(matters.due(dossier, self._sandbox.population)),
                "page": self._files.payment_page(self.origin, dossier),
            }
        elif stage == "approved":
            issued: Record = {"@id": f"DOC-{dossier.number}", "words": _words(matter.document)}
            members["documents"] = _one("document", issued)
        return members

    def _applicant(self, dossier: kit.Dossier) -> Record:
        """Whose application it is, or somebody else's number where the stand-in was told to be wrong."""
        if self._sandbox.wrong and (other := self._sandbox.person(dossier.identifier)):
            return identity(other)
        nationality = dossier.fields["nationality"]
        home = STATES.get(nationality, Country.QA)
        return numbered(dossier.identifier, home, nationality or None)


def _moment(at: datetime, seed: str) -> Record:
    """Day and time on Qatar's clock to the millisecond; both in Arabic digits for some."""
    local = at.astimezone(Country.QA.facts.zone)
    time = f"{local:%H:%M:%S}.{local.microsecond // 1000:03d}"
    odd = one_in(3, seed, "dates")
    return {"date": written_day(local.date(), seed), "time": arabic(time) if odd else time}


def _one(name: str, record: Record) -> Record:
    """A list with one element."""
    return {"@total": arabic("1"), name: record}


def _words(words: matters.Pair) -> Record:
    return {"en": words[1].upper(), "ar": words[0]}
