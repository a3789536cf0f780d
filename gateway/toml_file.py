"""A TOML file read as one frozen model; what is wrong with it is named by file, key and what is expected."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from gateway.errors import ConfigurationError

ModelT = TypeVar("ModelT", bound=BaseModel)

MAX_BYTES = 262_144
"""Larger files are refused unread: TOML is parsed in Python, and no file of ours comes near."""


def load_model(path: Path, model: type[ModelT]) -> ModelT:
    """The file as a ``model``; raises ``ConfigurationError`` with ``field`` as ``FILE: key`` and ``problem``."""
    document = _read(path)
    try:
        # TOML has no tuples or enumerations, so the file is checked as the JSON that it is equal to.
        return model.model_validate_json(orjson.dumps(document))
    except ValidationError as wrong:
        first = wrong.errors()[0]
        raise ConfigurationError(
            field=f"{path}: {key_of(first['loc'])}", problem=_expected(first["type"], first["msg"])
        ) from wrong
    except ConfigurationError as wrong:
        raise ConfigurationError(field=f"{path}: {wrong.field}", problem=wrong.facts["problem"]) from wrong
    except orjson.JSONEncodeError as wrong:
        raise ConfigurationError(field=str(path), problem=f"holds a value that JSON has not: {wrong}") from wrong


def key_of(location: Sequence[str | int]) -> str:
    """A place in the file as people write it: ``authorities[2].name.ar``."""
    key = ""
    for step in location:
        key += f"[{step}]" if isinstance(step, int) else f".{step}" if key else step
    return key or "the whole file"


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConfigurationError(field=str(path), problem=f"is larger than {MAX_BYTES} bytes")
        return tomllib.loads(path.read_text("utf-8"))
    except UnicodeDecodeError as wrong:
        raise ConfigurationError(field=str(path), problem="is not UTF-8 text") from wrong
    except tomllib.TOMLDecodeError as wrong:
        raise ConfigurationError(field=str(path), problem=f"is not TOML: {wrong}") from wrong
    except RecursionError as wrong:
        raise ConfigurationError(field=str(path), problem="is nested too deeply") from wrong
    except OSError as wrong:
        raise ConfigurationError(field=str(path), problem=f"cannot be read: {wrong.strerror}") from wrong


def _expected(kind: str, message: str) -> str:
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not a key that this file has; look for a slip of the pen"
    return message.removeprefix("Value error, ")
