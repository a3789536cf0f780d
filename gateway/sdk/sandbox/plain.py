"""A stand-in for any lookup, plain JSON by person: where an adapter begins, before it knows its own system."""

import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, ClassVar

import orjson
from aiohttp import web

from gateway.sdk.sandbox.behaviours import Reply
from gateway.sdk.sandbox.model import SyntheticCompany, SyntheticContribution, SyntheticFine, SyntheticPerson
from gateway.sdk.sandbox.server import Sandbox


class PlainSandbox(Sandbox):
    """``GET /<service>/people/<number>`` behind an API key; ``kinds`` says which records each service is about.

    Everything that it tells is invented, and so is the way in which it tells it.
    """

    kinds: ClassVar[Mapping[str, str]] = {}

    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        return {"api_key": secrets.token_urlsafe(24)}

    def add_routes(self, router: web.UrlDispatcher) -> None:
        for service in self.kinds:
            router.add_get(f"/{service}/people/{{person}}", self._lookup(service))

    def _lookup(self, service: str) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            if request.headers.get("X-Api-Key") != self.secrets["api_key"]:
                return _problem(403, "KEY_UNKNOWN")
            number = request.match_info["person"]
            if self.population.person(number) is None:
                return _problem(404, "NO_SUCH_PERSON")
            items = {"items": self.items(self.kinds[service], number)}
            return self.answer(Reply(200, "application/json", orjson.dumps(items))).response()

        return handler

    def items(self, kind: str, number: str) -> list[dict[str, Any]]:
        """What is held about a person, in the plain words of this stand-in."""
        person = self.person(number)
        match kind:
            case "traffic_fine":
                return [_fine(fine) for fine in self.fines(number)]
            case "commercial_registration":
                return [self._company(company) for company in self.companies(number)]
            case "pension_contribution":
                return [_contribution(each) for each in self.contributions(number)[-12:]]
            case "person":
                return [_person(person)] if person else []
            case _:
                return [_evidence(person)] if person else []

    def _company(self, company: SyntheticCompany) -> dict[str, Any]:
        parties = [(owner, "OWNER") for owner, _ in company.owners] + [(company.manager, "MANAGER")]
        return {
            "number": company.number,
            "name": {"ar": company.name_ar, "en": company.name_en},
            "state": company.status.upper(),
            "issued": company.issued.isoformat(),
            "expires": company.expires.isoformat(),
            "main": company.is_main,
            "parties": [self._party(number, role) for number, role in parties],
        }

    def _party(self, number: str, role: str) -> dict[str, Any]:
        person = self.population.person(number)
        return {
            "person": number,
            "of": person.home if person else self.country,
            "name": {"ar": person.arabic.full, "en": person.latin.full} if person else {"ar": "غير معروف"},
            "role": role,
        }


def _problem(status: int, code: str) -> web.Response:
    return web.json_response({"error": {"code": code}}, status=status)


def _person(person: SyntheticPerson) -> dict[str, Any]:
    return {
        "number": person.identifier,
        "name_ar": person.arabic.full,
        "name_en": person.latin.full,
        "born": person.birth.isoformat(),
        "gender": person.gender[0].upper(),
        "nationality": person.nationality,
        "standing": {"citizen": "CITIZEN", "resident": "RESIDENT", "gcc_visitor": "GCC"}[person.standing],
        "mobile": person.phone,
    }


def _fine(fine: SyntheticFine) -> dict[str, Any]:
    return {
        "number": fine.reference,
        "person": fine.identifier,
        "violation": {"code": fine.violation_code, "ar": fine.violation_ar, "en": fine.violation_en},
        "at": fine.occurred_at.isoformat(timespec="seconds"),
        "amount": str(fine.amount),
        "state": fine.status.upper(),
    }


def _contribution(each: SyntheticContribution) -> dict[str, Any]:
    return {
        "person": each.identifier,
        "employer": {"number": each.employer_number, "ar": each.employer_ar, "en": each.employer_en},
        "month": each.period,
        "wage": str(each.wage),
        "of_employee": str(each.employee_share),
        "of_employer": str(each.employer_share),
        "state": each.status.upper(),
    }


def _evidence(person: SyntheticPerson) -> dict[str, Any]:
    """A permit that nobody issued: held since the eighteenth birthday, for fifty years."""
    since = person.birth + timedelta(days=6_575)
    return {
        "number": f"P-{person.birth:%j}-{person.birth.year % 97}",
        "person": person.identifier,
        "state": "ACTIVE",
        "issued": since.isoformat(),
        "until": (since + timedelta(days=18_262)).isoformat(),
        "grade": "A",
    }
