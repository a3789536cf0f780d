"""`bawaba adapter new`, `check` and `pack`, as they are typed."""

import json
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from gateway.cli import adapter_kit, adapter_new, app
from gateway.registry.submission import Submission

VERBS = (adapter_kit, adapter_new)
run = CliRunner()
BOATS = ["--kind", "field_map", "--state", "OM", "--agency", "om-marine", "--service", "boat-licences"]


def test_a_new_adapter_is_checked_and_packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    made = run.invoke(app, ["adapter", "new", "om_boats", *BOATS])
    seen = run.invoke(app, ["adapter", "check", "om_boats", "--json"])
    packed = run.invoke(
        app, ["adapter", "pack", "om_boats", "--agency", "om-marine", "--sandbox", "https://sandbox.marine.example"]
    )

    assert (made.exit_code, seen.exit_code, packed.exit_code) == (0, 0, 0), made.output
    report = json.loads(seen.stdout)
    assert {"format", "adapter", "stage", "passed", "findings", "cases", "latency_ms", "took_ms"} == report.keys()
    assert report["passed"]
    submission = Submission.model_validate_json(packed.stdout)
    assert submission.plate.addresses == {"sandbox": {"main": "https://sandbox.marine.example"}}
    assert [service.id for service in submission.definitions] == ["boat-licences"]
    assert len(submission.cases["boat-licences"]) == 7


def test_what_is_not_told_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    made = run.invoke(app, ["adapter", "new", "qa_asked"], input="field_map\nQA\ntraffic-fines\n")

    assert made.exit_code == 0, made.output
    assert (tmp_path / "adapters/qa_asked/manifest.toml").is_file()


def test_a_folder_that_is_to_be_mended_ends_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run.invoke(app, ["adapter", "new", "om_mended", *BOATS])
    plate = tmp_path / "adapters/om_mended/manifest.toml"
    plate.write_text(plate.read_text("utf-8").replace('path = "until"', 'path = "untill"'), "utf-8")

    english = run.invoke(app, ["adapter", "check", "adapters/om_mended"])
    arabic = run.invoke(app, ["adapter", "check", "om_mended", "--language", "ar"])

    assert (english.exit_code, arabic.exit_code) == (1, 1)
    assert "[case-broken] cases/boat-licences/found_citizen.json" in english.output
    assert "To mend" in english.output
    assert "يجب تصحيحه" in arabic.output


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["check", "nobody_here"], "nobody_here"),
        (["new", "Bad-Name", *BOATS], "NAME"),
        (["new", "om_x", "--kind", "field_map", "--state", "OM", "--service", "boat-licences"], "--agency"),
        (["new", "om_x", "--kind", "room", "--state", "OM", "--service", "pension-contributions"], "--service"),
    ],
)
def test_wrong_usage_names_what_is_wrong(
    arguments: list[str], named: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    ended = run.invoke(app, ["adapter", *arguments])

    assert ended.exit_code != 0
    assert named in str(getattr(ended.exception, "field", ""))
    assert not (tmp_path / "adapters").exists()


def test_json_is_the_same_in_both_languages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program reads rules and places; sentences come in both languages whatever is asked for."""
    monkeypatch.chdir(tmp_path)
    run.invoke(app, ["adapter", "new", "om_json", *BOATS])
    (tmp_path / "adapters/om_json/cases/boat-licences/late.json").unlink()

    one, other = (
        orjson.loads(run.invoke(app, ["adapter", "check", "om_json", "--json", "--language", each]).stdout)
        for each in ("ar", "en")
    )

    assert one["findings"] == other["findings"]
    assert one["findings"][0]["message"].keys() == {"ar", "en"}
