"""The ledger's two keys as files: read and judged at start, made for the demo."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from gateway.errors import ConfigurationError
from gateway.ledger.commitments import PSEUDONYM_KEY_BYTES
from gateway.ledger.ledger import LedgerKeys

_DEMO_PEM = b"DEMO KEY, refused in production\n"
_DEMO_KEY = b"demo-only-"


def load_ledger_keys(key_file: Path, pseudonym_file: Path, *, production: bool = False) -> LedgerKeys:
    """The Ed25519 key that signs checkpoints, and the 32 bytes that hide subjects.

    Raises ``ConfigurationError`` naming the setting; in production also for keys that were made for the demo.
    """
    pem, hiding = _read(key_file, "ledger.key_file"), _read(pseudonym_file, "ledger.pseudonym_key_file")
    if production and (pem.startswith(_DEMO_PEM) or hiding.startswith(_DEMO_KEY)):
        raise ConfigurationError(field="ledger.key_file", problem="is a key made for the demo; make your own")
    try:
        signing = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as problem:
        raise ConfigurationError(field="ledger.key_file", problem="is not an unencrypted PEM key") from problem
    if not isinstance(signing, Ed25519PrivateKey):
        raise ConfigurationError(field="ledger.key_file", problem="must be an Ed25519 key")
    return LedgerKeys(signing, hiding)


def make_demo_ledger_keys(key_file: Path, pseudonym_file: Path) -> None:
    """Makes what is missing of a demo's keys, marked so that production refuses them."""
    if not key_file.exists():
        key = Ed25519PrivateKey.generate()
        _write(key_file, _DEMO_PEM + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if not pseudonym_file.exists():
        _write(pseudonym_file, _DEMO_KEY + os.urandom(PSEUDONYM_KEY_BYTES - len(_DEMO_KEY)))


def _read(path: Path, setting: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise ConfigurationError(field=setting, problem=f"{path} cannot be read") from problem


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
