"""Logs as lines of JSON on standard error: what happened, its facts, never a citizen's data."""

import logging
import sys

import structlog


def configure_logs(level: int = logging.INFO) -> None:
    """Once, at start; libraries' own warnings go the same way."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format='{"event": "library.warned", "logger": "%(name)s"}'
    )
