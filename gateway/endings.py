"""How a program of ours ends: by a code and at most one line, never by a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.errors import ConfigurationError, Unavailable


@contextmanager
def ended_plainly() -> Iterator[None]:
    """A wrong setting is one line and exit 2, a database out of reach exit 3, Ctrl-C exit 130."""
    try:
        yield
    except ConfigurationError as problem:
        _complain(f"{problem.field}: {problem.facts.get('problem', problem.code)}")
        raise SystemExit(2) from None
    except Unavailable:
        _complain("storage.url: the database cannot be reached, or is locked; try again")
        raise SystemExit(3) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None


def _complain(words: str) -> None:
    sys.stderr.write(f"bawaba: {words}\n")
    sys.stderr.flush()
