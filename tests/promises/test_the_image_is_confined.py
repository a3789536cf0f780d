"""The image and its company run without rights, without secrets of their own and from pinned packages."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.partition(" ")[2].strip() for line in joined.splitlines() if line.startswith(f"{name} ")]


def test_the_image_runs_as_a_user_without_rights() -> None:
    last_stage = DOCKERFILE.rpartition("\nFROM ")[2]
    users = re.findall(r"^USER (\d+):(\d+)$", last_stage, re.MULTILINE)

    assert users == [("10001", "10001")]


def test_the_image_installs_packages_by_hash_only() -> None:
    installs = [each for run in instructions("RUN") for each in run.split("&&") if "pip install" in each]

    assert installs
    assert all("--require-hashes" in each or "--no-deps --no-build-isolation ." in each for each in installs)


def test_the_image_downloads_nothing_by_address() -> None:
    assert re.findall(r"\b(?:curl|wget|git clone|ADD)\b", DOCKERFILE) == []


def test_only_what_the_image_names_reaches_its_build() -> None:
    ignore = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    let_in = {line.removeprefix("!") for line in ignore if line.startswith("!")}
    copied = {source for line in instructions("COPY") if "--from" not in line for source in line.split()[:-1]}

    assert "*" in ignore
    assert copied == let_in


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_keeps_no_capability_and_writes_nothing_of_its_image(name: str) -> None:
    service = SERVICES[name]

    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["read_only"] is True
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    assert service["user"].split(":")[0] not in {"0", "root"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_secret_of_its_own(name: str) -> None:
    values = SERVICES[name]["environment"]

    secret = {key: value for key, value in values.items() if re.search("PASSWORD|SECRET|TOKEN_KEY|STORAGE__URL", key)}

    assert secret
    assert all(re.search(r"\$\{[A-Z_]+:\?", value) for value in secret.values())


def test_every_variable_of_the_compose_file_is_required() -> None:
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    gaps = re.findall(r"\$\{([^}]+)\}", text)

    assert gaps
    assert all(":?" in gap for gap in gaps)


def test_the_database_is_out_of_reach_from_outside() -> None:
    assert SERVICES["database"]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert "ports" not in SERVICES["database"]


def test_ports_are_published_to_this_machine_alone() -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["gateway"]["ports"])


def test_the_gateway_is_given_settings_that_exist() -> None:
    for variable in SERVICES["gateway"]["environment"].keys() - {"BAWABA_CONFIG"}:
        first, *rest = variable.removeprefix("BAWABA_").lower().split("__")
        part = Settings.model_fields[first].annotation
        for name in rest:
            assert part is not None
            assert name in part.model_fields, variable
