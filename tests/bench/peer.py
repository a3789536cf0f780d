"""What a Python team would write first: FastAPI, httpx, PyJWT and pydantic, doing the same job without a record.

It checks the token, asks the same national system, validates and renames the answer. It seals nothing.
"""

import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import httpx
import jwt
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel

PUBLIC_KEY = Path(os.environ["PEER_KEY"]).read_text("utf-8")
BACKEND = os.environ["PEER_BACKEND"]
ISSUER, AUDIENCE, IDN = os.environ["PEER_ISSUER"], os.environ["PEER_AUDIENCE"], os.environ["PEER_IDN"]

app = FastAPI()
client = httpx.AsyncClient(limits=httpx.Limits(max_connections=128, max_keepalive_connections=128))


class Question(BaseModel):
    """The body of a lookup."""

    countries: list[str]
    purpose: str
    inputs: dict[str, Any] = {}


class Person(BaseModel):
    """The answer in the shared words."""

    identifier: str
    full_name_ar: str
    full_name_en: str
    birth_date: date
    gender: str
    nationality: str
    standing: str
    document_expires: date
    phone: str


@app.post("/v1/lookups/identity-verification")
async def lookup(question: Question, authorization: Annotated[str, Header()]) -> dict[str, Any]:
    """One question to one state."""
    try:
        jwt.decode(authorization[7:], PUBLIC_KEY, algorithms=["ES256"], issuer=ISSUER, audience=AUDIENCE)
    except jwt.InvalidTokenError:
        raise HTTPException(401) from None
    answer = await client.get(f"{BACKEND}/icp/v2/persons/{IDN}", headers={"Authorization": "Bearer bench"})
    said = answer.json()
    person = Person(
        identifier=said["idn"].replace("-", ""),
        full_name_ar=" ".join(part.strip() for part in said["fullnameAR"].split(",") if part.strip()),
        full_name_en=" ".join(part.strip() for part in said["fullnameEN"].split(",") if part.strip()),
        birth_date=said["dateOfBirth"],
        gender=said["gender"].lower(),
        nationality=said["nationalityEN"],
        standing=said["residencyType"].lower(),
        document_expires=said["idCardExpiry"],
        phone=f"+{said['mobile']}",
    )
    return {"answers": [{"country": "AE", "status": "ok", "records": [person.model_dump(mode="json")]}]}
