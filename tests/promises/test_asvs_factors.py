"""A factor that is added ends what somebody else may have begun with those before."""

from base64 import b32encode
from collections.abc import AsyncIterator

import pytest

from tests.support.console import Phone
from tests.support.operators import HOST, ORIGIN, Staff, staff
from tests.support.passkey import SoftPasskey


@pytest.fixture
async def here(storage_url: str) -> AsyncIterator[Staff]:
    async with staff(storage_url) as here:
        yield here


async def test_a_new_factor_ends_every_other_session_of_the_operator(here: Staff) -> None:
    account, passkey = await here.admit(), SoftPasskey(ORIGIN, HOST)
    half = await here.half(account, invited=True)
    asked = await here.second.ask_to_enrol(half, account.name)
    first = await here.second.enrol_passkey(half, passkey.make(asked.options))
    asked = await here.second.ask(half := await here.half(account))
    own = await here.session(await here.second.show_passkey(half, passkey.show(asked.options)))
    stranger, _ = await here.signed_in("stranger")

    secret = (await here.second.ask_to_enrol(own, account.name)).secret
    phone = Phone(b32encode(secret).decode(), here.watch)
    assert await here.sessions.find(first) is not None
    whole = await here.second.enrol_code(await here.session(own.secret), phone.code())

    assert await here.sessions.find(first) is None
    assert await here.sessions.find(own.secret) is None
    assert await here.sessions.find(whole) is not None
    assert await here.sessions.find(stranger.secret) is not None
