"""A key that a stand-in signs with goes to the stand-in, and nowhere near the gateway that trusts it."""

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.app import rehearse
from gateway.demo.prepare import Ports, prepare
from gateway.sandbox.systems import build_sandbox
from gateway.settings import Settings, load
from tests.support.program import ROOT, invoke

KNOWING = """
from collections.abc import Mapping

from adapters.example.sandbox import Sandbox as Example


class Sandbox(Example):
    @classmethod
    def make_secrets(cls) -> Mapping[str, str]:
        return {**Example.make_secrets(), "signing_key": "invented private words"}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder with one room, the example's, whose stand-in knows more than the room."""
    rooms = tmp_path / "knowing_rooms"
    shutil.copytree(ROOT / "adapters/example", rooms / "example", ignore=shutil.ignore_patterns("__pycache__"))
    (rooms / "example/sandbox.py").write_text(KNOWING, "utf-8")
    yield tmp_path
    # The next test has a folder of its own, and its modules the same names.
    for name in [each for each in sys.modules if each.split(".")[0] == rooms.name]:
        del sys.modules[name]


def wired(folder: Path) -> Settings:
    return load(prepare(folder / "demo", Ports(0, 0, 1), folder / "knowing_rooms", rooms=["example"], providers=[]))


def test_the_stand_in_knows_it_and_the_room_does_not(folder: Path) -> None:
    settings = wired(folder)
    wiring = settings.rooms["example"]

    sandbox = build_sandbox(settings.paths.adapters, "example", wiring)

    assert sandbox.secrets["signing_key"] == "invented private words"
    assert "signing_key" not in wiring.secrets
    assert wiring.sandbox == {"signing_key": "invented private words"}


def test_both_sides_still_know_each_other_after_a_restart(folder: Path) -> None:
    before = wired(folder).rooms["example"]

    assert wired(folder).rooms["example"] == before


def test_a_secret_that_is_new_makes_all_of_them_anew(folder: Path) -> None:
    wired(folder)
    store = folder / "demo/secrets.json"
    known = json.loads(store.read_text("utf-8"))
    del known["example"]["signing_key"]
    store.write_text(json.dumps(known), "utf-8")

    assert "signing_key" in wired(folder).rooms["example"].sandbox


def test_it_is_not_shown_with_the_settings(folder: Path) -> None:
    wired(folder)

    code, said, _ = invoke("config", "show", "--config", str(folder / "demo/gateway.toml"))

    assert code == 0
    assert '"signing_key": "(set)"' in said
    assert "invented private words" not in said


def test_a_house_with_such_a_stand_in_fits_together(folder: Path) -> None:
    settings = wired(folder)
    paths = settings.paths.model_copy(
        update={
            "services": ROOT / "config/services",
            "policy": ROOT / "config/policy.toml",
            "providers": ROOT / "config/providers",
        }
    )

    assert list(rehearse(settings.model_copy(update={"paths": paths}))) == ["example@1.0.0"]
