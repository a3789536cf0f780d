"""Style and fonts come from here, for ever under one address, and another address once they change."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.web.pages.static import STATIC, StaticFiles
from tests.unit.web.samples import sample_app

Client = TestClient[web.Request, web.Application]
FILES = StaticFiles.load()


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(sample_app())) as client:
        yield client


@pytest.mark.parametrize("name", sorted(FILES.files))
async def test_every_file_is_kept_for_ever_under_its_version(client: Client, name: str) -> None:
    response = await client.get(f"{FILES.base}/{name}")

    assert response.status == 200
    assert await response.read() == (STATIC / name).read_bytes()
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("bawaba.css", "text/css; charset=utf-8"),
        ("plex-arabic-400.woff2", "font/woff2"),
        ("mark.svg", "image/svg+xml"),
        ("plex-licence.txt", "text/plain; charset=utf-8"),
    ],
)
async def test_every_file_says_what_it_is(client: Client, name: str, media_type: str) -> None:
    response = await client.get(f"{FILES.base}/{name}")

    assert response.headers["Content-Type"] == media_type


async def test_a_file_of_another_version_is_served_and_not_kept(client: Client) -> None:
    response = await client.get("/static/000000000000/bawaba.css")

    assert response.status == 200
    assert response.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(
    "path",
    [
        "absent.css",
        "../pages/render.py",
        "%2e%2e/pages/render.py",
        "..%2fpages%2frender.py",
        "bawaba.css%00",
        "BAWABA.CSS",
        "",
        "%2fetc%2fpasswd",
    ],
)
async def test_nothing_else_is_served(client: Client, path: str) -> None:
    response = await client.get(f"{FILES.base}/{path}")

    assert response.status == 404


def test_the_version_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    (tmp_path / "b.css").write_text("b")
    before = StaticFiles.load(tmp_path).version

    (tmp_path / "b.css").write_text("c")
    changed = StaticFiles.load(tmp_path).version
    (tmp_path / "b.css").write_text("b")

    assert changed != before
    assert StaticFiles.load(tmp_path).version == before


def test_a_file_of_an_unknown_kind_is_not_served(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    (tmp_path / "secrets.env").write_text("b")

    assert list(StaticFiles.load(tmp_path).files) == ["a.css"]


def test_the_fonts_come_with_their_licence() -> None:
    assert b"SIL OPEN FONT LICENSE" in FILES.files["plex-licence.txt"]
    assert {name for name in FILES.files if name.endswith(".woff2")} == {
        f"plex-{script}-{weight}.woff2" for script in ("arabic", "latin") for weight in (400, 600)
    }


def test_every_file_that_the_style_sheet_names_is_there() -> None:
    style = FILES.files["bawaba.css"].decode()

    named = {part.split('"', 1)[0] for part in style.split('url("')[1:]}

    assert named
    assert named <= FILES.files.keys()
    assert "http" not in style
    assert "@import" not in style


@pytest.mark.parametrize(
    "physical",
    [
        "left:",
        "right:",
        "-left",
        "-right",
        "float:",
        "text-align: left",
        "text-align: right",
        "letter-spacing",
        "italic",
    ],
)
def test_the_style_sheet_speaks_of_start_and_end(physical: str) -> None:
    assert physical not in FILES.files["bawaba.css"].decode()
