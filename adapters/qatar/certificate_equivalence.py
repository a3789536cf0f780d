"""The equivalence of an education certificate, as the Ministry of Education and Higher Education decides it."""

from collections.abc import Mapping
from typing import Any

from adapters.qatar.application_messages import EQUIVALENCE, Details
from adapters.qatar.applications import QatarProcedure
from adapters.qatar.values import alpha3_of, written_day

_DEGREES: Mapping[str, str] = {
    "secondary": "SECONDARY",
    "diploma": "DIPLOMA",
    "bachelor": "BACHELOR",
    "master": "MASTER",
    "doctorate": "DOCTORATE",
}


class QatarCertificateEquivalence(QatarProcedure):
    """One application is about one certificate."""

    service = "certificate-equivalence"
    kind = EQUIVALENCE

    def details(self, inputs: Mapping[str, Any]) -> Details:
        return {
            "institution": {"@country": alpha3_of(inputs["institution_country"]), "name": inputs["institution"]},
            "degree": _DEGREES[inputs["degree"]],
            "field": inputs["field_of_study"],
            "graduatedOn": written_day(inputs["graduated_on"]),
        }
