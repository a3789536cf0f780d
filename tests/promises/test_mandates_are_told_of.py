"""Both sides of a mandate that ends soon have a letter, whichever worker looks first, and no second one."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path

from gateway.notices.settings import MailSettings
from gateway.serve import serving
from gateway.settings import Settings
from tests.support.console import console_house
from tests.support.mandates import DESK, FRONT
from tests.support.waiting import mandated
from tests.unit.notices.conftest import Mailbox, serve_mail

PATIENCE = 20.0


def with_mail(settings: Settings, port: int) -> Settings:
    """The same settings, with a mail server."""
    email = MailSettings(host="127.0.0.1", port=port, sender="no-reply@bawaba.example", security="none")
    server = settings.server.model_copy(update={"port": 0, "operators_port": 0, "callbacks_port": 0})
    notices = settings.notices.model_copy(update={"email": email, "poll_seconds": 0.1})
    return settings.model_copy(update={"notices": notices, "server": server})


async def both(mailbox: Mailbox) -> None:
    """Waits for two letters."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if len(mailbox.letters) >= 2:
                return
            await asyncio.sleep(0.1)


async def test_each_side_has_one_letter_however_many_workers_start(tmp_path: Path, storage_url: str) -> None:
    mailbox = Mailbox()
    mail = await serve_mail(mailbox)
    async with console_house(tmp_path, storage_url=storage_url) as here, AsyncExitStack() as stack:
        made = await mandated(here.house, days=5)
        workers = with_mail(here.settings, mailbox.port)
        for _ in range(2):
            await stack.enter_async_context(serving(workers))
        await both(mailbox)
        # One who starts later finds that everything has been said.
        async with serving(workers):
            await asyncio.sleep(0.5)

        told = sorted((envelope.rcpt_tos, str(letter["Subject"])) for envelope, letter in mailbox.letters)
        assert told == [
            ([DESK.email], "ينتهي تفويض خلال 7 أيام"),
            ([FRONT.email], "ينتهي تفويض خلال 7 أيام"),
        ]
        assert all(made.id in letter.get_content() for _, letter in mailbox.letters)
    mail.close()
