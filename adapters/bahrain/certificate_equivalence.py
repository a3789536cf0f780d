"""The equivalence of a certificate: what the Ministry of Education is told of it."""

from typing import Final

from adapters.bahrain.answers import Json
from adapters.bahrain.applications import BahrainProcedure, written_day
from gateway.sdk import ALPHA2_BY_ALPHA3, Order

_ALPHA3: Final = {alpha2: alpha3 for alpha3, alpha2 in ALPHA2_BY_ALPHA3.items()}
_DEGREES: Final = {"secondary": "SEC", "diploma": "DIP", "bachelor": "BSC", "master": "MSC", "doctorate": "PHD"}


class BahrainCertificateEquivalence(BahrainProcedure):
    """A code that is no country's is passed on as it is: what to make of it is for the ministry to say."""

    service = "certificate-equivalence"
    endpoint = "moe"
    code = "MOE-EQUIV"

    def fields(self, order: Order) -> Json:
        inputs = order.inputs
        country = inputs["institution_country"]
        return {
            "institution": {"name": inputs["institution"], "country": _ALPHA3.get(country, country)},
            "degree": _DEGREES[inputs["degree"]],
            "major": inputs["field_of_study"],
            "graduation_date": written_day(inputs["graduated_on"]),
        }
