"""The examples of the protocol's pages; everybody in them is invented."""

from typing import Any, Final

Example = dict[str, Any]

SOURCE: Final[Example] = {
    "country": "OM",
    "agency": "om-rop",
    "adapter": "oman_rop@1.0.0",
    "fetched_at": "2026-11-24T08:00:00Z",
}
SUBJECT: Final[Example] = {"country": "OM", "kind": "national_id", "value": "08123457"}
QUESTION: Final[Example] = {
    "subject": SUBJECT,
    "inputs": {},
    "purpose": "self_service",
    "language": "en",
    "reference": "5f0c7d1e2b3a49688c7d6e5f4a3b2c1d-OM",
    "source": SOURCE,
}
RECORDS: Final[Example] = {
    "records": [
        {
            "kind": "person",
            "source": {**SOURCE, "reference": "R-1007"},
            "identifier": SUBJECT,
            "names": {
                "arabic": {"full": "سالم بن حمد المعمري"},
                "latin": {"full": "Salim bin Hamad Al Maamari"},
            },
            "birth_date": {"date": "1990-02-01", "original": "01/02/1990"},
            "nationality": "OM",
            "standing": "citizen",
        }
    ]
}
ORDER: Final[Example] = {
    "subject": SUBJECT,
    "inputs": {"use": "bank", "certificate_language": "ar"},
    "purpose": "service_delivery",
    "language": "ar",
    "reference": "BW-7KQ2M9",
    "call": "submit-4a3b2c1d5f0c7d1e-OM",
    "national_reference": None,
    "source": SOURCE,
}
_DIGEST: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
FILE: Final[Example] = {"name": "tenancy_contract", "media_type": "application/pdf", "size": 4, "digest": _DIGEST}
SUBMISSION: Final[Example] = {"order": ORDER, "files": [FILE]}
TRACKING: Final[Example] = {"order": {**ORDER, "national_reference": "2026/118"}}
ACT: Final[Example] = {
    "order": {**ORDER, "national_reference": "2026/118"},
    "kind": "supply",
    "reference": "act-3f2e1d",
    "values": {"note": "ملحق العقد"},
    "files": [FILE],
}
STORED: Final[Example] = {"digest": _DIGEST, "size": 4}
PROGRESS: Final[Example] = {
    "reference": "2026/118",
    "status": "accepted",
    "national_status": "RECEIVED",
    "changed_at": "2026-11-24T08:00:01Z",
}
ABOUT: Final[Example] = {
    "protocol": "1.0",
    "name": "oman_rop",
    "version": "1.0.0",
    "country": "OM",
    "services": [{"id": "identity-verification", "kind": "lookup"}],
}
HEALTH: Final[Example] = {"status": "ok"}
FAILURE: Final[Example] = {
    "type": "about:blank",
    "title": "Failed Dependency",
    "status": 424,
    "code": "backend_down",
    "outcome": "down",
    "reason": "status_503",
    "retry_after": 5,
}
