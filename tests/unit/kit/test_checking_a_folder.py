"""An adapter's folder is checked by the rules of its stage, and everything that is wrong is told at once."""

import shutil
from pathlib import Path

from gateway.i18n import LANGUAGES, Catalogue
from gateway.kit.findings import remedy, said
from tests.support.kit import change, checked, copy_of_example, rules, told


def line_of(folder: Path, text: str, file: str = "manifest.toml") -> int:
    """The line on which ``text`` stands."""
    return (folder / file).read_text("utf-8").split(text)[0].count("\n") + 1


def test_the_example_passes_the_rules_of_a_sandbox(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_whole")

    report = checked(folder, "sandbox")

    assert report.findings == ()
    assert report.passed
    assert len(report.cases) == len(list(folder.glob("cases/*/*.json")))
    assert set(report.latency_ms) == {"traffic-fines"}


def test_all_that_is_wrong_with_a_name_plate_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_plate")
    change(folder / "manifest.toml", 'stage = "draft"', 'stage = "soon"')
    change(folder / "manifest.toml", "timeout_ms = 1500", "timeout_ms = 5")
    change(folder / "manifest.toml", 'phone = "+96800000000"', 'phone = "24600000"\ncolour = "green"')
    change(folder / "manifest.toml", 'protocol = "REST, JSON, API key"\n', "")

    report = checked(folder, "draft")

    assert told(report) == {
        ("manifest-value", "manifest.toml", line_of(folder, 'stage = "soon"'), "stage"),
        ("manifest-value", "manifest.toml", line_of(folder, "timeout_ms = 5"), "limits.timeout_ms"),
        ("manifest-value", "manifest.toml", line_of(folder, 'phone = "24600000"'), "contact.phone"),
        ("manifest-key-unknown", "manifest.toml", line_of(folder, "colour"), "contact.colour"),
        ("manifest-key-missing", "manifest.toml", 1, "protocol"),
    }
    assert {each.field: (each.came, each.expected) for each in report.findings}["limits.timeout_ms"] == ("5", "≥ 50")
    assert not report.passed


def test_a_file_that_is_no_toml_is_told_by_its_line(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_toml")
    change(folder / "manifest.toml", 'country = "OM"', "country = OM")

    report = checked(folder, "draft")

    assert told(report) == {("manifest-unreadable", "manifest.toml", line_of(folder, "country = OM"), None)}


def test_a_service_or_an_agency_that_the_catalogue_does_not_know_is_told(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_services")
    change(folder / "manifest.toml", 'agency = "om-rop-traffic"', 'agency = "om-somebody"')
    change(folder / "manifest.toml", "[services.residence-certificate]", "[services.residence-sertificate]")

    report = checked(folder, "draft")

    assert set(rules(report.findings)) == {"agency-not-competent", "service-unknown", "file-missing"}
    agency = next(each for each in report.findings if each.rule == "agency-not-competent")
    assert (agency.came, agency.expected) == ("om-somebody", "om-rop-traffic")
    assert agency.line == line_of(folder, 'agency = "om-somebody"')


def test_what_no_case_shows_is_told_from_the_sandbox_on(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_promises")
    (folder / "cases/traffic-fines/late.json").unlink()
    (folder / "cases/residence-certificate/refused_with_a_reason.json").unlink()
    shutil.copytree(folder / "cases/traffic-fines", folder / "cases/trafic-fines")
    (folder / "README.md").write_text("# Nothing\n", "utf-8")

    draft, sandbox = checked(folder, "draft"), checked(folder, "sandbox")

    assert draft.passed
    missing = {each.expected for each in sandbox.findings if each.rule == "promise-missing"}
    assert missing == {"late", "refused"}
    assert {"case-stray", "readme-part"} <= set(rules(sandbox.findings))


def test_an_exemption_with_a_reason_takes_the_place_of_a_case(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_exemptions")
    (folder / "cases/traffic-fines/late.json").unlink()
    plate = folder / "manifest.toml"
    plate.write_text(
        plate.read_text("utf-8")
        + '\n[[exemptions]]\nrule = "late"\nreason = "It answers from memory, in microseconds."\n'
    )

    assert checked(folder, "sandbox").passed


def test_a_broken_promise_is_told_with_what_came_and_what_was_expected(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_broken")
    case = "cases/traffic-fines/found_unpaid_only.json"
    change(folder / case, '"amount": "35.000"', '"amount": "36.000"')

    report = checked(folder, "sandbox")

    (finding,) = report.findings
    assert (finding.rule, finding.file) == ("case-broken", case)
    assert (finding.field, finding.came, finding.expected) == ("records[0].amount.amount", "35.000", "36.000")
    (broken,) = [result for result in report.cases if not result.passed]
    assert broken.place == case


def test_code_that_fails_is_told_by_its_file_and_line(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_code")
    change(folder / "national.py", "        super().__init__(connection)\n", "        connection.nothing_like_it\n")

    report = checked(folder, "sandbox")

    assert ("code-raised", "national.py", line_of(folder, "nothing_like_it", "national.py"), None) in told(report)
    assert not report.passed


def test_what_is_invented_does_not_go_live(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_live")
    change(folder / "manifest.toml", "latency_budget_ms = 800", "latency_budget_ms = 8000")

    report = checked(folder, "live")

    assert set(rules(report.findings)) == {
        "contact-invented",
        "contact-phone",
        "participation-invented",
        "limit-unsound",
    }


def test_each_finding_says_in_both_languages_what_is_wrong_and_what_to_do(tmp_path: Path) -> None:
    folder = copy_of_example(tmp_path, "checked_words")
    change(folder / "manifest.toml", 'stage = "draft"', 'stage = "soon"')
    catalogue = Catalogue.load()

    report = checked(folder, "draft")
    (shown,) = report.document(catalogue)["findings"]

    (finding,) = report.findings
    assert said(finding, catalogue, "en") == "stage is soon; expected is 'draft', 'sandbox' or 'live'."
    assert all(remedy(finding, catalogue, language) for language in LANGUAGES)
    assert shown["message"]["ar"] != shown["message"]["en"]
    assert {"rule", "severity", "file", "line", "field", "came", "expected", "message", "next"} <= shown.keys()
