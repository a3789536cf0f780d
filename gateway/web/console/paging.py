"""Which page of a long list, and which words, an address asks for."""

from aiohttp import web

LONGEST_WORDS = 100
MOST_DIGITS = 6


def page_of(request: web.Request) -> int:
    """The number of the page, from 1; what is no number is the first."""
    text = request.query.get("page", "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else 1


def words_of(request: web.Request) -> str:
    """What is searched for, cut where it is too long to be meant."""
    return request.query.get("q", "").encode("utf-8", "ignore").decode()[:LONGEST_WORDS].strip()
