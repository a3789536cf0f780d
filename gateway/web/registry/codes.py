"""The problem codes that the registry's operations share, and the parts of their paths."""

from typing import Final

from gateway.registry.manifest import VERSION_PATTERN
from gateway.web.body import MODEL_CODES
from gateway.web.contract import Parameter, path_parameter, query_parameter
from gateway.web.doorkeeper import SIGN_IN_CODES
from gateway.web.idempotency import CODES as KEY_CODES
from gateway.web.idempotency import HEADER

ROOT: Final = "/v1/registry"
LONGEST_PAGE: Final = 100
Codes = tuple[tuple[int, str], ...]

ENTRY: Final[Codes] = (
    *SIGN_IN_CODES,
    (401, "insufficient_user_authentication"),
    (403, "insufficient_scope"),
    (429, "too_many_requests"),
)
READ: Final[Codes] = (*ENTRY, (403, "country_not_allowed"), (404, "not_found"))
ACT: Final[Codes] = (
    *READ,
    (403, "agency_role_missing"),
    (403, "agency_suspended"),
    (503, "sealing_failed"),
)
BODY: Final[Codes] = (
    *((400, code) for code in ("malformed_json", "json_too_deep", "duplicate_key", "bad_text", "json_not_object")),
    (408, "body_too_slow"),
    (413, "body_too_large"),
    *((415, code) for code in ("unsupported_media_type", "content_encoding")),
    *((422, code) for code in MODEL_CODES),
)
ONCE: Final[Codes] = KEY_CODES
PAGED: Final[Codes] = ((422, "field_out_of_range"), (422, "field_too_long"))

AGENCY: Final = path_parameter("agency", pattern="^[a-z][a-z0-9]*(-[a-z0-9]+)*$", maxLength=60)
MEMBER: Final = path_parameter("member", maxLength=40)
KEY: Final = path_parameter("key", pattern="^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$")
ADAPTER: Final = path_parameter("adapter", pattern="^[a-z][a-z0-9_]{1,39}$")
VERSION: Final = path_parameter("version", pattern=VERSION_PATTERN)
ENVIRONMENT: Final = path_parameter("environment", enum=["sandbox", "live"])
SECRET: Final = path_parameter("secret", pattern="^[a-z][a-z0-9_]{0,39}$")
IDEMPOTENCY: Final = Parameter(HEADER, "header", {"type": "string", "minLength": 8, "maxLength": 255}, required=True)
LIMIT: Final = query_parameter("limit", type="integer", minimum=1, maximum=LONGEST_PAGE)
AFTER: Final = query_parameter("after", maxLength=60)
"""Where a page begins: what the page before said is next."""
