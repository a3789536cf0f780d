"""Whether an answer is about what was asked."""

from collections.abc import Callable, Sequence
from typing import Any

from gateway.errors import BackendGarbled
from gateway.field_map.kinds import Kind
from gateway.field_map.model import Alternative, Check, Match, Rule
from gateway.field_map.rules import Compiler
from gateway.field_map.scope import Scope
from gateway.field_map.terms import Asked, Template, Terms

Test = Callable[[Any, Scope, Asked], bool]


class Checks:
    """The compiled checks of a document or of an item."""

    def __init__(self, tests: Sequence[Test]) -> None:
        self._tests = tuple(tests)

    def hold(self, document: Any, scope: Scope, asked: Asked) -> None:
        """Raises ``BackendGarbled`` with ``backend_wrong_subject`` where one does not."""
        for test in self._tests:
            if not test(document, scope, asked):
                raise BackendGarbled("backend_wrong_subject")


def compile_checks(checks: Sequence[Check], compiler: Compiler, terms: Terms, key: str) -> Checks:
    """The checks; what is wrong with them is among the compiler's findings."""
    tests = []
    for place, check in enumerate(checks):
        alternatives = [
            _alternative(each, compiler, terms, f"{key}[{place}].any_of[{number}]")
            for number, each in enumerate(check.any_of)
        ]
        tests.append(_any(alternatives))
    return Checks(tests)


def _any(tests: Sequence[Test]) -> Test:
    return lambda document, scope, asked: any(test(document, scope, asked) for test in tests)


def _alternative(alternative: Alternative, compiler: Compiler, terms: Terms, key: str) -> Test:
    matches = [_match(each, compiler, terms, f"{key}.match[{place}]") for place, each in enumerate(alternative.match)]

    def together(document: Any, scope: Scope, asked: Asked) -> bool:
        return all(match(document, scope, asked) for match in matches)

    if alternative.rows is None:
        return together
    rows = compiler.rows(alternative.rows, f"{key}.rows")

    def in_a_row(document: Any, scope: Scope, asked: Asked) -> bool:
        found = (rows(document, scope) if rows else None) or ()
        scope.fuel.spend(len(found) * len(matches))
        return any(together(row, scope, asked) for row in found)

    return in_a_row


def _match(match: Match, compiler: Compiler, terms: Terms, key: str) -> Test:
    rule = compiler.rule(Rule(path=match.path, convert=(*match.convert,)), None, key)
    wanted = terms.template(match.equals, f"{key}.equals") or Template(())
    if rule is None:
        return lambda document, scope, asked: False
    step, given = rule
    if given.kind not in (Kind.json, Kind.text, Kind.code, Kind.whole, Kind.nationality, Kind.country):
        compiler.findings.said(f"{key}.convert", given.kind.value, "converters that give text")

    def test(document: Any, scope: Scope, asked: Asked) -> bool:
        value = step(document, scope)
        if type(value) is int:
            value = str(value)
        return isinstance(value, str) and value == wanted.fill(asked)

    return test
