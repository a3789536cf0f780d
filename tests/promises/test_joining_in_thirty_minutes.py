"""The page "Join in thirty minutes" is followed to the letter, in an empty folder, in each of its two languages."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.registry.submission import Submission
from tests.support.house import house

ROOT = Path(__file__).parents[2]
LANGUAGES = ("ar", "en")
FENCE = re.compile(r"^```(\w+) (.+?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CALL = re.compile(r"^curl(?: -X (\w+))?.*?https://gateway.example(/\S+)$", re.MULTILINE | re.DOTALL)
BAWABA = Path(sys.executable).with_name("bawaba")


@dataclass(frozen=True)
class Block:
    """A fenced block: what it is in, what is to be done with it, and its text."""

    kind: str
    orders: str
    text: str


def page(language: str) -> str:
    return (ROOT / f"docs/join.{language}.md").read_text("utf-8")


def blocks(language: str) -> Iterator[Block]:
    for kind, orders, text in FENCE.findall(page(language)):
        yield Block(kind, orders, text.rstrip("\n"))


@dataclass
class Reader:
    """Somebody who does what the page says, in ``folder``, and nothing else."""

    folder: Path
    printed: str = ""
    done: list[str] = field(default_factory=list)

    def follow(self, block: Block) -> None:
        order, _, value = block.orders.partition("=")
        if order.startswith("run"):
            self.run(block.text, int(value or 0))
        elif order == "shown":
            assert not [line for line in block.text.splitlines() if line not in self.printed], self.printed
        elif order == "file":
            assert not (self.folder / value).exists()
            (self.folder / value).write_text(block.text + "\n", "utf-8")
        elif order == "line":
            self.put_line(self.folder / value, block.text)
        else:
            assert order == "api", block
        self.done.append(order)

    def run(self, command: str, code: int) -> None:
        program, *arguments = shlex.split(command)
        assert program == "bawaba"
        ended = subprocess.run([BAWABA, *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        assert ended.returncode == code, (command, ended.stdout, ended.stderr)
        self.printed = ended.stdout

    def put_line(self, path: Path, line: str) -> None:
        """In the place of the one line that begins with the same word."""
        lines = path.read_text("utf-8").splitlines()
        (place,) = [number for number, each in enumerate(lines) if each.split(" ")[0] == line.split(" ")[0]]
        lines[place] = line
        path.write_text("\n".join(lines) + "\n", "utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_can_be_followed_to_the_letter(tmp_path: Path, language: str) -> None:
    reader = Reader(tmp_path)

    for block in blocks(language):
        reader.follow(block)

    assert {"run", "shown", "file", "line", "api", "run exit"} == set(reader.done)
    packed = Submission.model_validate_json((tmp_path / "version.json").read_bytes())
    assert len(packed.cases["boat-licences"]) == 9


def test_both_pages_say_the_same() -> None:
    arabic, english = (list(blocks(language)) for language in LANGUAGES)

    assert arabic == english
    headings = [re.findall(r"^#+ ", page(language), re.MULTILINE) for language in LANGUAGES]
    assert headings[0] == headings[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_portal_shows_the_page_of_the_repository(language: str) -> None:
    assert (ROOT / f"gateway/web/pages/texts/join.{language}.md").read_text("utf-8") == page(language)


async def test_what_is_registered_goes_to_addresses_that_there_are(tmp_path: Path) -> None:
    """Each line for the gateway is an operation of its contract, asked with its method."""
    asked = [
        (found[1] or "GET", found[2])
        for block in blocks("en")
        if block.orders == "api"
        for found in re.finditer(
            r"^curl(?: -X (\w+))?.*?https://gateway.example(/\S+)$", block.text, re.MULTILINE | re.DOTALL
        )
    ]

    async with (
        house(tmp_path, rooms=("example",)) as running,
        running.session.get(f"{running.url}/openapi.json") as answer,
    ):
        paths = (await answer.json())["paths"]

    known = [
        (method.upper(), re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))))
        for path, operations in paths.items()
        for method in operations
    ]
    assert len(asked) == 7
    assert [
        (method, path)
        for method, path in asked
        if not any(method == known_method and pattern.fullmatch(path) for known_method, pattern in known)
    ] == []
