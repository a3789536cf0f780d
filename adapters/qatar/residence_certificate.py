"""A certificate of residence, as the Ministry of Interior issues it."""

from collections.abc import Mapping
from typing import Any

from adapters.qatar.application_messages import RESIDENCE, Details
from adapters.qatar.applications import QatarProcedure

_USES: Mapping[str, str] = {
    "bank": "BANK",
    "school": "SCHOOL",
    "employment": "EMPLOYER",
    "embassy": "EMBASSY",
    "other": "OTHER",
}
_LANGUAGES: Mapping[str, str] = {"ar": "AR", "en": "EN"}


class QatarResidenceCertificate(QatarProcedure):
    """One application gives one certificate, in one language."""

    service = "residence-certificate"
    kind = RESIDENCE

    def details(self, inputs: Mapping[str, Any]) -> Details:
        return {
            "addressedTo": _USES[inputs["use"]],
            "certificateLanguage": _LANGUAGES[inputs["certificate_language"]],
        }
