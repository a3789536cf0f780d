"""Every table, described once for both databases."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect


class Octets(TypeDecorator[bytes]):
    """Bytes, whatever they were made into: SQLite lets an edit by hand leave text in a column of bytes."""

    impl = LargeBinary
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> bytes | None:
        return value if value is None or isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


class Whole(TypeDecorator[int]):
    """A whole number; what an edit by hand made of it that is none reads as -1, which no column of ours holds."""

    impl = BigInteger
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return value if value is None or isinstance(value, int) else -1


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite keeps a table in the order of an INTEGER key and of no other.
_Position = BigInteger().with_variant(Integer(), "sqlite")

ledger_entries = Table(
    "ledger_entries",
    metadata,
    Column("leaf_index", _Position, primary_key=True, autoincrement=False, comment="Place in the log, from 0"),
    Column("entry_id", Text, nullable=False, unique=True, comment="Random public id"),
    Column("owner", Text, nullable=False, comment="Pseudonym of whose data it is; empty when nobody's"),
    Column("leaf_hash", Octets, nullable=False, comment="RFC 6962 hash of body"),
    Column("body", Octets, nullable=False, comment="The leaf: canonical JSON"),
    Column("salt", Octets, nullable=False, comment="Opens the commitments in body; the owner's alone"),
    Column("sealed_at", Whole, nullable=False, comment="Microseconds since 1970, UTC"),
    Index(None, "owner", "leaf_index"),
)

ledger_nodes = Table(
    "ledger_nodes",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False, comment="Tile level, from 1"),
    Column("node_index", Whole, primary_key=True, autoincrement=False),
    Column("hash", Octets, nullable=False, comment="Root of a full tile of the level below"),
)

ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("tree_size", _Position, primary_key=True, autoincrement=False),
    Column("note", Text, nullable=False, comment="C2SP tlog-checkpoint"),
    Column("leaves", Octets, nullable=False, comment="Leaf hashes of the batch that ends here"),
)

ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("tree_size", Whole, nullable=False),
    Column("frontier", Octets, nullable=False, comment="Roots of the full subtrees, largest first"),
    Column("note", Text, nullable=False, comment="The newest checkpoint; empty before the first"),
    CheckConstraint("id = 1", name="one_row"),
)

token_revocations = Table(
    "token_revocations",
    metadata,
    Column("revision", _Position, primary_key=True, autoincrement=False, comment="Order of commits, from 1"),
    Column("kind", Text, nullable=False, comment="token, session or client"),
    Column("value", Text, nullable=False, comment="The jti, sid or client_id"),
    Column("expires_at", BigInteger, nullable=False, comment="Seconds since 1970: no token it concerns outlives it"),
    CheckConstraint("kind IN ('token', 'session', 'client')", name="kind"),
    Index(None, "expires_at"),
)

token_revocation_head = Table(
    "token_revocation_head",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False),
    Column("revision", BigInteger, nullable=False, comment="The newest revision given out"),
    CheckConstraint("id = 1", name="one_row"),
)

persons = Table(
    "persons",
    metadata,
    Column("person_id", Text, primary_key=True, comment="Opaque; the subject of tokens and of the ledger's owner"),
    Column("created_at", BigInteger, nullable=False, comment="Seconds since 1970, UTC"),
)

person_identifiers = Table(
    "person_identifiers",
    metadata,
    Column("identifier_hash", Text, primary_key=True, comment="Keyed hash of state and number: one owner, ever"),
    Column("person_id", Text, nullable=False),
    Column("country", Text, nullable=False),
    Column("sealed", LargeBinary, nullable=False, comment="The number, AES-256-GCM"),
    Index(None, "person_id"),
)

person_identities = Table(
    "person_identities",
    metadata,
    Column("identity_id", Text, primary_key=True, comment="Random public id"),
    Column("account_hash", Text, nullable=False, unique=True, comment="Keyed hash of issuer and subject"),
    Column("person_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("identifier_hash", Text, nullable=True, comment="Of person_identifiers, where one was verified"),
    Column("assurance", Text, nullable=False, comment="Highest seen"),
    Column("linked_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),
    Index(None, "person_id"),
)

sessions = Table(
    "sessions",
    metadata,
    Column("secret_hash", Text, primary_key=True, comment="SHA-256 of the cookie's value"),
    Column("session_id", Text, nullable=False, unique=True, comment="Public id, the sid"),
    Column("person_id", Text, nullable=False),
    Column("identity_id", Text, nullable=False),
    Column("assurance", Text, nullable=False),
    Column("authenticated_at", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False, comment="The absolute limit"),
    Column("device", Text, nullable=False, comment="Browser and system, in words"),
    Column("network", Text, nullable=False, comment="Address without its last part"),
    Column("provider_hash", Text, nullable=False, comment="Keyed hash of issuer and provider session; empty: none"),
    Column("account_hash", Text, nullable=False),
    Index(None, "person_id"),
    Index(None, "provider_hash"),
    Index(None, "expires_at"),
)

signin_attempts = Table(
    "signin_attempts",
    metadata,
    Column("attempt_hash", Text, primary_key=True, comment="SHA-256 of the state"),
    Column("browser_hash", Text, nullable=False, comment="SHA-256 of the browser's own cookie"),
    Column("sealed", LargeBinary, nullable=False, comment="The attempt, AES-256-GCM"),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)

signin_letters = Table(
    "signin_letters",
    metadata,
    Column("reference_hash", Text, primary_key=True, comment="SHA-256 of the unguessable reference"),
    Column("sealed", LargeBinary, nullable=False, comment="What the provider delivered, AES-256-GCM"),
    Column("expires_at", BigInteger, nullable=False),
    Index(None, "expires_at"),
)
