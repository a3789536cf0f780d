"""One setting says where the signing keys are kept, and what is wrong there stops the start by its name."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.errors import ConfigurationError
from gateway.identity.key_files import KeyStore, make_demo_keys
from gateway.identity.key_store import key_store
from gateway.identity.keys import SigningKey
from tests.unit.identity.examples import Office, accepted

PRIVATE = [generate_private_key(SECP256R1()) for _ in range(4)]
PEM = [each.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode() for each in PRIVATE]
KIDS = [SigningKey.of(each).kid for each in PRIVATE]
VARIABLE = "SIGNING_KEYS"


def in_environment(text: str, *, production: bool = True) -> KeyStore:
    return key_store(f"env:{VARIABLE}", Path("nowhere"), {VARIABLE: text}, production=production)


def told(problem: pytest.ExceptionInfo[ConfigurationError], *words: str, setting: str = "tokens.keys_from") -> None:
    assert problem.value.field == setting
    for word in words:
        assert word in str(problem.value.facts["problem"])


def test_keys_in_a_folder_are_those_of_the_folder(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "seal")

    store = key_store("files", tmp_path / "tokens", {}, production=False)

    ring = store.load()
    store.rotate(now=1_000_000.0)
    assert ring.following is not None
    assert store.load().current.kid == ring.following.kid
    with pytest.raises(ConfigurationError) as caught:
        key_store("files", tmp_path / "tokens", {}, production=True).load()
    told(caught, "made for the demo", setting="tokens.keys_dir")


@pytest.mark.parametrize("count", [1, 2, 3])
def test_of_the_keys_in_a_variable_the_first_signs_the_second_will_and_the_third_did(count: int) -> None:
    ring = in_environment("".join(PEM[:count])).load()

    assert ring.current.kid == KIDS[0]
    assert (ring.following.kid if ring.following else None) == (KIDS[1] if count > 1 else None)
    assert [each["kid"] for each in ring.jwks()["keys"]] == KIDS[:count]


def test_a_new_value_and_a_restart_rotate_keys_in_a_variable_without_a_failed_verification() -> None:
    old = Office(keys=in_environment(PEM[0] + PEM[1] + PEM[2]).load())
    new = Office(keys=in_environment(PEM[1] + PEM[3] + PEM[0]).load(), seal=old.seal)

    accepted(new.verifier(), old.token())
    accepted(old.verifier(), new.token())
    with pytest.raises(ConfigurationError) as caught:
        in_environment(PEM[0]).rotate(now=0)
    told(caught, "restart")


@pytest.mark.parametrize(
    "text",
    ["", "secret", "".join(PEM), PEM[0] + "secret", PEM[0].replace("PRIVATE KEY", "CERTIFICATE"), PEM[0][:100]],
    ids=["missing", "no key", "four", "more", "certificate", "half"],
)
def test_what_is_wrong_in_a_variable_is_told_without_showing_it(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        in_environment(text).load()

    told(caught, VARIABLE)
    assert "secret" not in repr(caught.value)
    assert PEM[0].splitlines()[1][:20] not in repr(caught.value)


def test_a_key_of_the_demo_is_refused_in_production_wherever_it_is_kept(tmp_path: Path) -> None:
    make_demo_keys(tmp_path / "tokens", tmp_path / "seal")
    demo = (tmp_path / "tokens" / "current.pem").read_text()

    assert in_environment(PEM[0] + demo, production=False).load().following
    for text in (demo, PEM[0] + demo):
        with pytest.raises(ConfigurationError) as caught:
            in_environment(text).load()
        told(caught, "made for the demo")


@pytest.mark.parametrize("text", ["", "file", "env:", "https://keys.example", "PKCS11:token=x", "pkcs11:token=x"])
def test_a_place_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        key_store(text, Path("nowhere"), {}, production=True)

    told(caught)
