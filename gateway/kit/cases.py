"""Acceptance cases, read from their files or from a submission: what an adapter promises, one promise each."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from gateway.kit.findings import Finding
from gateway.schema.answer import Outcome
from gateway.schema.application import ApplicationStatus, Name
from gateway.schema.base import Frozen
from gateway.schema.country import Country
from gateway.sdk.sandbox import Behaviour, Orders, Reply
from gateway.toml_file import key_of

MediaType = Literal["application/pdf", "image/jpeg", "image/png"]
LANGUAGE_PATTERN = "^(ar|en)$"
LARGEST_CASE = 1_048_576


class Subject(Frozen):
    """An identifier as it is written in a case."""

    country: Country
    value: str


class LookupAsk(Frozen):
    """The question of a case; ``also`` are further identifiers of the same person."""

    subject: Subject
    also: tuple[Subject, ...] = ()
    inputs: dict[str, Any] = Field(default_factory=dict)
    purpose: str
    language: str = Field(pattern=LANGUAGE_PATTERN)


class LookupExpect(Frozen):
    """What the answer has to be; of ``records`` every key that is given."""

    status: Outcome
    code: str | None = None
    records: tuple[dict[str, Any], ...] | None = None


class LookupCase(Frozen):
    """One promise about a lookup."""

    promise: str = Field(min_length=1, max_length=300)
    ask: LookupAsk
    behaviour: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None
    expect: LookupExpect


class Application(Frozen):
    """What is applied for in a case, and with which files: name to media type."""

    subject: Subject
    inputs: dict[str, Any]
    attachments: dict[Name, MediaType] = Field(default_factory=dict, max_length=20)
    language: str = Field(pattern=LANGUAGE_PATTERN)


class Act(Frozen):
    """What the applicant does when the application comes to stand so."""

    when: ApplicationStatus
    action: Literal["supply", "withdraw", "pay"]
    values: dict[str, str] = Field(default_factory=dict)
    attachments: dict[Name, MediaType] = Field(default_factory=dict, max_length=20)


class ApplicationExpect(Frozen):
    """What comes of it; ``adapters/README.md`` tells each key."""

    trouble: str | None = None
    status: ApplicationStatus | None = None
    passes: tuple[ApplicationStatus | None, ...] = ()
    national_status: str | None = None
    reasons: tuple[str, ...] | None = None
    wanted: tuple[str, ...] | None = None
    documents: int = 0
    submissions: int | None = None


class ApplicationCase(Frozen):
    """One promise about a procedure."""

    promise: str = Field(min_length=1, max_length=300)
    application: Application
    orders: dict[str, Any] = Field(default_factory=dict)
    behaviour: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None
    acts: tuple[Act, ...] = ()
    expect: ApplicationExpect


AnyCase: TypeAlias = LookupCase | ApplicationCase


class Case(Frozen):
    """A case with where it stands: ``place`` is its file, or its number in a submission."""

    service: str
    place: str
    shows: str
    said: LookupCase | ApplicationCase

    @property
    def lookup(self) -> LookupCase:
        """What it says of a lookup; raises ``TypeError`` where it is about a procedure."""
        if isinstance(self.said, LookupCase):
            return self.said
        raise TypeError(f"{self.place} is no case of a lookup")

    @property
    def application(self) -> ApplicationCase:
        """What it says of a procedure; raises ``TypeError`` where it is about a lookup."""
        if isinstance(self.said, ApplicationCase):
            return self.said
        raise TypeError(f"{self.place} is no case of a procedure")

    @property
    def language(self) -> str:
        """The language in which it asks."""
        return self.said.ask.language if isinstance(self.said, LookupCase) else self.said.application.language


_BEHAVIOUR, _ORDERS = TypeAdapter(Behaviour), TypeAdapter(Orders)
_SHOWS: Mapping[Outcome, str] = {Outcome.ok: "found", Outcome.stale: "found", Outcome.none: "absent"}


def cases_in(folder: Path) -> tuple[list[Case], list[Finding]]:
    """Every case under ``folder/cases``, and what is wrong with those that cannot be read."""
    cases, findings = [], []
    for path in sorted(folder.glob("cases/*/*.json")):
        place = path.relative_to(folder).as_posix()
        try:
            document = _read(path)
        except (OSError, ValueError) as problem:
            findings.append(Finding(rule="case-unreadable", file=place, came=str(problem)[:120], expected="JSON"))
            continue
        case, wrong = read_case(path.parent.name, place, document, path.stem.split("_")[0])
        findings += wrong
        if case:
            cases.append(case)
    return cases, findings


def cases_of(submitted: Mapping[str, Sequence[Mapping[str, Any]]]) -> tuple[list[Case], list[Finding]]:
    """The cases of a submission; what each shows is told by the status that it expects."""
    cases, findings = [], []
    for service, documents in submitted.items():
        for number, document in enumerate(documents):
            case, wrong = read_case(service, f"/cases/{service}/{number}", document, None)
            findings += wrong
            if case:
                cases.append(case)
    return cases, findings


def read_case(service: str, place: str, document: object, shows: str | None) -> tuple[Case | None, list[Finding]]:
    """One case, or what is wrong with it, each with its path inside the case."""
    kind = ApplicationCase if isinstance(document, dict) and "application" in document else LookupCase
    try:
        said = kind.model_validate_json(orjson.dumps(document))
        _check_orders(said)
    except ValidationError as wrong:
        return None, [_wrong(place, error) for error in wrong.errors(include_url=False)[:20]]
    return Case(service=service, place=place, shows=shows or _shows(said), said=said), []


def _read(path: Path) -> object:
    if path.stat().st_size > LARGEST_CASE:
        raise ValueError(f"more than {LARGEST_CASE} bytes")
    return orjson.loads(path.read_bytes())


def _check_orders(said: AnyCase) -> None:
    """Raises ``ValidationError`` where what the stand-in is told cannot be understood."""
    if said.behaviour is not None:
        _BEHAVIOUR.validate_python(said.behaviour)
    if said.reply is not None:
        Reply.from_json(said.reply)
    if isinstance(said, ApplicationCase):
        _ORDERS.validate_python(said.orders)


def _shows(said: AnyCase) -> str:
    if isinstance(said, LookupCase):
        return _SHOWS.get(said.expect.status, said.expect.status.value)
    if said.behaviour and said.behaviour.get("kind") in ("lost", "garbled"):
        return str(said.behaviour["kind"])
    if any(act.action == "pay" for act in said.acts):
        return "paid"
    if any(act.action == "supply" for act in said.acts):
        return "asked"
    return said.expect.status.value if said.expect.status else "refused"


def _wrong(place: str, error: Mapping[str, Any]) -> Finding:
    return Finding(
        rule="case-key-unknown" if error["type"] == "extra_forbidden" else "case-value",
        file=place,
        field=key_of(error["loc"]),
        came=None if error["type"] == "missing" else _short(error["input"]),
        expected=expected_of(error),
    )


def expected_of(error: Mapping[str, Any]) -> str:
    """What pydantic wanted, in signs that need no language where there are such."""
    context = error.get("ctx", {})
    for name, sign in (("ge", "≥ "), ("gt", "> "), ("le", "≤ "), ("lt", "< "), ("pattern", ""), ("expected", "")):
        if name in context:
            return f"{sign}{context[name]}"
    for name, sign in (("min_length", "≥ "), ("max_length", "≤ ")):
        if name in context:
            return f"length {sign}{context[name]}"
    words = {"missing": "a value", "extra_forbidden": "no such key"}
    return words.get(error["type"], str(error["msg"]).removeprefix("Value error, ").removeprefix("Input should be "))


def _short(value: object) -> str:
    """The value as JSON, cut; a whole table is only called one."""
    if isinstance(value, dict | list):
        return "{…}" if isinstance(value, dict) else "[…]"
    return str(value)[:120]
