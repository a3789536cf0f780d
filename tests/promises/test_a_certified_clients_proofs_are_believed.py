"""Proofs of a certified client that is not ours are believed, its key has the same name, its clock is helped."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from gateway.app import now
from gateway.identity.confirmation import Confirmation
from gateway.identity.principal import Assurance
from gateway.identity.tokens import Holder
from gateway.schema import Country, NationalIdentifier
from tests.support.door import CITIZEN, LOOKUP
from tests.support.house import House, house, reserved_port
from tests.support.node_program import NodeProgram

pytestmark = pytest.mark.asyncio(loop_scope="module")

ME = "/v1/me/accesses"


@dataclass
class Program:
    """The client, a process of its own, and the house that it asks."""

    house: House
    node: NodeProgram

    async def ask(self, token: str, path: str = ME, method: str = "GET", **order: Any) -> dict[str, Any]:
        return await self.node.do("ask", token=token, url=self.house.url + path, method=method, **order)

    async def token(self, **key: Any) -> str:
        """A token for the citizen, bound to the key by the name that the client itself gives it."""
        jkt = (await self.node.do("thumbprint", **key))["jkt"]
        country, value = CITIZEN.identifiers[0]
        held = NationalIdentifier.parse(Country(country), value, today=now().date())
        person = Holder("person-of-node", {held.country: held}, held.country, Assurance.HIGH)
        binding = Confirmation("jkt", jkt)
        return self.house.mint.mint(person, client="tests", scopes=["lookups"], confirmation=binding)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def program(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Program]:
    with reserved_port() as port:
        server = {"port": port, "public_url": f"http://127.0.0.1:{port}"}
        async with (
            house(tmp_path_factory.mktemp("house"), rooms=["bahrain"], server=server) as running,
            NodeProgram.running("bound-client.mjs") as node,
        ):
            yield Program(running, node)


@pytest.mark.parametrize(("alg", "named"), [("ES256", None), ("PS256", None), ("Ed25519", None), ("Ed25519", "EdDSA")])
async def test_its_proofs_open_the_door_for_each_algorithm(program: Program, alg: str, named: str | None) -> None:
    key: dict[str, Any] = {"key": f"{alg} {named}", "alg": alg, "named": named}
    token = await program.token(**key)

    for path in (ME, f"{ME}?limit=3", "/v1/me/%61ccesses"):
        assert await program.ask(token, path, **key) == {"asked": 1, "status": 200}
    question = await program.ask(token, LOOKUP, "POST", body='{"purpose": "self_service"}', **key)
    # Without the media type of a body it is refused for that, and so after it was let in.
    assert question["status"] == 415


@pytest.mark.parametrize("skew", [-3_600, 3_600])
async def test_it_uses_the_nonce_that_it_is_told_to_and_goes_on_using_it(program: Program, skew: int) -> None:
    """RFC 9449, 9: its clock is an hour wrong."""
    key: dict[str, Any] = {"key": f"skew {skew}", "skew": skew}
    token = await program.token(**key)

    assert await program.ask(token, **key) == {"asked": 2, "status": 200}
    assert await program.ask(token, **key) == {"asked": 1, "status": 200}


async def test_it_understands_why_it_is_refused(program: Program) -> None:
    """T25: as it reads our challenges."""
    token, other = await program.token(key="mine"), await program.token(key="theirs")

    stolen = await program.ask(other, key="mine")
    bare = await program.ask(token)

    assert stolen == {"asked": 1, "status": 401, "scheme": "dpop", "error": "invalid_token"}
    assert bare == {"asked": 1, "status": 401, "scheme": "bearer", "error": "invalid_token"}
