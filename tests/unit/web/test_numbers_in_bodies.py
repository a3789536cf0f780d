"""A number with a fraction is read exactly, and every model that a body is read as takes it."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from gateway.sdk.readers import parse_json
from gateway.web.body import as_json, read_model


class Held(BaseModel):
    """Of a case that an agency writes, or of an application's inputs."""

    model_config = ConfigDict(strict=True)

    anything: dict[str, Any]
    seconds: float = 0.0


@pytest.mark.parametrize("number", ["3.0", "0.25", "-1.5", "1e3", "2.5E-7", "1e300"])
def test_a_fraction_is_taken_wherever_it_stands(number: str) -> None:
    document = parse_json(f'{{"anything": {{"deep": [{number}]}}, "seconds": {number}}}'.encode())

    held = read_model(document, Held)

    assert held.anything == {"deep": [float(number)]}
    assert held.seconds == float(number)


def test_what_is_written_again_is_what_was_read() -> None:
    """To the last digit: what a key was used for is known by it."""
    document = {"amount": Decimal("12.3450000000000000000001"), "many": [Decimal("1E+3"), 7, True, None, "x"]}

    assert parse_json(as_json(document)) == document
    assert as_json({"b": 1, "a": Decimal("1.10")}) == b'{"b":1,"a":1.10}'
