"""How the stand-in writes down where an application stands: the contract ``RequestStatus``."""

from datetime import datetime

from adapters.kuwait import sandbox_matters as matters
from adapters.kuwait.requests import KINDS, SETTLEMENT
from adapters.kuwait.sandbox_answers import number
from adapters.kuwait.sandbox_files import Files
from adapters.kuwait.sandbox_soap import Contract, Many, Value
from gateway.sdk import Country
from gateway.sdk import sandbox as kit

KIND_OF = {kind.service: kind for kind in KINDS}
STATES = {country.facts.numeric: country for country in Country}


class Standings:
    """Writes for one stand-in; ``faults`` are why applications are rejected on their merits, by their numbers.

    ``origin`` is the stand-in's own address, as it was last asked at.
    """

    def __init__(self, sandbox: kit.Sandbox, files: Files) -> None:
        self._sandbox, self._files = sandbox, files
        self.faults: dict[str, matters.Fault] = {}
        self.origin = ""

    def status(self, dossier: kit.Dossier, stage: kit.Stage, at: datetime) -> Contract:
        """As it stood from ``at`` on."""
        kind = KIND_OF[dossier.service]
        matter = matters.MATTERS[kind]
        members: dict[str, Value] = {
            **self._applicant(dossier),
            "RefId": dossier.reference,
            "RequestID": dossier.number,
            "StatusCode": matters.STATUSES[stage],
            "StatusDate": exact(at),
            **dict.fromkeys(("Documents", "Payment", "Reasons", "RequiredItems")),
        }
        if stage == "rejected":
            code, words = self.faults.get(dossier.number, matter.fault)
            members["Reasons"] = Many("Reason", [{"Code": code, **_words("Text", words)}])
        elif stage == "asks":
            item = {"ItemCode": matter.item.code, "ItemType": matter.item.kind, **_words("Title", matter.item.title)}
            members["RequiredItems"] = Many("RequiredItem", [item])
        elif stage == "unpaid" and kind is SETTLEMENT:
            members["Payment"] = self._payment(dossier)
        elif stage == "approved":
            document = {"DocumentID": f"DOC-{dossier.number}", **_words("Title", matter.document)}
            members["Documents"] = Many("Document", [document])
        return members

    def _payment(self, dossier: kit.Dossier) -> Contract:
        return {
            "Amount": f"{matters.due(dossier, self._sandbox.population):.3f}",
            "PayableUntil": None,
            "PaymentURL": self._files.payment_page(self.origin, dossier),
        }

    def _applicant(self, dossier: kit.Dossier) -> Contract:
        """Whose request it is, or somebody else's number where the stand-in was told to be wrong."""
        if self._sandbox.wrong and (other := self._sandbox.person(dossier.identifier)):
            return number(other.identifier, other.home)
        return number(dossier.identifier, STATES.get(dossier.fields["GccNationality"], Country.KW))


def exact(moment: datetime) -> str:
    """A moment on Kuwait's clock with the seven decimals that .NET writes."""
    return f"{moment.astimezone(Country.KW.facts.zone):%Y-%m-%dT%H:%M:%S.%f}0"


def _words(stem: str, words: matters.Pair) -> Contract:
    return {f"{stem}Ar": words[0], f"{stem}En": words[1]}
