"""A notice goes out by a real mail server, says nothing of the person, and is judged by what the server answers."""

import asyncio
import ssl
from contextlib import suppress

import pytest
import trustme

from gateway.errors import InvalidInput
from gateway.i18n import Language
from gateway.notices.channel import NotDelivered, Undeliverable
from gateway.notices.mail import Mail, Server
from tests.unit.notices.conftest import REFERENCE, Mailbox, message, serve_mail

TO = "maryam@people.example"


def channel(mailbox: Mailbox) -> Mail:
    return Mail(Server("127.0.0.1", mailbox.port, "no-reply@bawaba.example", "none", seconds=5))


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "تمت الموافقة على طلبك"), ("en", "Your application has been approved")]
)
async def test_a_letter_says_it_in_the_language_of_the_notice(mailbox: Mailbox, language: Language, words: str) -> None:
    await channel(mailbox).send(message(language), TO)

    envelope, letter = mailbox.letters[0]
    assert envelope.rcpt_tos == [TO]
    assert (letter["Subject"], letter["Content-Language"]) == (words, language)
    assert REFERENCE in letter.get_content()
    assert "https://bawaba.example" in letter.get_content()


async def test_a_letter_sent_twice_is_known_by_its_number(mailbox: Mailbox) -> None:
    for _ in range(2):
        await channel(mailbox).send(message(), TO)

    first, second = (letter for _, letter in mailbox.letters)
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("550 5.1.1 no such user", Undeliverable), ("450 4.2.1 mailbox busy", NotDelivered)],
)
async def test_what_the_server_says_of_the_recipient_decides(
    mailbox: Mailbox, answer: str, kind: type[NotDelivered]
) -> None:
    mailbox.refuses_with = answer

    with pytest.raises(NotDelivered) as said:
        await channel(mailbox).send(message(), TO)

    assert type(said.value) is kind
    assert TO not in str(said.value)


async def test_a_server_that_is_not_there_is_tried_again() -> None:
    with pytest.raises(NotDelivered) as said:
        await Mail(Server("127.0.0.1", 1, "no-reply@bawaba.example", "none", seconds=5)).send(message(), TO)

    assert not isinstance(said.value, Undeliverable)


async def test_a_server_that_answers_ever_so_slowly_is_left() -> None:
    """Each of its answers comes in time, and all of them together never."""

    async def dawdle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers = iter([b"220 here", b"250 hello", b"250 from", b"250 to", b"354 go on", b"250 taken", b"221 bye"])
        with suppress(ConnectionError, EOFError):
            for answer in answers:
                await asyncio.sleep(0.4)
                writer.write(answer + b"\r\n")
                await (reader.readuntil(b"\r\n.\r\n") if answer.startswith(b"354") else reader.readline())
        writer.close()
        left.set()

    left = asyncio.Event()
    server = await asyncio.start_server(dawdle, "127.0.0.1", 0)
    async with server, asyncio.timeout(10):
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotDelivered):
            await Mail(Server("127.0.0.1", port, "no-reply@bawaba.example", "none", seconds=0.5)).send(message(), TO)
        await left.wait()


async def test_a_letter_travels_by_tls_after_a_password() -> None:
    mailbox, authority = Mailbox(), trustme.CA()
    there, here = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    authority.issue_cert("127.0.0.1").configure_cert(there)
    authority.configure_trust(here)
    server = await serve_mail(mailbox, there)
    try:
        known = Server("127.0.0.1", mailbox.port, "no-reply@bawaba.example", "starttls", "bawaba", "secret", 5, here)
        await Mail(known).send(message(), TO)
    finally:
        server.close()
        await server.wait_closed()

    assert mailbox.users == [b"bawaba"]
    assert len(mailbox.letters) == 1


async def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing() -> None:
    mailbox, authority = Mailbox(), trustme.CA()
    there = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(there)
    server = await serve_mail(mailbox, there)
    try:
        known = Server("127.0.0.1", mailbox.port, "no-reply@bawaba.example", "starttls", "bawaba", "secret", 5)
        with pytest.raises(NotDelivered):
            await Mail(known).send(message(), TO)
    finally:
        server.close()
        await server.wait_closed()

    assert (mailbox.users, mailbox.letters) == ([], [])


@pytest.mark.parametrize("address", [TO, "a.b+c@x.example", "O'Neil@people.example"])
def test_an_address_is_taken_as_it_is(address: str) -> None:
    assert Mail(Server("h", 25, "s@h.example")).check(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "",
        "maryam",
        "maryam@",
        "@people.example",
        "maryam@people",
        "a..b@people.example",
        "maryam@people.example, other@people.example",
        "maryam@people.example\r\nBcc: other@people.example",
        "<maryam@people.example>",
        '"maryam salem"@people.example',
        f"{'a' * 65}@people.example",
        f"a@{'b' * 250}.example",
        "maryam@127.0.0.1",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Mail(Server("h", 25, "s@h.example")).check(address)

    assert refused.value.field == "/target"
