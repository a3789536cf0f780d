"""Which buttons an adapter's page has: those that the role and the adapter's standing allow."""

from collections.abc import Collection, Sequence

from gateway.agencies.acting import AgencyAct
from gateway.agencies.adapters import AdapterView
from gateway.agencies.version_view import VersionSummary
from gateway.agencies.versions import TRIED


def offered(may: Collection[AgencyAct], adapter: AdapterView) -> frozenset[AgencyAct]:
    """Of what somebody may do, what can be done to the adapter as it stands."""
    return frozenset(act for act in may if act in _possible(adapter))


def offered_of_version(
    may: Collection[AgencyAct], adapter: AdapterView, version: VersionSummary
) -> frozenset[AgencyAct]:
    """The same, of one version."""
    possible = set()
    if adapter.standing != "retired" and version.standing in TRIED:
        possible.add(AgencyAct.TRY_VERSION)
        if version.standing == "passed":
            possible.add(AgencyAct.SUBMIT_VERSION)
    return frozenset(act for act in may if act in possible)


def live_choices(adapter: AdapterView) -> Sequence[str]:
    """The versions that can go live, the newest first."""
    return [each.version for each in adapter.versions if each.standing == "approved" and each.version != adapter.live]


def _possible(adapter: AdapterView) -> frozenset[AgencyAct]:
    if adapter.standing == "retired":
        return frozenset({AgencyAct.FORGET_CREDENTIAL})
    found = {
        AgencyAct.REGISTER_VERSION,
        AgencyAct.KEEP_CREDENTIAL,
        AgencyAct.FORGET_CREDENTIAL,
        AgencyAct.RETIRE,
        AgencyAct.RESUME if adapter.standing == "paused" else AgencyAct.GO_LIVE,
    }
    if adapter.standing == "open":
        found.add(AgencyAct.PAUSE)
    if adapter.canary:
        found |= {AgencyAct.WITHDRAW} | ({AgencyAct.PROMOTE} if adapter.standing == "open" else set())
    if adapter.former:
        found.add(AgencyAct.ROLL_BACK)
    if not live_choices(adapter):
        found.discard(AgencyAct.GO_LIVE)
    return frozenset(found)
