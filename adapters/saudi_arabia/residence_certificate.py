"""The certificate of residence: what the civil affairs hold of where a person lives."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.saudi_arabia.applications import SaudiProcedure

# The numbers are invented.
_PURPOSES: Final[Mapping[str, str]] = {"bank": "1", "school": "2", "employment": "3", "embassy": "4", "other": "9"}


class SaudiResidenceCertificate(SaudiProcedure):
    """Asked with what the certificate is for and the language that it is to be in."""

    service = "residence-certificate"
    request_type = "CA_RESIDENCE"

    def national_fields(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "purposeCode": _PURPOSES[inputs["use"]],
            "certificateLanguage": inputs["certificate_language"].upper(),
            "isForGulfUse": "true",
        }
