"""The style sheet, fonts and mark, served from memory under an address that changes when they do."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

STATIC = Path(__file__).parent.parent / "static"
MEDIA_TYPES = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".txt": "text/plain"}

FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "public, no-cache"


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """Every file by name, and one version of them all."""

    files: Mapping[str, bytes]
    version: str

    @classmethod
    def load(cls, folder: Path = STATIC) -> "StaticFiles":
        """Reads the files of ``folder`` whose media type is known."""
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.suffix in MEDIA_TYPES}
        digest = hashlib.sha256()
        for name, body in files.items():
            digest.update(f"{name} {len(body)}\n".encode() + body)
        return cls(files, digest.hexdigest()[:12])

    @property
    def base(self) -> str:
        """Where the files of this version are."""
        return f"/static/{self.version}"

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/static/{version}/{name}", self._get)

    async def _get(self, request: web.Request) -> web.Response:
        """The file; while versions change hands, one of another version is served but not to be kept."""
        name = request.match_info["name"]
        if name not in self.files:
            raise web.HTTPNotFound
        keep = FOREVER if request.match_info["version"] == self.version else ASK_AGAIN
        return web.Response(
            body=self.files[name],
            headers={
                "Cache-Control": keep,
                "Content-Type": _media_type(name),
                # It is the same for everyone; an answer that varied would be kept once for each language.
                "Vary": "Accept-Encoding",
            },
        )


def _media_type(name: str) -> str:
    media_type = MEDIA_TYPES[Path(name).suffix]
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type
