"""What programs call a person: one name for each agency, so that two of them cannot compare what they know."""

from gateway.identity.vault import Finder
from gateway.oauth.client import Client


class Pairwise:
    """Keyed hashes of a person, by the agency that answers for the program (OpenID Connect Core, 8.1).

    An agency's programs are one sector: it may know by its second app whom it served by the first.
    """

    def __init__(self, finder: Finder) -> None:
        self._finder = finder

    def of(self, client: Client, person: str) -> str:
        """The ``sub`` of the person for that program."""
        return self._finder.of("pairwise", client.agency, person)
