"""Where the signing keys are kept: in files, in the environment, or in a hardware module; one setting says."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.identity.key_files import FileKeys, KeyStore, read_key, wrong
from gateway.identity.keys import KeyRing
from gateway.identity.pkcs11_keys import SCHEME, Pkcs11Keys

STORE_SETTING: Final = "tokens.keys_from"
FILES: Final = "files"
_ENVIRONMENT: Final = "env:"
_BLOCK: Final = re.compile(rb"[^-]*-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----\s*", re.DOTALL)
_MOST: Final = 3


class EnvironmentKeys:
    """Up to three PEM blocks in one variable: the first signs, the second will, the third did.

    For platforms that hand secrets over in the environment. It cannot change while the program runs, so the keys are
    rotated by a new value and a restart of one worker after the other: each knows the others' keys.
    """

    def __init__(self, variable: str, environment: Mapping[str, str], *, production: bool) -> None:
        self._variable = variable
        self._environment = environment
        self._production = production

    def load(self) -> KeyRing:
        """The keys; raises ``ConfigurationError``."""
        pem, where = self._environment.get(self._variable, "").encode(), f"the variable {self._variable}"
        blocks = _BLOCK.findall(pem)
        if not blocks or len(blocks) > _MOST or b"".join(blocks) != pem:
            raise wrong(STORE_SETTING, f"{where} must hold one to three private keys in PEM, and nothing else")
        keys = [read_key(block, where, self._production, STORE_SETTING) for block in blocks]
        return KeyRing(keys[0], following=keys[1] if len(keys) > 1 else None, retired=keys[2:])

    def state(self) -> object:
        """Always the same."""
        return None

    def rotate(self, *, now: float, overlap: float = 0) -> None:
        """Raises ``ConfigurationError``, which says how it is done instead."""
        raise wrong(
            STORE_SETTING,
            f"{self._variable} is not ours to change: put the second key first, keep the old one last, add a new one "
            "second, and restart",
        )


def key_store(text: str, keys_dir: Path, environment: Mapping[str, str], *, production: bool) -> KeyStore:
    """The store that the setting names: ``files``, ``env:NAME`` or a PKCS#11 address (RFC 7512).

    Raises ``ConfigurationError`` naming ``tokens.keys_from``.
    """
    if text == FILES:
        return FileKeys(keys_dir, production=production)
    if text.startswith(_ENVIRONMENT) and text != _ENVIRONMENT:
        return EnvironmentKeys(text.removeprefix(_ENVIRONMENT), environment, production=production)
    if text.startswith(SCHEME):
        return Pkcs11Keys.at(text, setting=STORE_SETTING)
    raise wrong(STORE_SETTING, "must be `files`, `env:NAME`, or an address that begins with `pkcs11:`")
