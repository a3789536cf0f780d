"""A field map as it is written: how to ask a JSON system over HTTP, and where in its answer each field stands."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, JsonValue

from gateway.schema.base import Frozen

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""An endpoint, a secret or a table by its name on the name plate."""

Note = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
PathText = Annotated[str, Field(min_length=1, max_length=200)]
Template = Annotated[str, Field(max_length=500)]
Templates = Annotated[dict[str, Template], Field(max_length=40)]
Codes = Annotated[dict[str, str | bool], Field(min_length=1, max_length=500)]
Converter = str | dict[str, JsonValue]
"""A converter by its name, ``"date:dd/MM/yyyy"``, or with a table, ``{code = {PAID = "paid"}}``."""


def _in_short(written: Any) -> Any:
    """A rule may be written as its path alone."""
    return {"path": written} if isinstance(written, str) else written


AnyRule = Annotated["Rule", BeforeValidator(_in_short)]
Rules = Annotated[tuple[AnyRule, ...], Field(max_length=32)]


class Rule(Frozen):
    """How one value is come by: by one of ``path, value, either, one_of, by, fields, join``, and what follows."""

    # What was looked at to tell the short form is no JSON any more, of which a strict model takes no lists.
    model_config = ConfigDict(strict=False)

    path: PathText | None = Field(default=None, description="Where the value stands")
    value: JsonValue = Field(default=None, description="The value itself, which the answer does not say")
    either: Rules = Field(default=(), description="Rules of which the first that finds something counts")
    one_of: Rules = Field(default=(), description="Rules of which at most one may find something")
    by: PathText | None = Field(default=None, description="Where the word stands that chooses among `rules`")
    rules: dict[str, AnyRule] = Field(default_factory=dict, max_length=40, description="The rule of each word of `by`")
    fields: dict[str, AnyRule] = Field(default_factory=dict, max_length=40, description="The rules of a part's fields")
    each: PathText | None = Field(default=None, description="Where the list stands of which each item is a part")
    join: Rules = Field(default=(), description="Rules that give the items of a list, one after another")
    convert: tuple[Converter, ...] = Field(default=(), max_length=8, description="Converters, one after another")
    agrees_with: AnyRule | None = Field(default=None, description="A second writing of the same day, compared with it")
    default: JsonValue = Field(default=None, description="The value where there is none")
    note: Note | None = Field(default=None, description="What is noted where a value is not known, which is left out")
    note_absent: bool = Field(default=False, description="Whether `note` is set where there is no value, too")


class Match(Frozen):
    """A value of the answer that must be a term of the ask."""

    path: PathText = Field(description="Where the value stands")
    convert: tuple[Converter, ...] = Field(default=(), max_length=8, description="Converters, one after another")
    equals: Template = Field(description="What it must be, with terms")


class Alternative(Frozen):
    """Matches that must hold together, of the document or of one row of a list in it."""

    rows: PathText | None = Field(default=None, description="Where the list stands of which one row must match")
    match: tuple[Match, ...] = Field(min_length=1, max_length=8, description="What must hold together")


class Check(Frozen):
    """A check that the answer is about what was asked; it holds where one of its alternatives does."""

    any_of: tuple[Alternative, ...] = Field(min_length=1, max_length=8, description="Alternatives")


Checks = Annotated[tuple[Check, ...], Field(max_length=8)]


class Paging(Frozen):
    """How a list goes on: by a cursor that each page brings, or by the number of the page."""

    by: Literal["cursor", "page"] = Field(description="`cursor` or `page`")
    path: PathText = Field(description="Where the next cursor stands, null at the end, or the number of pages")
    parameter: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,39}$", description="The query parameter it is sent in")
    first: int = Field(default=1, ge=0, le=1, description="The number of the first page")
    most: int = Field(default=50, ge=1, le=50, description="Pages after which the list is taken to have no end")


class Exchange(Frozen):
    """What every request has: a path with terms, a query and headers whose pairs go where their term is absent."""

    path: Template = Field(pattern=r"^/", description="Path with terms, each encoded as one segment or a part of it")
    query: Templates = Field(default_factory=dict, description="Query parameters with terms")
    headers: Templates = Field(default_factory=dict, description="Headers with terms")
    about: Checks = Field(default=(), description="Checks of each document that is answered")


class Details(Exchange):
    """What is asked about each item of a list, whose answer is taken in its place."""

    value: AnyRule = Field(description="The item's value that `{item}` stands for")
    most: int = Field(default=24, ge=1, le=100, description="Items asked about; more is noted `list_not_complete`")
    at_once: int = Field(default=6, ge=1, le=16, description="Items asked about side by side")


class Request(Exchange):
    """One request; of several the first is sent whose needed terms are all there."""

    endpoint: Name = Field(description="The endpoint on the name plate")
    method: Literal["GET", "POST"] = Field(
        default="GET", description="`GET`, or `POST` for what changes nothing either"
    )
    body: dict[str, JsonValue] | None = Field(default=None, description="Body with terms, of a POST")
    body_type: Literal["json", "form"] = Field(default="json", description="`json` or `form`")
    needs: tuple[str, ...] = Field(default=(), max_length=8, description="Terms needed beside those of the path")
    items: PathText | None = Field(
        default=None, description="Where the list stands; without it the document is the item"
    )
    items_optional: bool = Field(default=False, description="Whether the list may be missing when it is empty")
    items_about: Checks = Field(default=(), description="Checks of each item")
    paging: Paging | None = Field(default=None, description="How the list goes on")
    details: Details | None = Field(default=None, description="What is asked about each item of the list")


