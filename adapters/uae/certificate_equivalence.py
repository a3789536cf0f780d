"""The equivalence of a certificate: what the Ministry of Higher Education and Scientific Research is told of it."""

from typing import Final

from adapters.uae.applications import EmiratesProcedure
from adapters.uae.national import Document
from gateway.sdk import ALPHA2_BY_ALPHA3, Order

_ALPHA3: Final = {alpha2: alpha3 for alpha3, alpha2 in ALPHA2_BY_ALPHA3.items()}
_DEGREES: Final = {
    "secondary": "SECONDARY-SCHOOL",
    "diploma": "DIPLOMA",
    "bachelor": "BACHELOR",
    "master": "MASTER",
    "doctorate": "PHD",
}


class EmiratesCertificateEquivalence(EmiratesProcedure):
    """A code that is no country's is passed on as it is: what to make of it is for the ministry to say."""

    service = "certificate-equivalence"
    authority = "mohesr"
    code = "MOHESR-EQV"

    def data(self, order: Order) -> Document:
        inputs = order.inputs
        country = inputs["institution_country"]
        return {
            "institutionName": inputs["institution"],
            "institutionCountry": _ALPHA3.get(country, country),
            "qualification": _DEGREES[inputs["degree"]],
            "specialization": inputs["field_of_study"],
            "graduationDate": inputs["graduated_on"],
        }
