"""Rules compiled for the fields that they fill; whatever cannot be is a finding that names its key."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.field_map import steps
from gateway.field_map.converters import chain
from gateway.field_map.findings import Findings
from gateway.field_map.fitting import NoFit, fit, literal
from gateway.field_map.kinds import Around, Given, Kind, Made, Step, Value
from gateway.field_map.model import Rule
from gateway.field_map.parts import Part, Target
from gateway.field_map.paths import GRAMMAR, BadPath, Get, Rows, getter, parse, rows_getter
from gateway.schema.country import Country

MOST_RULES: Final = 600
"""Rules of one map."""

MOST_DEPTH: Final = 8
"""How deep rules may stand in rules."""

ORIGINS: Final = ("path", "value", "either", "one_of", "by", "fields", "join")


class Compiler:
    """Compiles the rules of one map for a state; what is wrong is added to ``findings``."""

    def __init__(self, country: Country, tables: Mapping[str, Mapping[str, Value]], findings: Findings) -> None:
        self.findings = findings
        self.count = 0
        self.around = Around(country, tables, lambda text: getter(parse(text)))

    def field(self, rule: Rule, target: Target, key: str, depth: int = 0) -> Step | None:
        """The step that fills a field; of a list, one that gives a tuple."""
        if not target.many:
            made = self.rule(rule, target, key, depth)
            return made and made[0]
        item = Target(target.kind, words=target.words, part=target.part)
        if rule.join:
            lists = [self.field(one, target, f"{key}.join[{place}]", depth + 1) for place, one in enumerate(rule.join)]
            self._only_origin(rule, key)
            return steps.joined_lists([one for one in lists if one])
        before = self.count
        made = self.rule(rule.model_copy(update={"each": None}), item, key, depth)
        if made is None:
            return None
        if rule.each is None:
            return steps.alone(made[0])
        rows = self.rows(rule.each, f"{key}.each")
        return rows and steps.each(rows, made[0], self.count - before)

    def rule(self, rule: Rule, target: Target | None, key: str, depth: int = 0) -> Made | None:
        """One rule, which gives what ``target`` takes, or whatever it gives where there is none."""
        self.count += 1
        if depth > MOST_DEPTH or self.count > MOST_RULES:
            if depth > MOST_DEPTH or self.count == MOST_RULES + 1:
                self.findings.said(key, "one rule too many", f"{MOST_RULES} in all, {MOST_DEPTH} within one another")
            return None
        origin = self._only_origin(rule, key)
        if rule.each is not None:
            self.findings.said(f"{key}.each", "a list", "one value, as this field takes")
            return None
        if origin is None:
            return None
        goes_on = bool(rule.convert or rule.agrees_with)
        made = self._origin(origin, rule, None if goes_on else target, key, depth)
        if made is None:
            return None
        step, given = made
        if rule.convert:
            converted = chain(rule.convert, given, key, self.around, self.findings)
            if converted is None:
                return None
            step, given = steps.after(step, converted[0]), converted[1]
        if rule.agrees_with is not None:
            paired = self._pair(step, given, rule.agrees_with, f"{key}.agrees_with", depth)
            if paired is None:
                return None
            step, given = paired
        return self._finished(step, given, rule, target, key)

    def rows(self, text: str, key: str) -> Rows | None:
        """The getter of a list."""
        try:
            return rows_getter(parse(text))
        except BadPath:
            self.findings.add(key, text, GRAMMAR)
            return None

    def value(self, text: str, key: str) -> Get | None:
        """The getter of one value."""
        try:
            return getter(parse(text))
        except BadPath:
            self.findings.add(key, text, GRAMMAR.replace("one [*] at most", "no [*]"))
            return None

    def fields(self, rules: Mapping[str, Rule], part: Part, key: str, depth: int = 0) -> dict[str, Step]:
        """The steps of a part's fields; a field that there is not, and one that is needed and has no rule, is found."""
        made = {}
        for name, rule in rules.items():
            target = part.fields.get(name)
            if target is None:
                self.findings.add(f"{key}.{name}", name, "one of the fields " + ", ".join(part.fields))
            elif step := self.field(rule, target, f"{key}.{name}", depth + 1):
                made[name] = step
        for name, target in part.fields.items():
            if target.needed and name not in rules:
                self.findings.said(f"{key}.{name}", "missing", "a rule: the record cannot be without this field")
        return made

    def _only_origin(self, rule: Rule, key: str) -> str | None:
        written = [name for name in ORIGINS if getattr(rule, name) not in (None, (), {})]
        if "fields" in written and "path" in written:
            written.remove("path")
        if len(written) == 1:
            return written[0]
        self.findings.said(key, f"a rule with {' and '.join(written) or 'none'}", "one of " + ", ".join(ORIGINS))
        return None

    def _origin(self, origin: str, rule: Rule, target: Target | None, key: str, depth: int) -> Made | None:
        if origin == "path":
            get = self.value(str(rule.path), f"{key}.path")
            return get and (get, Given(Kind.json))
        if origin == "value":
            return self._literal(rule, target, key)
        if origin == "fields":
            return self._part(rule, target, key, depth)
        if origin == "by":
            return self._chosen(rule, target, key, depth)
        if origin == "join":
            self.findings.said(f"{key}.join", "a list", "one value, as this field takes")
            return None
        several = [
            self.rule(one, target, f"{key}.{origin}[{place}]", depth + 1)
            for place, one in enumerate(getattr(rule, origin))
        ]
        found = [one for one in several if one]
        given = self._common(found, len(several), f"{key}.{origin}")
        if given is None:
            return None
        make = steps.either if origin == "either" else steps.one_of
        return make([step for step, _ in found]), given

    def _chosen(self, rule: Rule, target: Target | None, key: str, depth: int) -> Made | None:
        get = self.value(str(rule.by), f"{key}.by")
        made = {word: self.rule(one, target, f"{key}.rules.{word}", depth + 1) for word, one in rule.rules.items()}
        found = {word: one for word, one in made.items() if one}
        given = self._common(list(found.values()), len(made), f"{key}.rules")
        if get is None or given is None:
            return None
        return steps.chosen(get, {word: step for word, (step, _) in found.items()}), given

    def _common(self, found: list[Made], wanted: int, key: str) -> Given | None:
        """What all give alike; what was found wrong in one of them is told there."""
        if not found or len(found) < wanted:
            if not wanted:
                self.findings.said(key, "empty", "a rule at least")
            return None
        kinds = {given.kind for _, given in found}
        if len(kinds) > 1:
            names = ", ".join(sorted(kind.value for kind in kinds))
            self.findings.said(key, f"rules that give {names}", "rules that give the same")
            return None
        return Given(kinds.pop(), frozenset().union(*(given.words for _, given in found)))

    def _literal(self, rule: Rule, target: Target | None, key: str) -> Made | None:
        if target is None:
            return (lambda _, __: rule.value), Given(Kind.json)
        try:
            value = literal(rule.value, target)
        except NoFit as problem:
            self.findings.add(f"{key}.value", rule.value, str(problem))
            return None
        return (lambda _, __: value), Given(target.kind, target.words)

    def _part(self, rule: Rule, target: Target | None, key: str, depth: int) -> Made | None:
        if target is None or target.part is None:
            self.findings.said(f"{key}.fields", "a part with fields", "a path, for this field is one value")
            return None
        base = None if rule.path is None else self.value(rule.path, f"{key}.path")
        fields = self.fields(rule.fields, target.part, f"{key}.fields", depth)
        literals = frozenset(name for name, one in rule.fields.items() if one.value is not None)
        return steps.part(target.part, base, fields, literals), Given(target.kind)

    def _pair(self, step: Step, given: Given, rule: Rule, key: str, depth: int) -> Made | None:
        if given.kind is not Kind.day:
            self.findings.said(key, f"beside {given.kind.value}", "beside a Gregorian day, made by date")
            return None
        second = self.rule(rule, None, key, depth + 1)
        if second is None:
            return None
        if second[1].kind not in (Kind.hijri, Kind.zone):
            self.findings.said(key, second[1].kind.value, "a day made by hijri_date or mrz_expiry")
            return None
        return steps.pair(step, second[0]), given

    def _finished(self, step: Step, given: Given, rule: Rule, target: Target | None, key: str) -> Made | None:
        """Fitted to the field, with what is noted and what stands in for a value that is not there."""
        if target is not None:
            try:
                step, given = steps.after(step, fit(given, target, self.around)), Given(target.kind, target.words)
            except NoFit as problem:
                self.findings.said(key, given.kind.value, str(problem))
                return None
        if rule.note is not None:
            step = steps.noted(step, rule.note, rule.note_absent)
        if rule.default is not None:
            value = self._default(rule.default, target, key)
            step = step if value is None else steps.otherwise(step, value)
        return step, given

    def _default(self, value: Any, target: Target | None, key: str) -> Any:
        try:
            return literal(value, target or Target(Kind.text))
        except NoFit as problem:
            self.findings.add(f"{key}.default", value, str(problem))
            return None
