"""What a Python team would write first to take applications in: FastAPI, SQLAlchemy and PyJWT.

It checks the token and the body, and writes the application and its message in one transaction, as durable as ours. A
key that was used is refused, not answered again. It seals nothing and keeps no record.
"""

import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import jwt
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel
from sqlalchemy import JSON, DateTime, ForeignKey, event
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncAttrs, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

PUBLIC_KEY = Path(os.environ["PEER_KEY"]).read_text("utf-8")
ISSUER, AUDIENCE = os.environ["PEER_ISSUER"], os.environ["PEER_AUDIENCE"]

engine = create_async_engine(os.environ["PEER_DATABASE"])
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(AsyncAttrs, DeclarativeBase):
    """The tables of the peer."""


class Application(Base):
    """One application."""

    __tablename__ = "peer_applications"

    id: Mapped[str] = mapped_column(primary_key=True)
    person: Mapped[str] = mapped_column(index=True)
    service: Mapped[str]
    country: Mapped[str]
    status: Mapped[str]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Message(Base):
    """What is to be sent."""

    __tablename__ = "peer_outbox"

    id: Mapped[str] = mapped_column(primary_key=True)
    application: Mapped[str] = mapped_column(ForeignKey(Application.id))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), index=True)


class Inputs(BaseModel):
    """What a certificate of residence needs."""

    use: Literal["bank", "school", "employment", "embassy", "other"]
    certificate_language: Literal["ar", "en"]


class NewApplication(BaseModel):
    """The body of an application."""

    service: Literal["residence-certificate"]
    country: str
    inputs: Inputs
    purpose: str


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    """Makes the tables."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield


app = FastAPI(lifespan=lifespan)


@app.post("/v1/applications", status_code=201)
async def apply(
    new: NewApplication, authorization: Annotated[str, Header()], idempotency_key: Annotated[str, Header()]
) -> dict[str, Any]:
    """Takes one in."""
    try:
        claims = jwt.decode(authorization[7:], PUBLIC_KEY, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE)
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    now = datetime.now(UTC)
    application = Application(
        id=secrets.token_hex(8),
        person=claims["sub"],
        service=new.service,
        country=new.country,
        status="submitted",
        inputs=new.inputs.model_dump(),
        idempotency_key=idempotency_key,
        created_at=now,
    )
    try:
        async with sessions.begin() as session:
            session.add(application)
            await session.flush()
            session.add(Message(id=secrets.token_hex(16), application=application.id, due_at=now))
    except IntegrityError:
        raise HTTPException(409) from None
    return {"id": application.id, "status": application.status, "created_at": now}


if engine.dialect.name == "sqlite":

    @event.listens_for(engine.sync_engine, "connect")
    def durable(connection: Any, _: object) -> None:
        """The settings of the gateway's own connections."""
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()
