"""Logs as lines of JSON on standard error: what happened, its facts, never a citizen's data."""

import json
import logging
import sys

import structlog


class _LibraryLine(logging.Formatter):
    """A library's warning without its words, which may repeat what a citizen or a national system sent."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"event": "library.warned", "logger": record.name, "level": record.levelname.lower()}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
        return json.dumps(line)


def quiet_logs() -> None:
    """For a verb whose own words say what happened; logs may still be configured afterwards."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


def configure_logs() -> None:
    """Once, at start; libraries' own warnings go the same way."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # In one piece, so that the lines of several workers do not run into each other.
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryLine())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
