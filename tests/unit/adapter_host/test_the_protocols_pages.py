"""The pages of the adapter protocol say what the code does: every number, limit, code and field."""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
from openapi_spec_validator import validate
from typer.testing import CliRunner

from gateway.adapter_host import protocol
from gateway.adapter_host.fields import InnerList, write_inner_list
from gateway.adapter_host.openapi import document
from gateway.adapter_host.problems import CODES
from gateway.adapter_host.signatures import ANSWER, BARE_REQUEST, FULL_REQUEST, LEEWAY, LIFE, REMEMBERED, TAG
from gateway.cli import adapters as _adapters  # noqa: F401 - its verbs register themselves
from gateway.cli import app
from tests.support.house import ROOT
from tests.support.worked_example import GATEWAY_SECRET, HOST_SECRET, Worked, the_answer, the_request

FOLDER = ROOT / "docs/adapter-protocol"
PAGE = (FOLDER / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```(?:json|text)\n(.*?)\n```", PAGE, re.DOTALL)
OPENAPI: dict[str, Any] = json.loads((FOLDER / "openapi.json").read_text("utf-8"))


def test_the_document_is_the_one_that_the_code_makes() -> None:
    """``bawaba adapter protocol > docs/adapter-protocol/openapi.json`` makes it anew."""
    done = CliRunner().invoke(app, ["adapter", "protocol"])

    assert json.loads(done.stdout) == OPENAPI == json.loads(json.dumps(document()))


def test_the_document_is_openapi_3_1() -> None:
    validate(OPENAPI)
    assert OPENAPI["openapi"].startswith("3.1")


def examples(node: Any) -> list[tuple[str, Any]]:
    """Each example with the schema that it is of."""
    if isinstance(node, list):
        return [found for each in node for found in examples(each)]
    if not isinstance(node, dict):
        return []
    mine = [(node["schema"]["$ref"], node["example"])] if "example" in node else []
    return mine + [found for each in node.values() for found in examples(each)]


@pytest.mark.parametrize(("reference", "example"), examples(OPENAPI["paths"]))
def test_every_example_is_as_its_schema_has_it(reference: str, example: Any) -> None:
    """By a validator of JSON Schema, and by the models that the two sides read with."""
    jsonschema_rs.validate({"$ref": reference, "components": OPENAPI["components"]}, example)
    name = reference.rpartition("/")[2]
    model = protocol.__dict__.get(name)
    if model is None:
        from gateway.schema import Progress

        model = Progress
    model.model_validate_json(json.dumps(example))


@pytest.mark.parametrize(("worked", "secret"), [(the_request()[1], GATEWAY_SECRET), (the_answer(), HOST_SECRET)])
def test_the_example_on_the_page_comes_out_as_it_is_printed(worked: Worked, secret: str) -> None:
    """Body, signature base and signature, each in a block of its own, made by the keys that the page names."""
    assert worked.body in BLOCKS
    assert worked.base in BLOCKS
    assert f"{worked.signature_input}\n{worked.signature}" in BLOCKS
    assert worked.digest in worked.base
    assert f"{len(worked.body.encode())} bytes" in PAGE
    assert secret in PAGE


def test_what_is_signed_is_on_the_page() -> None:
    for components in (FULL_REQUEST, ANSWER):
        assert f"`{write_inner_list(InnerList(components))[1:-1]}`" in PAGE
    assert [each for each in FULL_REQUEST if each not in BARE_REQUEST] == list(FULL_REQUEST[2:4])
    assert f'tag="{TAG}"' in PAGE
    assert f"at most {LEEWAY} seconds ahead, and at most {LIFE + LEEWAY} back ({LIFE}, and {LEEWAY}" in PAGE
    assert f"remember it for {REMEMBERED} seconds" in PAGE


def test_every_limit_is_on_the_page() -> None:
    for limit in (protocol.MOST_BODY, protocol.MOST_FILE, protocol.MOST_DOCUMENT, protocol.MOST_RECORDS):
        assert f"{limit:,}" in PAGE
    assert f"1 to {protocol.LONGEST_MS}" in PAGE


def test_every_code_of_the_national_systems_is_on_the_page() -> None:
    for outcome, codes in CODES.items():
        (row,) = re.findall(rf"^\| `{outcome}` \| (.*?) \|", PAGE, re.MULTILINE)
        assert set(re.findall(r"`([a-z_]+)`", row)) == set(codes)


def test_every_code_of_a_refusal_is_on_the_page() -> None:
    """Those that the signature, the reader of JSON and the host's door give."""
    source = "".join(
        (ROOT / "gateway/adapter_host" / name).read_text("utf-8") for name in ("signatures.py", "door.py", "desk.py")
    )
    given = set(re.findall(r'(?:SignatureRefused|Refused)\((?:\d{3}, )?\s*"([a-z_]+)"', source))
    told = set(re.findall(r"`([a-z_]+)`", PAGE))

    assert len(given) > 20
    assert given <= told, given - told


def test_every_path_is_on_the_page() -> None:
    for path in OPENAPI["paths"]:
        last = path.rpartition("/")[2]
        assert path in PAGE or (path.startswith("/applications") and f"`/{last}`" in PAGE), path
