"""A channel is open when it is set, and one that is set wrongly stops the start with its setting's name."""

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurve, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway.app.notices import open_channels, outward
from gateway.errors import ConfigurationError
from gateway.notices.settings import NoticeSettings
from gateway.outward.addresses import Outward
from gateway.settings import Server, Settings


def key_file(folder: Path, curve: EllipticCurve) -> Path:
    path = folder / "push.pem"
    pem = generate_private_key(curve).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    return path


def test_without_settings_apps_alone_are_told() -> None:
    assert set(open_channels(NoticeSettings(), Outward())) == {"webhook"}


def test_what_is_set_is_open(tmp_path: Path) -> None:
    section = NoticeSettings.model_validate(
        {
            "email": {"host": "mail.bawaba.example"},
            "sms": {"url": "https://sms.example/send"},
            "whatsapp": {"url": "https://wa.example/send"},
            "push": {"key_file": key_file(tmp_path, SECP256R1())},
            "webhooks": False,
        }
    )

    assert set(open_channels(section, Outward())) == {"email", "sms", "whatsapp", "push"}


@pytest.mark.parametrize(
    ("section", "setting"),
    [
        ({"sms": {"url": "sms.example/send"}}, "notices.sms.url"),
        ({"whatsapp": {"url": "ftp://wa.example"}}, "notices.whatsapp.url"),
        ({"push": {"key_file": Path("no/such/file.pem")}}, "notices.push.key_file"),
    ],
)
def test_what_is_set_wrongly_is_named(section: dict[str, Any], setting: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        open_channels(NoticeSettings.model_validate(section), Outward())

    assert refused.value.field == setting


@pytest.mark.parametrize("kind", ["p384", "ed25519", "text"])
def test_a_key_that_browsers_do_not_know_is_refused(tmp_path: Path, kind: str) -> None:
    path = key_file(tmp_path, SECP384R1())
    if kind == "ed25519":
        key = Ed25519PrivateKey.generate()
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    elif kind == "text":
        path.write_text("not a key")

    with pytest.raises(ConfigurationError) as refused:
        open_channels(NoticeSettings.model_validate({"push": {"key_file": path}}), Outward())

    assert refused.value.field == "notices.push.key_file"


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    missing = {"sms": {"url": "https://sms.example", "headers": {"Authorization": f"file:{tmp_path / 'none'}"}}}

    with pytest.raises(ConfigurationError) as refused:
        open_channels(NoticeSettings.model_validate(missing), Outward())

    assert refused.value.field == str(tmp_path / "none")


def test_an_exception_for_strangers_addresses_must_be_a_network() -> None:
    settings = Settings(server=Server(outward_allowed=("everything",)))

    with pytest.raises(ConfigurationError) as refused:
        outward(settings)

    assert refused.value.field == "server.outward_allowed"
