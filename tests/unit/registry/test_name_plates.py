"""A name plate is read before any code of its room, and what is wrong on it is named."""

import re
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.errors import ConfigurationError
from gateway.kit.beside import sandbox_class
from gateway.registry.manifest import Manifest
from gateway.registry.registry import Registry
from gateway.registry.rooms import Room, Wiring, build_room, find_rooms
from gateway.schema import Country
from gateway.sdk.inbox import Inbox

ADAPTERS = Path(__file__).parents[3] / "adapters"
BAHRAIN = Manifest.load(ADAPTERS / "bahrain")
SECRETS = sandbox_class(ADAPTERS, "bahrain").make_secrets()


def spoilt(folder: Path, change: Callable[[str], str]) -> ConfigurationError:
    """What is said of Bahrain's plate after the change."""
    room = folder / "bahrain"
    room.mkdir()
    text = (ADAPTERS / "bahrain" / "manifest.toml").read_text("utf-8")
    changed = change(text)
    assert changed != text
    (room / "manifest.toml").write_text(changed, "utf-8")
    with pytest.raises(ConfigurationError) as refused:
        Manifest.load(room)
    return refused.value


def wiring(plate: Manifest = BAHRAIN) -> Wiring:
    """Addresses where nobody answers: nothing is sent to them."""
    return Wiring(dict.fromkeys(plate.endpoints, "http://127.0.0.1:9"), SECRETS)


def build(plate: Manifest, wired: Wiring, adapters: Path = ADAPTERS) -> Room:
    return build_room(plate, adapters, wired, Inbox("http://127.0.0.1:9"), lambda: datetime.now(UTC))


def test_the_plates_on_the_doors_are_all_readable() -> None:
    plates = find_rooms(ADAPTERS)

    assert {plate.country for plate in plates} == set(Country)
    assert [plate.name for plate in plates] == sorted(plate.name for plate in plates)
    assert all(plate.label == f"{plate.name}@{plate.version}" for plate in plates)


@pytest.mark.parametrize("key", ["version", "stage", "country", "protocol", "endpoints", "title"])
def test_a_key_that_is_missing_is_named(tmp_path: Path, key: str) -> None:
    problem = spoilt(tmp_path, lambda text: re.sub(f"(?m)^{key} = .*$", "", text))

    assert str(problem.field).endswith(f"manifest.toml: {key}")
    assert problem.facts["problem"] == "is missing"


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('country = "BH"', 'country = "XX"', "country"),
        ('country = "BH"', 'country = "BH"\ncontry = "BH"', "contry"),
        (f'version = "{BAHRAIN.version}"', 'version = "one"', "version"),
        (f'stage = "{BAHRAIN.stage}"', 'stage = "done"', "stage"),
        ("[limits]", "[limits]\nbreaker = 3", "limits.breaker"),
        ("[limits]", "[limit]", "limit"),
        ('name = "bahrain"', 'name = "Bahrain"', "name"),
        ('name = "bahrain"', 'name = "kuwait"', "name"),
        ("latency_budget_ms = ", "latency_budget_ms = -", "latency_budget_ms"),
    ],
)  # fmt: skip
def test_a_key_that_is_wrong_is_named(tmp_path: Path, old: str, new: str, key: str) -> None:
    problem = spoilt(tmp_path, lambda text: text.replace(old, new, 1))

    assert key in str(problem.field)
    assert problem.facts["problem"]


def test_a_plate_that_is_no_toml_is_named(tmp_path: Path) -> None:
    problem = spoilt(tmp_path, lambda text: text + "\n[[")

    assert str(problem.field).endswith("manifest.toml")


def test_a_room_without_an_address_or_a_secret_is_not_built() -> None:
    whole = wiring()
    without_address = Wiring({}, whole.secrets)
    without_secret = Wiring(whole.endpoints, {})

    for incomplete, kind in ((without_address, "endpoints"), (without_secret, "secrets")):
        with pytest.raises(ConfigurationError) as refused:
            build(BAHRAIN, incomplete)
        assert str(refused.value.field).startswith(f"rooms.bahrain.{kind}.")


def test_a_secret_that_cannot_be_used_is_named_and_not_repeated() -> None:
    useless = Wiring(wiring().endpoints, dict.fromkeys(BAHRAIN.secrets, "hunter2"))

    with pytest.raises(ConfigurationError) as refused:
        build(BAHRAIN, useless)

    assert refused.value.field == "rooms.bahrain.secrets"
    assert "hunter2" not in str(refused.value.facts)


def test_a_room_that_is_built_offers_what_its_plate_says() -> None:
    room = build(BAHRAIN, wiring())

    assert {*room.adapters, *room.procedures} == set(BAHRAIN.services)
    assert not set(room.adapters) & set(room.procedures)
    registry = Registry([room])
    assert registry.countries("traffic-fines") == (Country.BH,)
    assert registry.countries("horoscopes") == ()


def copied(folder: Path, package: str) -> Path:
    """The room of Bahrain in a house of its own, to be spoilt."""
    adapters = folder / package
    shutil.copytree(ADAPTERS / "bahrain", adapters / "bahrain")
    (adapters / "__init__.py").touch()
    return adapters


@pytest.mark.parametrize(
    ("package", "source", "named"),
    [
        ("rooms_without_a_lookup", "", "traffic_fines"),
        ("rooms_with_another_service", None, "bahrain: traffic-fines"),
    ],
)
def test_a_room_whose_code_is_not_what_its_plate_says_is_not_built(
    tmp_path: Path, package: str, source: str | None, named: str
) -> None:
    adapters = copied(tmp_path, package)
    module = adapters / "bahrain" / "traffic_fines.py"
    other = module.read_text("utf-8").replace('service = "traffic-fines"', 'service = "speeding"')
    module.write_text(other if source is None else source, "utf-8")

    with pytest.raises(ConfigurationError) as refused:
        build(BAHRAIN, wiring(), adapters)

    assert named in str(refused.value.field)
