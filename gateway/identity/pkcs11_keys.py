"""Signing keys that never leave a hardware module, reached by PKCS#11."""

import hashlib
import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import structlog
from cryptography.hazmat.primitives.serialization import load_der_public_key

from gateway.errors import ConfigurationError, Unavailable
from gateway.identity.keys import KeyRing, SigningKey, UnfitKeyError
from gateway.identity.pkcs11_address import SCHEME as SCHEME
from gateway.identity.pkcs11_address import Pkcs11Address
from gateway.identity.rules import LONGEST_LIFE

log = structlog.get_logger()

CURRENT, NEXT, PREVIOUS = "current", "next", "previous"
_P256: Final = "1.2.840.10045.3.1.7"
_ID_BYTES: Final = 16
# Libraries of devices need not be safe for threads, and one is the process's, whoever calls it.
_LOCK: Final = threading.RLock()


class Pkcs11Keys:
    """A ring of P-256 keys in one token.

    A private key's label says what it is for: ``NAME current``, ``NAME next``, ``NAME previous SECONDS``, the moment
    in which it was retired; its public half has the same id. Needs python-pkcs11 (``pip install bawaba[hsm]``).
    """

    def __init__(self, address: Pkcs11Address, *, setting: str) -> None:
        self._address = address
        self._setting = setting
        self._session: Any = None
        self._handles: dict[bytes, Any] = {}

    @classmethod
    def at(cls, uri: str, *, setting: str) -> Self:
        """Those at an RFC 7512 address; raises ``ConfigurationError``."""
        try:
            return cls(Pkcs11Address.read(uri), setting=setting)
        except ValueError as problem:
            raise ConfigurationError(field=setting, problem=str(problem)) from problem

    def load(self) -> KeyRing:
        """The keys; raises ``ConfigurationError``."""
        with self._told():
            roles = self._roles()
            # Between two steps of a rotation there is no current key, and the next one signs already.
            ids = [roles[role] for role in (CURRENT, NEXT) if role in roles]
            if not ids:
                raise UnfitKeyError(f"the token has no key {self._label(CURRENT)!r}; bawaba keys rotate makes one")
            keys = [self._key(each) for each in ids]
            retired = [self._key(each) for role, each in roles.items() if role.startswith(PREVIOUS)]
            return KeyRing(keys[0], following=keys[1] if len(keys) > 1 else None, retired=retired)

    def state(self) -> object:
        """What changes when the keys do."""
        try:
            with self._told():
                return self._roles()
        except ConfigurationError:
            return None

    def rotate(self, *, now: float, overlap: float = LONGEST_LIFE) -> None:
        """The next key signs from now, the current one only verifies, and a new next one is made in the token.

        In an empty token both are made. Whoever reads between two steps finds a working ring, and a rotation that
        was cut off is finished by another. Raises ``ConfigurationError``, also for a key that is needed yet.
        """
        with self._told(), self._writing() as session:
            roles = self._roles(session)
            retired = {role: each for role, each in roles.items() if role.startswith(PREVIOUS)}
            if CURRENT in roles:
                if any(now - int(role.split()[1]) < overlap for role in retired):
                    raise UnfitKeyError("the previous key is still needed by tokens that it signed; rotate later")
                self._destroy(session, retired.values())
                self._relabel(session, roles[CURRENT], f"{PREVIOUS} {int(now)}")
            if NEXT in roles:
                self._relabel(session, roles[NEXT], CURRENT)
            else:
                self._generate(session, CURRENT)
            self._generate(session, NEXT)

    def sign(self, key_id: bytes, message: bytes) -> bytes:
        """The ES256 signature of the key with that id; raises ``Unavailable`` when the device does not sign."""
        from pkcs11.exceptions import PKCS11Error

        # The hash is made here: not every device knows the mechanism that makes both.
        digest = hashlib.sha256(message).digest()
        with _LOCK:
            try:
                return self._signed(key_id, digest)
            except (PKCS11Error, LookupError):
                # A device that was away has forgotten its sessions: one is opened anew, once.
                self._session = None
            try:
                return self._signed(key_id, digest)
            except (PKCS11Error, LookupError, OSError) as problem:
                self._session = None
                log.error("key.unreachable", error=type(problem).__name__)
                raise Unavailable from problem

    # --- the device

    def _signed(self, key_id: bytes, digest: bytes) -> bytes:
        from pkcs11 import Mechanism

        session = self._opened()
        if key_id not in self._handles:
            self._handles[key_id] = _one(session, _private(key_id))
        return bytes(self._handles[key_id].sign(digest, mechanism=Mechanism.ECDSA))

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Whatever is wrong with the module, the token, the PIN or a key is told with the setting's name."""
        try:
            from pkcs11.exceptions import PKCS11Error
        except ImportError as problem:
            raise self._wrong("needs python-pkcs11: pip install bawaba[hsm]") from problem
        try:
            with _LOCK:
                yield
        except UnfitKeyError as problem:
            raise self._wrong(str(problem)) from problem
        except OSError as problem:
            raise self._wrong(f"{self._address.pin_file} cannot be read: {problem.strerror}") from problem
        except (PKCS11Error, LookupError, RuntimeError) as problem:
            self._session = None
            raise self._wrong(f"the device at {self._address.module} refused: {type(problem).__name__}") from problem

    def _opened(self) -> Any:
        if self._session is None:
            self._session, self._handles = self._open(rw=False), {}
        return self._session

    def _open(self, *, rw: bool) -> Any:
        import pkcs11
        from pkcs11.exceptions import UserAlreadyLoggedIn

        token = pkcs11.lib(str(self._address.module)).get_token(token_label=self._address.token)
        try:
            return token.open(rw=rw, user_pin=self._address.pin_file.read_text("utf-8").strip())
        except UserAlreadyLoggedIn:
            # By another session of this process: the login is the process's.
            return token.open(rw=rw)

    @contextmanager
    def _writing(self) -> Iterator[Any]:
        session = self._open(rw=True)
        try:
            yield session
        finally:
            session.close()
            # Closing logs the process out where it was this session that logged in.
            self._session = None

    def _roles(self, session: Any = None) -> dict[str, bytes]:
        """The id of each private key by what it is for; raises ``UnfitKeyError`` for two of the same."""
        from pkcs11 import Attribute, ObjectClass

        found: dict[str, bytes] = {}
        pattern = re.compile(rf"{re.escape(self._address.name)} ({CURRENT}|{NEXT}|{PREVIOUS} [0-9]+)")
        for key in (session or self._opened()).get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
            role = pattern.fullmatch(str(key.label))
            if role is None:
                continue
            if role[1] in found:
                raise UnfitKeyError(f"the token has two keys {key.label!r}")
            found[role[1]] = bytes(key.id)
        return found

    def _key(self, key_id: bytes) -> SigningKey:
        from pkcs11.util.ec import encode_ec_public_key

        public = load_der_public_key(encode_ec_public_key(_one(self._opened(), _public(key_id))))
        return SigningKey.kept_by(_Signer(self, key_id), public)

    def _relabel(self, session: Any, key_id: bytes, role: str) -> None:
        from pkcs11 import Attribute

        _one(session, _private(key_id))[Attribute.LABEL] = self._label(role)

    def _destroy(self, session: Any, ids: Any) -> None:
        for key_id in ids:
            for half in (_private(key_id), _public(key_id)):
                _one(session, half).destroy()

    def _generate(self, session: Any, role: str) -> None:
        from pkcs11 import Attribute, KeyType, MechanismFlag
        from pkcs11.util.ec import encode_named_curve_parameters

        curve = {Attribute.EC_PARAMS: encode_named_curve_parameters(_P256)}
        parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
        parameters.generate_keypair(
            id=secrets.token_bytes(_ID_BYTES),
            label=self._label(role),
            store=True,
            capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY,
            private_template={Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False},
        )

    def _label(self, role: str) -> str:
        return f"{self._address.name} {role}"

    def _wrong(self, problem: str) -> ConfigurationError:
        return ConfigurationError(field=self._setting, problem=problem)


@dataclass(frozen=True, slots=True)
class _Signer:
    """One key of the device."""

    keys: Pkcs11Keys
    key_id: bytes

    def sign(self, message: bytes) -> bytes:
        return self.keys.sign(self.key_id, message)


def _private(key_id: bytes) -> dict[Any, Any]:
    from pkcs11 import Attribute, ObjectClass

    return {Attribute.CLASS: ObjectClass.PRIVATE_KEY, Attribute.ID: key_id}


def _public(key_id: bytes) -> dict[Any, Any]:
    from pkcs11 import Attribute, ObjectClass

    return {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: key_id}


def _one(session: Any, wanted: dict[Any, Any]) -> Any:
    """The one object; raises ``LookupError``."""
    found = list(session.get_objects(wanted))
    if len(found) != 1:
        raise LookupError("not one object")
    return found[0]
