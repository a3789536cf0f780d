"""The equivalence of an education certificate, as the Ministry of Higher Education decides it."""

from collections.abc import Mapping
from typing import Any

from adapters.kuwait.applications import KuwaitProcedure
from adapters.kuwait.requests import EQUIVALENCE, Member
from adapters.kuwait.values import midnight, numeric_of

_DEGREES: Mapping[str, str] = {"secondary": "1", "diploma": "2", "bachelor": "3", "master": "4", "doctorate": "5"}


class KuwaitCertificateEquivalence(KuwaitProcedure):
    """One application is about one certificate."""

    service = "certificate-equivalence"
    kind = EQUIVALENCE

    def details(self, inputs: Mapping[str, Any]) -> Mapping[str, Member]:
        return {
            "DegreeCode": _DEGREES[inputs["degree"]],
            "GraduationDate": midnight(inputs["graduated_on"]),
            "InstitutionCountry": numeric_of(inputs["institution_country"]),
            "InstitutionName": inputs["institution"],
            "Specialisation": inputs["field_of_study"],
        }
