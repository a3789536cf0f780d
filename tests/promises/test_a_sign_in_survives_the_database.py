"""The database is restarted in the middle of a sign-in, and the person notices a pause at most."""

import asyncio
from pathlib import Path

from gateway.storage.schema import upgrade
from tests.support.entrance import entrance, path_of
from tests.support.postgresql import PostgresqlServer


async def test_a_sign_in_goes_on_after_the_database_was_restarted(tmp_path: Path) -> None:
    with PostgresqlServer.running() as server:
        server.create("people")
        await upgrade(server.url("people"))
        async with entrance(tmp_path, ["ae-uaepass"], storage_url=server.url("people")) as way_in:
            browser = way_in.browser()
            answer = await browser.callback("ae-uaepass", "emirati-citizen")
            await asyncio.to_thread(server.kill)

            meanwhile = await browser.get("/signin")
            begun = await browser.get("/auth/login/ae-uaepass")
            await asyncio.to_thread(server.start)
            done = await browser.get(answer)

            assert meanwhile.status == 200
            assert begun.status == 503
            assert (done.status, path_of(done.location)) == (303, "/account")
            assert (await browser.account()).status == 200
