"""Keys as files: read and judged at start, followed while running, made for the demo."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import structlog
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from gateway.errors import ConfigurationError
from gateway.identity.keys import KeyRing, SigningKey, UnfitKeyError
from gateway.identity.rules import LONGEST_LIFE
from gateway.identity.seal import KEY_BYTES, IdentifierSeal
from gateway.identity.vault import Finder, Vault

log = structlog.get_logger()

KEYS_SETTING = "tokens.keys_dir"
SEAL_SETTING = "tokens.identifiers_key_file"
VAULT_SETTING, FINDER_SETTING = "signin.vault_file", "signin.finder_file"
CURRENT, NEXT, PREVIOUS = "current.pem", "next.pem", "previous.pem"
_LARGEST = 16_384
# Both marks travel inside the key, so a copy of a demo key is one too.
_DEMO_PEM = b"DEMO KEY, refused in production\n"
_DEMO_SEAL = b"demo-only-"


class KeyStore(Protocol):
    """A place where the signing keys are kept."""

    def load(self) -> KeyRing:
        """The keys as they stand now; raises ``ConfigurationError`` naming the setting."""
        ...

    def state(self) -> object:
        """What changes when the keys do; anything that compares."""
        ...

    def rotate(self, *, now: float, overlap: float = LONGEST_LIFE) -> None:
        """The next key signs from ``now``, in seconds since 1970, and the current one only verifies.

        Raises ``ConfigurationError`` while tokens of the key before it may be good, which is ``overlap`` seconds.
        """
        ...


@dataclass(frozen=True, slots=True)
class FileKeys:
    """Keys as files in a folder."""

    folder: Path
    production: bool = False

    def load(self) -> KeyRing:
        return load_key_ring(self.folder, production=self.production)

    def state(self) -> object:
        return [_stamp(self.folder / name) for name in (CURRENT, NEXT, PREVIOUS)]

    def rotate(self, *, now: float, overlap: float = LONGEST_LIFE) -> None:
        rotate(self.folder, now=now, overlap=overlap)


def load_key_ring(folder: Path, *, production: bool = False, setting: str = KEYS_SETTING) -> KeyRing:
    """The signing keys in ``folder``: ``current.pem``, and ``next.pem`` and ``previous.pem`` where they are.

    Each file is one unencrypted private key, P-256 (ES256) or Ed25519 (EdDSA). Raises ``ConfigurationError``
    naming ``setting``.
    """
    current = _load_key(folder / CURRENT, production, setting)
    following, previous = (
        _load_key(path, production, setting) if path.exists() else None for path in (folder / NEXT, folder / PREVIOUS)
    )
    return KeyRing(current, following=following, retired=[previous] if previous else [])


def load_seal(file: Path, *, production: bool = False, setting: str = SEAL_SETTING) -> IdentifierSeal:
    """The seal whose keys are the 32-byte pieces of ``file``; the first seals, all of them open.

    To rotate: append a new key, and once every worker has read it move it to the front; drop the old one when
    the last token sealed with it has expired. Raises ``ConfigurationError`` naming ``setting``.
    """
    try:
        return IdentifierSeal(*_pieces(file, production, setting))
    except UnfitKeyError as problem:
        raise wrong(setting, f"{file}: {problem}; write 32 random bytes") from problem


def load_vault(file: Path, *, production: bool = False, setting: str = VAULT_SETTING) -> Vault:
    """The vault whose keys are the 32-byte pieces of ``file``; it rotates as the seal does.

    Raises ``ConfigurationError`` naming ``setting``.
    """
    try:
        return Vault(*_pieces(file, production, setting))
    except UnfitKeyError as problem:
        raise wrong(setting, f"{file}: {problem}; write 32 random bytes") from problem


def load_finder(file: Path, *, production: bool = False, setting: str = FINDER_SETTING) -> Finder:
    """The keyed hash of the key in ``file``; raises ``ConfigurationError`` naming ``setting``."""
    try:
        return Finder(b"".join(_pieces(file, production, setting)))
    except UnfitKeyError as problem:
        raise wrong(setting, f"{file}: {problem}; write 32 random bytes") from problem


def make_demo_secret(file: Path) -> None:
    """Makes a demo's 32-byte key if it is missing, marked so that production refuses it."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(file, _DEMO_SEAL + os.urandom(KEY_BYTES - len(_DEMO_SEAL)))


