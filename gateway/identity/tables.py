"""What was revoked, on the one metadata of the database."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, SmallInteger, Table, Text

from gateway.storage.tables import metadata

token_revocations = Table(
    "token_revocations",
    metadata,
    Column(
        "revision",
        BigInteger().with_variant(Integer(), "sqlite"),
        primary_key=True,
        autoincrement=False,
        comment="Place in the order of commits, from 1",
    ),
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
