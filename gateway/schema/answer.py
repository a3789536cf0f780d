"""How one state's answer turned out."""

from enum import StrEnum


class Outcome(StrEnum):
    """The status of one state's answer; each state's stands alone.

    `ok` records, `none` the state knows nothing of the subject, `refused` it said no, `late` the deadline
    passed, `down` it cannot be reached, `garbled` its answer cannot be believed, `stale` records from an earlier
    answer.
    """

    ok = "ok"
    none = "none"
    refused = "refused"
    late = "late"
    down = "down"
    garbled = "garbled"
    stale = "stale"
