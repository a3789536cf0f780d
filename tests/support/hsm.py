"""A hardware module in software: a token of SoftHSM in a folder of its own."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
TOKEN, NAME, PIN = "bawaba", "signing", "invented-2468"


@dataclass(frozen=True, slots=True)
class SoftToken:
    """The token in ``folder``; ``environment`` is what a program finds it by."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf")}

    @property
    def pin_file(self) -> Path:
        return self.folder / "pin"

    def address(self, *, token: str = TOKEN, module: Path = MODULE, pin_file: Path | None = None) -> str:
        """As the setting has it."""
        return f"pkcs11:token={token};object={NAME}?module-path={module}&pin-source=file:{pin_file or self.pin_file}"

    @classmethod
    def make(cls, folder: Path) -> "SoftToken":
        """A fresh one, without keys."""
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\nlog.level = ERROR\n")
        (folder / "pin").write_text(PIN)
        made = cls(folder)
        command = ["softhsm2-util", "--init-token", "--free", "--label", TOKEN, "--pin", PIN, "--so-pin", PIN]
        subprocess.run(command, env=made.environment, check=True, capture_output=True)
        return made
