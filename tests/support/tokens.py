"""Tokens of the demo's people, minted with the keys that the settings name."""

from gateway.app import now
from gateway.demo.people import demo_people
from gateway.settings import Settings


def token_of(settings: Settings, persona: str) -> str:
    """A token of ten minutes for that persona."""
    return next(person.token for person in demo_people(settings, now(), 10) if person.persona.id == persona)
