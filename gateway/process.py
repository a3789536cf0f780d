"""The process that serves, which `bawaba serve` becomes: it holds nothing that only the command line needs."""

import gc
import os
import sys
from pathlib import Path
from typing import NoReturn

from gateway.endings import ended_plainly

# Also in the workers that multiprocessing starts, which call this module by its second name.
if __name__ in ("__main__", "__mp_main__"):
    # structlog loads rich, and rich Pygments, to paint tracebacks where it finds them: eight megabytes of a worker,
    # whose log is JSON.
    sys.modules["rich"] = None  # type: ignore[assignment]
    # What is loaded and built at the start lives to the end; to look at it meanwhile is a sixth of the start. The
    # collector begins its work once the worker serves.
    gc.disable()


def become(config: Path | None, workers: int, tied: bool) -> NoReturn:
    """Goes on as that process, with the same number, environment and open files; ``config`` is the settings file."""
    words = [str(config or ""), str(workers), "tied" if tied else ""]
    sys.stdout.flush()
    sys.stderr.flush()
    # -P: a folder that somebody serves from is no place to look for modules.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "gateway.process", *words])  # noqa: S606


def main(config: str, workers: str, tied: str) -> NoReturn:
    """Serves until told to stop."""
    with ended_plainly():
        # Only in that process, so that whoever hands over need not load what serves.
        from gateway.logs import configure_logs
        from gateway.settings import load
        from gateway.workers import run_workers

        configure_logs()
        run_workers(load(Path(config) if config else None), int(workers), bool(tied))
    raise SystemExit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
