"""The address of keys in a hardware module, as RFC 7512 writes it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import unquote

SCHEME: Final = "pkcs11:"
_PIN_FILE: Final = re.compile(r"file:(?://)?(/.*)")


@dataclass(frozen=True, slots=True)
class Pkcs11Address:
    """``module`` is the library of the device's maker, ``token`` its label, ``name`` what its keys' labels begin with.

    The PIN stands in a file, so that no settings, address or list of processes shows it.
    """

    module: Path
    token: str
    name: str
    pin_file: Path

    @classmethod
    def read(cls, uri: str) -> Self:
        """``pkcs11:token=T;object=N?module-path=/lib.so&pin-source=file:/pin``; raises ``ValueError``."""
        path, _, query = uri.removeprefix(SCHEME).partition("?")
        place, ways = _pairs(path, ";"), _pairs(query, "&")
        if place.keys() != {"token", "object"} or ways.keys() != {"module-path", "pin-source"}:
            raise ValueError(
                "must be written `pkcs11:token=LABEL;object=NAME?module-path=/LIBRARY.so&pin-source=file:/PIN`"
            )
        pin = _PIN_FILE.fullmatch(ways["pin-source"])
        if pin is None or not ways["module-path"].startswith("/") or not all(place.values()):
            raise ValueError("module-path and pin-source must be whole paths, and the labels not empty")
        return cls(Path(ways["module-path"]), place["token"], place["object"], Path(pin[1]))


def _pairs(text: str, separator: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for each in filter(None, text.split(separator)):
        name, _, value = each.partition("=")
        if name in found:
            raise ValueError(f"{name} stands twice in the address")
        found[name] = unquote(value, errors="strict")
    return found
