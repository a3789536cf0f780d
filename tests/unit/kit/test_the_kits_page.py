"""`docs/adapter-kit.md` tells every rule and every key of a report, and none that there is not."""

import json
import re
from pathlib import Path

from gateway.i18n import Catalogue
from gateway.kit.report import Report

PAGE = (Path(__file__).parents[3] / "docs/adapter-kit.md").read_text("utf-8")
SOURCE = Path(__file__).parents[3] / "gateway/kit"


def test_every_rule_is_told_with_its_sentence() -> None:
    known = {
        key.removeprefix("kit.").removesuffix(".said"): key
        for key in Catalogue.load().messages["en"]
        if re.fullmatch(r"kit\..+\.said", key)
    }

    told = dict(re.findall(r"^\| `([a-z-]+)` \| (.+) \|$", PAGE.split("## Rules")[1], re.MULTILINE))

    assert told == {rule: Catalogue.load().messages["en"][key][0].replace("|", "&#124;") for rule, key in known.items()}


def test_every_rule_that_is_used_has_its_sentences_and_every_sentence_a_rule() -> None:
    source = "\n".join(path.read_text("utf-8") for path in SOURCE.glob("*.py"))
    sentences = {
        key.split(".")[1] for key in Catalogue.load().messages["en"] if re.fullmatch(r"kit\.[a-z-]+\.said", key)
    }

    assert {rule for rule in sentences if f'"{rule}"' in source} == sentences
    assert set(re.findall(r'rule="([a-z-]+)"', source)) <= sentences
    assert set(re.findall(r'folder\.finding\(\s*"([a-z-]+)"', source)) <= sentences


def test_the_report_on_the_page_is_one() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    document = json.loads(shown)
    for finding in document["findings"]:
        assert set(finding.pop("message")) == set(finding.pop("next")) == {"ar", "en"}

    report = Report.model_validate_json(json.dumps(document))

    assert json.loads(report.as_json()) == document
