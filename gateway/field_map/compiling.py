"""A whole map compiled: its plans, its judge and its record, or all that is wrong with it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gateway.field_map.authentication import is_bearer, secrets_of
from gateway.field_map.checks import compile_checks
from gateway.field_map.fetching import MoreOfEach, Pages, Plan
from gateway.field_map.findings import Finding, Findings
from gateway.field_map.judging import Judge
from gateway.field_map.kinds import Kind, Step
from gateway.field_map.model import (
    ApiKey,
    Authentication,
    ClientCredentials,
    Details,
    FieldMap,
    JwtAssertion,
    Paging,
    Request,
)
from gateway.field_map.parts import Part, Target
from gateway.field_map.paths import GRAMMAR, BadPath, Reader, parse, presence, reader
from gateway.field_map.requests import compile_exchange, compile_request, is_free_header
from gateway.field_map.rules import Compiler
from gateway.field_map.scope import Scope
from gateway.field_map.steps import filled, require
from gateway.field_map.targets import KINDS, record_of
from gateway.field_map.terms import Terms
from gateway.schema.country import Country
from gateway.schema.records import AnyRecord

Record = Callable[[Any, Scope], AnyRecord]


@dataclass(frozen=True, slots=True)
class CompiledMap:
    """A map that works: plans to fetch by, a judge of answers, and a maker of records.

    ``fields`` are the steps that ``record`` takes, and ``cost`` is how many rules one item is worth.
    """

    plans: tuple[Plan, ...]
    judge: Judge
    fields: Mapping[str, Step]
    record: Record
    cost: int


@dataclass
class _Place:
    """Where the compiler is, and what it compiles with."""

    key: str
    country: Country
    endpoints: Collection[str] | None
    secrets: Collection[str] | None
    findings: Findings = field(default_factory=Findings)

    def named(self, name: str, key: str, known: Collection[str] | None, what: str) -> None:
        """A finding where the name plate has no such endpoint or secret."""
        if known is not None and name not in known:
            self.findings.add(key, name, f"one of the name plate's {what}: {', '.join(sorted(known)) or 'none'}")

    def reader(self, path: str, key: str) -> Reader | None:
        try:
            return reader(parse(path))
        except BadPath:
            self.findings.add(key, path, GRAMMAR.replace("one [*] at most", "no [*] and no $"))
            return None


def compile_map(
    field_map: FieldMap,
    kind: str,
    country: Country,
    *,
    key: str = "map",
    endpoints: Collection[str] | None = None,
    secrets: Collection[str] | None = None,
) -> CompiledMap | list[Finding]:
    """The map of a service that is answered with records of ``kind``, or everything that is wrong with it."""
    place = _Place(key, country, endpoints, secrets)
    terms = Terms(field_map.tables, place.findings)
    compiler = Compiler(country, field_map.tables, place.findings)
    _check_authentication(field_map.authentication, place)
    plans = [_plan(each, terms, compiler, place, f"{key}.requests[{n}]") for n, each in enumerate(field_map.requests)]
    judge = _judge(field_map, place)
    before = compiler.count
    part = record_of(kind, country)
    if part is None:
        place.findings.add(key, kind, "a service that is answered with one of " + ", ".join(KINDS))
        return place.findings.found
    if field_map.record not in (None, kind):
        place.findings.add(f"{key}.record", field_map.record, f"{kind}, which the service is answered with")
    fields = compiler.fields(field_map.answer.fields, part, f"{key}.answer.fields")
    days = [
        (f"compared[{number}]", _compared(compiler, rule, f"{key}.answer.compared[{number}]"))
        for number, rule in enumerate(field_map.answer.compared)
    ]
    if place.findings.found:
        return place.findings.found
    record = _record(part, tuple(fields.items()), days)
    return CompiledMap(tuple(plan for plan in plans if plan), judge, fields, record, compiler.count - before)


def _record(part: Part, fields: Sequence[tuple[str, Step]], days: Sequence[tuple[str, Step]]) -> Record:
    needed = tuple(name for name, target in part.fields.items() if target.needed)

    def record(item: Any, scope: Scope) -> AnyRecord:
        filled(days, item, scope)
        values = filled(fields, item, scope)
        require(needed, values)
        made: AnyRecord = part.make(values, scope)
        return made

    return record


def _compared(compiler: Compiler, rule: Any, key: str) -> Step:
    if rule.agrees_with is None:
        compiler.findings.said(f"{key}.agrees_with", "missing", "the other writing of the day")
    made = compiler.rule(rule, Target(Kind.day), key) if rule.agrees_with is not None else None
    return made[0] if made else lambda node, scope: None


def _plan(request: Request, terms: Terms, compiler: Compiler, place: _Place, key: str) -> Plan | None:
    place.named(request.endpoint, f"{key}.endpoint", place.endpoints, "endpoints")
    compiled = compile_request(request, terms, key, place.findings)
    about = compile_checks(request.about, compiler, terms, f"{key}.about")
    items_about = compile_checks(request.items_about, compiler, terms, f"{key}.items_about")
    rows = compiler.rows(request.items, f"{key}.items") if request.items else None
    for name in ("paging", "details", "items_about"):
        if getattr(request, name) and request.items is None:
            place.findings.said(f"{key}.{name}", "beside no items", "items, the path of the list")
    pages = _pages(request.paging, place, f"{key}.paging") if request.paging else None
    details = _details(request, request.details, terms, compiler, place, f"{key}.details") if request.details else None
    if compiled is None:
        return None
    return Plan(compiled, about, items_about, rows, request.items_optional, pages, details)


def _pages(paging: Paging, place: _Place, key: str) -> Pages | None:
    read = place.reader(paging.path, f"{key}.path")
    return read and Pages(paging, read, presence(parse(paging.path)))


def _details(
    request: Request, details: Details, terms: Terms, compiler: Compiler, place: _Place, key: str
) -> MoreOfEach | None:
    compiled = compile_exchange(details, terms, key, place.findings, request.endpoint)
    about = compile_checks(details.about, compiler, terms, f"{key}.about")
    value = compiler.rule(details.value, Target(Kind.text), f"{key}.value")
    if not details.about:
        place.findings.said(f"{key}.about", "missing", "a check that the details are those of the item")
    if compiled is None or value is None:
        return None
    return MoreOfEach(value[0], compiled, about, details.most, details.at_once)


def _judge(field_map: FieldMap, place: _Place) -> Judge:
    answer, key = field_map.answer, f"{place.key}.answer"
    code = place.reader(answer.problem.path, f"{key}.problem.path") if answer.problem else None
    said = place.reader(answer.said.path, f"{key}.said.path") if answer.said else None
    for number, absent in enumerate(answer.absent):
        if absent.codes and answer.problem is None:
            place.findings.said(f"{key}.absent[{number}].codes", "codes", "answer.problem, which says where they stand")
        if absent.status in answer.statuses:
            place.findings.said(f"{key}.absent[{number}].status", str(absent.status), "a status that is no answer's")
    return Judge(answer, code, said, bearer=is_bearer(field_map.authentication))


def _check_authentication(scheme: Authentication, place: _Place) -> None:
    key = f"{place.key}.authentication"
    if isinstance(scheme, ApiKey) and not is_free_header(scheme.header):
        place.findings.add(f"{key}.header", scheme.header, "the name of a header that is not the transport's own")
    for name, secret in secrets_of(scheme).items():
        place.named(secret, f"{key}.{name}", place.secrets, "secrets")
    if isinstance(scheme, ClientCredentials | JwtAssertion):
        place.named(scheme.endpoint, f"{key}.endpoint", place.endpoints, "endpoints")
