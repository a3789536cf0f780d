"""A certificate of residence, as the Public Authority for Civil Information issues it."""

from collections.abc import Mapping
from typing import Any

from adapters.kuwait.applications import KuwaitProcedure
from adapters.kuwait.requests import RESIDENCE, Member

_USES: Mapping[str, str] = {"bank": "1", "school": "2", "employment": "3", "embassy": "4", "other": "9"}
_LANGUAGES: Mapping[str, str] = {"ar": "1", "en": "2"}


class KuwaitResidenceCertificate(KuwaitProcedure):
    """One application gives one certificate, in one language."""

    service = "residence-certificate"
    kind = RESIDENCE

    def details(self, inputs: Mapping[str, Any]) -> Mapping[str, Member]:
        return {
            "CertificateLanguage": _LANGUAGES[inputs["certificate_language"]],
            "CertificateUse": _USES[inputs["use"]],
        }