def make_demo_keys(folder: Path, seal_file: Path) -> None:
    """Makes what is missing of a demo's keys, marked so that production refuses them."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in (CURRENT, NEXT):
        if not (folder / name).exists():
            _write(folder / name, _DEMO_PEM + _pem(SigningKey.generate()))
    make_demo_secret(seal_file)


def rotate(folder: Path, *, now: float, overlap: float = LONGEST_LIFE) -> None:
    """``next.pem`` signs from now, ``current.pem`` becomes ``previous.pem`` and a new ``next.pem`` is made.

    Raises ``ConfigurationError`` when the previous key was retired less than ``overlap`` seconds ago, since
    tokens that it signed are still good. Whoever reads between the three steps finds a working ring.
    """
    current, following, previous = folder / CURRENT, folder / NEXT, folder / PREVIOUS
    if previous.exists() and now - previous.stat().st_mtime < overlap:
        raise wrong(KEYS_SETTING, f"{previous} is still needed by tokens that it signed; rotate later")
    load_key_ring(folder)
    _write(previous, current.read_bytes(), at=now)
    if following.exists():
        following.replace(current)
    else:
        _write(current, _pem(SigningKey.generate()), at=now)
    _write(following, _pem(SigningKey.generate()), at=now)


@asynccontextmanager
async def followed(
    ring: KeyRing,
    store: KeyStore,
    seal: IdentifierSeal,
    seal_file: Path,
    *,
    production: bool = False,
    every: float = 1.0,
) -> AsyncIterator[None]:
    """Takes over changed keys while the context lasts; what is wrong is logged and the old keys stay."""

    def reload() -> None:
        ring.adopt(store.load())
        seal.adopt(load_seal(seal_file, production=production))
        log.info("keys.adopted", kid=ring.current.kid, seal=seal.seals_with)

    async with _following(lambda: (store.state(), _stamp(seal_file)), reload, every):
        yield


@asynccontextmanager
async def followed_vault(
    vault: Vault, file: Path, *, production: bool = False, every: float = 1.0
) -> AsyncIterator[None]:
    """Takes over the vault's changed key file while the context lasts; a wrong file is logged and the old keys stay."""

    def reload() -> None:
        vault.adopt(load_vault(file, production=production))
        log.info("keys.adopted", vault=vault.seals_with)

    async with _following(lambda: _stamp(file), reload, every):
        yield


@asynccontextmanager
async def _following(state: Callable[[], object], reload: Callable[[], None], every: float) -> AsyncIterator[None]:
    """Calls ``reload`` beside the event loop whenever ``state`` has changed."""

    def look(before: object) -> object:
        if (found := state()) != before:
            reload()
        return found

    async def follow(seen: object) -> None:
        while True:
            await asyncio.sleep(every)
            try:
                seen = await asyncio.to_thread(look, seen)
            except ConfigurationError as problem:
                log.error("keys.refused", setting=problem.field)
                seen = state()

    following = asyncio.create_task(follow(state()))
    try:
        yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following


def _load_key(path: Path, production: bool, setting: str) -> SigningKey:
    return read_key(_read(path, setting), str(path), production, setting)


def read_key(pem: bytes, where: str, production: bool, setting: str) -> SigningKey:
    """The key in ``pem``, which stands at ``where``; raises ``ConfigurationError`` naming ``setting``."""
    if production and _DEMO_PEM in pem:
        raise wrong(setting, f"{where} was made for the demo; make a key of your own")
    if pem.count(b"-----BEGIN") != 1:
        raise wrong(setting, f"{where} must hold exactly one PEM block, a private key")
    try:
        return SigningKey.of(load_pem_private_key(pem, password=None))
    except UnfitKeyError as problem:
        raise wrong(setting, f"{where}: {problem}") from problem
    except (ValueError, TypeError, UnsupportedAlgorithm) as problem:
        raise wrong(setting, f"{where} is not an unencrypted private key in PEM") from problem


def _pieces(file: Path, production: bool, setting: str) -> list[bytes]:
    """The 32-byte keys of a file, one after the other."""
    data = _read(file, setting)
    keys = [data[start : start + KEY_BYTES] for start in range(0, len(data), KEY_BYTES)]
    if production and any(key.startswith(_DEMO_SEAL) for key in keys):
        raise wrong(setting, f"{file} holds a key made for the demo; write 32 random bytes of your own")
    return keys


def _read(path: Path, setting: str) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as problem:
        raise wrong(setting, f"{path} cannot be read: {problem.strerror}") from problem
    if len(data) > _LARGEST:
        raise wrong(setting, f"{path} is too large for a key")
    return data


def _write(path: Path, data: bytes, at: float | None = None) -> None:
    """Whole or not at all, readable by its owner alone."""
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    if at is not None:
        os.utime(temporary, (at, at))
    temporary.replace(path)


def _pem(key: SigningKey) -> bytes:
    return key.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _stamp(path: Path) -> object:
    """What changes when the file does; ``None`` while it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def wrong(setting: str, problem: str) -> ConfigurationError:
    """What is raised when a key is not fit."""
    return ConfigurationError(field=setting, problem=problem)
