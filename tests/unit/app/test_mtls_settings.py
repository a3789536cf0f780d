"""Promises of the port that asks programs for certificates, as the settings open it."""

from pathlib import Path
from typing import Any

import pytest

from gateway.app.senders import mtls
from gateway.errors import ConfigurationError
from gateway.settings import Server, Settings

FILES = {"mtls_certificate_file": Path("absent.pem"), "mtls_key_file": Path("absent.key")}
WHOLE = {"mtls_port": 0, "mtls_url": "https://mtls.bawaba.example", **FILES}


def settings(**server: Any) -> Settings:
    return Settings(server=Server(**server))


def test_without_a_port_there_is_none() -> None:
    assert mtls(settings()) is None
    assert mtls(settings(mtls_url="https://mtls.bawaba.example")) is None


@pytest.mark.parametrize("missing", ["mtls_url", *FILES])
def test_what_is_missing_is_named(missing: str) -> None:
    given = {name: value for name, value in WHOLE.items() if name != missing}

    with pytest.raises(ConfigurationError) as caught:
        mtls(settings(**given))

    assert caught.value.field == f"server.{missing}"


def test_a_certificate_that_cannot_be_used_is_named() -> None:
    with pytest.raises(ConfigurationError) as caught:
        mtls(settings(**WHOLE))

    assert caught.value.field == "server.mtls_certificate_file"
