"""The equivalence of a certificate: what was learnt abroad, on the Sultanate's scale."""

from collections.abc import Mapping
from typing import Any, Final

from adapters.oman.applications import OmanProcedure, written_day
from adapters.oman.batches import Operation
from adapters.oman.values import country_number

_DEGREES: Final[Mapping[str, str]] = {
    "secondary": "الثانوية العامة",
    "diploma": "دبلوم",
    "bachelor": "بكالوريوس",
    "master": "ماجستير",
    "doctorate": "دكتوراه",
}


class OmanCertificateEquivalence(OmanProcedure):
    """A line with the institution, the degree and the day of graduation."""

    service = "certificate-equivalence"
    operation = Operation("ED-EQUIVALENCE", "MOHERI")

    def columns(self, inputs: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            "المؤسسة_التعليمية": inputs["institution"],
            "بلد_المؤسسة": country_number(inputs["institution_country"]),
            "الدرجة": _DEGREES[inputs["degree"]],
            "التخصص": inputs["field_of_study"],
            "تاريخ_التخرج": written_day(inputs["graduated_on"]),
        }
