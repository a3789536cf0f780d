"""The equivalence of a certificate: what was learnt abroad, on the Kingdom's scale."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.saudi_arabia.applications import SaudiProcedure, written_days
from adapters.saudi_arabia.values import country_code

# The numbers are invented.
_DEGREES: Final[Mapping[str, str]] = {
    "secondary": "1",
    "diploma": "2",
    "bachelor": "3",
    "master": "4",
    "doctorate": "5",
}


class SaudiCertificateEquivalence(SaudiProcedure):
    """Asked with the institution, the degree and the day of graduation in both calendars."""

    service = "certificate-equivalence"
    request_type = "MOE_EQUIVALENCE"

    def national_fields(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "institutionName": inputs["institution"],
            "institutionCountry": country_code(inputs["institution_country"]),
            "institutionCountryIso": inputs["institution_country"],
            "degreeCode": _DEGREES[inputs["degree"]],
            "specialization": inputs["field_of_study"],
            **written_days("graduationDate", inputs["graduated_on"]),
        }