class Absent(Frozen):
    """A status that says that there is nothing, with the codes that say so where others do not."""

    status: int = Field(ge=200, le=499, description="Status")
    codes: tuple[str, ...] = Field(default=(), max_length=20, description="Codes that say so; none: whatever the code")


CodeShape = Literal["upper", "lower", "dotted", "digits"]


class Problem(Frozen):
    """How a refusal is written; the code is carried, and never any words, which may name a person."""

    content_type: str = Field(default="application/json", max_length=100, description="Media type")
    path: PathText = Field(description="Where the code stands")
    shape: CodeShape = Field(description="How codes are written: `upper`, `lower`, `dotted` or `digits`")
    needed: bool = Field(default=False, description="Whether a refusal without such a code is not believed")


class Said(Frozen):
    """A code that a system writes into every answer, whatever the status."""

    path: PathText = Field(description="Where the code stands")
    shape: CodeShape = Field(description="How codes are written")
    good: tuple[str, ...] = Field(min_length=1, max_length=20, description="Codes of an answer")
    absent: tuple[str, ...] = Field(default=(), max_length=20, description="Codes that say that there is nothing")


class Answer(Frozen):
    """How answers are judged, and what stands where in an item."""

    statuses: tuple[int, ...] = Field(default=(200,), min_length=1, max_length=5, description="Statuses of an answer")
    content_type: str = Field(default="application/json", max_length=100, description="Media type of an answer")
    absent: tuple[Absent, ...] = Field(default=(), max_length=8, description="Statuses that say that there is nothing")
    problem: Problem | None = Field(default=None, description="How a refusal is written")
    said: Said | None = Field(default=None, description="The code in every answer")
    fields: dict[str, AnyRule] = Field(min_length=1, max_length=40, description="The rule of each field of the record")
    compared: Rules = Field(default=(), description="Days that are read only to note whether they agree")


class NoAuthentication(Frozen):
    """Nothing is sent, as where mutual TLS says who asks."""

    scheme: Literal["none"] = Field(default="none", description="`none`")


class ApiKey(Frozen):
    """A secret in a header."""

    scheme: Literal["api_key"] = Field(description="`api_key`")
    header: str = Field(max_length=60, description="The header")
    secret: Name = Field(description="The secret's name")


class Basic(Frozen):
    """A user name and a password (RFC 7617)."""

    scheme: Literal["basic"] = Field(description="`basic`")
    user: Name = Field(description="The name of the secret that is the user name")
    password: Name = Field(description="The name of the secret that is the password")


class ClientCredentials(Frozen):
    """A bearer token for client credentials (RFC 6749, section 4.4)."""

    scheme: Literal["client_credentials"] = Field(description="`client_credentials`")
    endpoint: Name = Field(description="The endpoint of tokens on the name plate")
    path: str = Field(pattern=r"^/", max_length=200, description="Its path")
    client_id: Name = Field(description="The name of the secret that is the client's id")
    client_secret: Name = Field(description="The name of the secret that is the client's secret")
    scope: str = Field(default="", max_length=200, description="Scopes, with a space between them")
    sent: Literal["basic", "body"] = Field(default="basic", description="Where id and secret stand")


class JwtAssertion(Frozen):
    """A bearer token for an assertion that is signed anew for each exchange (RFC 7523, ES256)."""

    scheme: Literal["jwt_assertion"] = Field(description="`jwt_assertion`")
    endpoint: Name = Field(description="The endpoint of tokens on the name plate")
    path: str = Field(pattern=r"^/", max_length=200, description="Its path")
    client_id: Name = Field(description="The name of the secret that is `iss` and `sub`")
    audience: Name = Field(description="The name of the secret that is `aud`")
    key_id: Name = Field(description="The name of the secret that is `kid`")
    private_key: Name = Field(description="The name of the secret that is the P-256 key in PEM")


RecordKind = Literal["person", "traffic_fine", "commercial_registration", "pension_contribution", "evidence"]
Authentication = Annotated[
    NoAuthentication | ApiKey | Basic | ClientCredentials | JwtAssertion, Field(discriminator="scheme")
]


class FieldMap(Frozen):
    """``services.<id>.map`` of a name plate: requests, what proves who asks, and the answer's fields."""

    record: RecordKind | None = Field(
        default=None, description="The kind of its records; needed in a folder, else the catalogue says it"
    )
    authentication: Authentication = Field(default=NoAuthentication(), description="What proves who asks")
    tables: dict[Name, Codes] = Field(
        default_factory=dict, max_length=20, description="Tables of codes that several places share"
    )
    requests: tuple[Request, ...] = Field(min_length=1, max_length=8, description="Requests, one of which is sent")
    answer: Answer = Field(description="How the answer is judged and read")


Rule.model_rebuild()
