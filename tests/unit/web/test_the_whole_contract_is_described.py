"""The gateway's own operations: each has its sentences, its problems and its place in a valid document."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate

from gateway.errors import BawabaError
from gateway.i18n import LANGUAGES, Catalogue, Language
from gateway.registry.services import Services
from gateway.web.application_documents import DocumentPages
from gateway.web.applications import ApplicationPages
from gateway.web.contract import Operation
from gateway.web.keys import KeyPages
from gateway.web.lookups import LookupBody, Lookups
from gateway.web.notices import NoticePages
from gateway.web.oauth.consents import ConsentOperations
from gateway.web.oauth.registration import RegistrationOperations
from gateway.web.openapi import documents
from gateway.web.pages.docs import problems_in_words, schemas_in_words
from gateway.web.record import RecordPages
from gateway.web.registry.adapters import AdapterPages
from gateway.web.registry.agencies import AgencyPages
from gateway.web.registry.approvals import ApprovalPages
from gateway.web.registry.keys import HostKeyPages
from gateway.web.registry.life import LifePages
from gateway.web.registry.mandates import MandatePages
from gateway.web.registry.versions import VersionPages
from gateway.web.services import ServicePages

CATALOGUE = Catalogue.load()
# Operations name their handlers and call none, so the parts behind them may be missing here.
MISSING: Any = None


def operations() -> Sequence[Operation]:
    return [
        *ServicePages(MISSING, "https://bawaba.example", MISSING, MISSING).operations(),
        *Lookups(MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, MISSING, 1.0).operations(),
        *DocumentPages(MISSING, MISSING, MISSING, MISSING, MISSING, 1.0).operations(),
        *ApplicationPages(MISSING, MISSING, MISSING, MISSING, MISSING, 1.0).operations(),
        *NoticePages(MISSING, MISSING, MISSING, {}, MISSING, MISSING, "", MISSING, 1.0).operations(),
        *RecordPages(MISSING, MISSING).operations(),
        *ConsentOperations(MISSING, MISSING, MISSING).operations(),
        *RegistrationOperations(MISSING, MISSING, MISSING, MISSING, MISSING, 1.0).operations(),
        *KeyPages(MISSING).operations(),
        *AgencyPages(MISSING, MISSING, MISSING).operations(),
        *AdapterPages(MISSING, MISSING, MISSING).operations(),
        *VersionPages(MISSING, MISSING, MISSING, MISSING).operations(),
        *LifePages(MISSING, MISSING).operations(),
        *MandatePages(MISSING, MISSING).operations(),
        *ApprovalPages(MISSING, MISSING).operations(),
        *HostKeyPages(MISSING).operations(),
    ]


DOCUMENTS = documents(operations(), CATALOGUE, "https://bawaba.example")


def error_classes(base: type[BawabaError] = BawabaError) -> Iterator[type[BawabaError]]:
    yield base
    for inner in base.__subclasses__():
        yield from error_classes(inner)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_document_is_valid(language: Language) -> None:
    validate(DOCUMENTS[language])


def test_no_two_operations_share_a_name_or_an_address() -> None:
    names = [operation.name for operation in operations()]
    addresses = [(operation.method, operation.template) for operation in operations()]

    assert len(set(names)) == len(names)
    assert len(set(addresses)) == len(addresses)


def test_every_gap_of_a_path_is_a_parameter() -> None:
    for operation in operations():
        gaps = {part[1:-1] for part in operation.template.split("/") if part.startswith("{")}
        assert gaps == {parameter.name for parameter in operation.parameters if parameter.place == "path"}, (
            operation.name
        )


def test_every_record_and_field_has_a_sentence_in_both_languages() -> None:
    lacking = []
    for language in LANGUAGES:
        keys = CATALOGUE.messages[language]
        for name, schema in DOCUMENTS[language]["components"]["schemas"].items():
            if f"schema.{name}" not in keys:
                lacking.append(f"{language}: schema.{name}")
            lacking += [
                f"{language}: schema.{name}.{field}"
                for field in schema.get("properties", ())
                if f"schema.{name}.{field}" not in keys and f"schema.field.{field}" not in keys
            ]

    assert lacking == []


def test_no_sentence_describes_a_record_or_field_that_is_gone() -> None:
    schemas = DOCUMENTS["en"]["components"]["schemas"]
    fields = {field for schema in schemas.values() for field in schema.get("properties", ())}
    gone = []
    for key in CATALOGUE.messages["en"]:
        if key.startswith("schema."):
            name, _, field = key.removeprefix("schema.").partition(".")
            known = field in fields if name == "field" else field in ("", *schemas.get(name, {}).get("properties", ()))
            if not known or (name != "field" and name[0].isupper() and name not in schemas):
                gone.append(key)

    assert [key for key in gone if key not in ("schema.title", "schema.lead")] == []


def test_every_code_that_an_operation_answers_with_has_an_entry_among_the_problems() -> None:
    listed = {problem.code for problem in problems_in_words(operations(), CATALOGUE, "ar")}

    assert {code for operation in operations() for _, code in operation.codes} <= listed


def test_every_error_of_the_tree_has_an_entry_among_the_problems() -> None:
    listed = {problem.code for problem in problems_in_words(operations(), CATALOGUE, "en")}

    assert {error.code for error in error_classes()} <= listed


def test_records_come_first_among_the_schemas() -> None:
    names = [schema.name for schema in schemas_in_words(DOCUMENTS["en"])]

    assert names[:5] == ["CommercialRegistration", "Evidence", "PensionContribution", "Person", "TrafficFine"]
    assert {"LookupBody", "LookupAnswer", "Problem"} < set(names)


def test_the_example_of_a_lookup_is_one_that_the_gateway_reads() -> None:
    lookup = next(operation for operation in operations() if operation.name == "lookup")

    body = LookupBody.model_validate(lookup.example, strict=False)

    purposes = {purpose for service in Services.load(Path("config/services")) for purpose in service.purposes}
    assert body.purpose in purposes
