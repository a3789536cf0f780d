"""The kit from which each room's stand-in of its national system is made."""

from gateway.sdk.sandbox.behaviours import KINDS, Behaviour, Reply
from gateway.sdk.sandbox.desk import Desk, Dossier, File, Orders, Stage
from gateway.sdk.sandbox.model import (
    SyntheticCompany,
    SyntheticContribution,
    SyntheticFine,
    SyntheticName,
    SyntheticPerson,
)
from gateway.sdk.sandbox.nationalities import ALPHA3, DEMONYMS, NUMERIC
from gateway.sdk.sandbox.papers import make_documents_key, paper, signed_paper
from gateway.sdk.sandbox.personas import Persona, personas
from gateway.sdk.sandbox.plain import PlainSandbox
from gateway.sdk.sandbox.plates import SAUDI_LETTERS
from gateway.sdk.sandbox.population import Population, population
from gateway.sdk.sandbox.server import Sandbox, serve

__all__ = [
    "ALPHA3",
    "DEMONYMS",
    "KINDS",
    "NUMERIC",
    "SAUDI_LETTERS",
    "Behaviour",
    "Desk",
    "Dossier",
    "File",
    "Orders",
    "Persona",
    "PlainSandbox",
    "Population",
    "Reply",
    "Sandbox",
    "Stage",
    "SyntheticCompany",
    "SyntheticContribution",
    "SyntheticFine",
    "SyntheticName",
    "SyntheticPerson",
    "make_documents_key",
    "paper",
    "personas",
    "population",
    "serve",
    "signed_paper",
]
