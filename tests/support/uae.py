"""Applications to the Emirates, as the tests of that room hand them in."""

from gateway.sdk import Order
from tests.support.procedures import Counter

HIND, KHALID = ("AE", "784199110289743"), ("SA", "1084260288")
RESIDENCE = {"use": "employment", "certificate_language": "en"}


def residence(here: Counter) -> Order:
    """An application of a citizen that takes neither files nor payment."""
    return here.order("residence-certificate", HIND, RESIDENCE)
