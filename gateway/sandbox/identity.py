"""Which stand-in plays which identity provider, by the id on its name plate."""

from collections.abc import Mapping

from gateway.sandbox.providers import card_reader, ekey, mobile_id, nafath, nas, uaepass
from gateway.sandbox.providers.base import ProviderStandIn

STAND_INS: Mapping[str, type[ProviderStandIn]] = {
    "bh-ekey": ekey.StandIn,
    "kw-mobile-id": mobile_id.StandIn,
    "om-pki": card_reader.OmanPki,
    "qa-nas": nas.StandIn,
    "sa-nafath": nafath.StandIn,
    "ae-uaepass": uaepass.StandIn,
    "gcc-card": card_reader.GccCard,
}
"""In the order of the states."""


def build_stand_in(provider: str, secrets: Mapping[str, str]) -> ProviderStandIn:
    """The stand-in of one provider, not yet running."""
    return STAND_INS[provider](secrets)


def endpoints_at(provider: str, secrets: Mapping[str, str], port: int) -> Mapping[str, str]:
    """Where the stand-in's endpoints will be once it runs on that port."""
    stand_in = build_stand_in(provider, secrets)
    stand_in.url = f"http://127.0.0.1:{port}"
    return stand_in.endpoints()
