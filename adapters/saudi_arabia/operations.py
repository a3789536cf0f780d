"""The operations of the Saudi bus that this room calls, with the names of their elements."""

from typing import Final

from adapters.saudi_arabia.soap import Operation

YAKEEN: Final = "http://yakeen4bawaba.yakeen.elm.com/"
"""Each consumer of Yakeen has a namespace of its own; this one is made up after the pattern of the real ones."""

TRAFFIC: Final = "urn:bawaba:invented:sa-traffic:1.0"
GOSI: Final = "urn:bawaba:invented:sa-gosi:1.0"

ADDRESS: Final = "nationalAddressList"
VIOLATION: Final = "violationList"
CONTRIBUTION: Final = "contributionList"

CITIZEN: Final = Operation(
    "Yakeen4Bawaba", YAKEEN, "getCitizenInfo", "CitizenInfoRequest", "CitizenInfoResult", frozenset({ADDRESS})
)
RESIDENT: Final = Operation(
    "Yakeen4Bawaba",
    YAKEEN,
    "getResidentInfoByIqama",
    "ResidentInfoByIqamaRequest",
    "ResidentInfoByIqamaResult",
    frozenset({ADDRESS}),
)
GULF_CITIZEN: Final = Operation("Yakeen4Bawaba", YAKEEN, "getGCCInfoByNIN", "GCCInfoByNINRequest", "GCCInfoByNINResult")
VIOLATIONS: Final = Operation(
    "Traffic4Bawaba", TRAFFIC, "getViolationsById", "ViolationsRequest", "ViolationsResult", frozenset({VIOLATION})
)
CONTRIBUTIONS: Final = Operation(
    "Gosi4Bawaba",
    GOSI,
    "getContributionsById",
    "ContributionsRequest",
    "ContributionsResult",
    frozenset({CONTRIBUTION}),
)

REQUESTS: Final = "urn:bawaba:invented:sa-requests:1.0"

REJECTION: Final = "rejectionList"
REQUIREMENT: Final = "requirementList"
DOCUMENT: Final = "documentList"
ATTACHMENT: Final = "attachmentList"
ITEM: Final = "itemList"

_REQUEST_ROWS: Final = frozenset({REJECTION, REQUIREMENT, DOCUMENT})

SUBMIT: Final = Operation("Requests4Bawaba", REQUESTS, "submitRequest", "NewRequest", "RequestResult", _REQUEST_ROWS)
STATUS: Final = Operation("Requests4Bawaba", REQUESTS, "getRequest", "RequestQuery", "RequestResult", _REQUEST_ROWS)
UPDATE: Final = Operation("Requests4Bawaba", REQUESTS, "updateRequest", "RequestUpdate", "RequestResult", _REQUEST_ROWS)
UPLOAD: Final = Operation("Requests4Bawaba", REQUESTS, "openUpload", "UploadRequest", "TicketResult")
DOWNLOAD: Final = Operation("Requests4Bawaba", REQUESTS, "openDownload", "DownloadRequest", "TicketResult")

OPERATIONS: Final = (
    CITIZEN, RESIDENT, GULF_CITIZEN, VIOLATIONS, CONTRIBUTIONS,
    SUBMIT, STATUS, UPDATE, UPLOAD, DOWNLOAD,
)  # fmt: skip
