"""Sessions: found by their secret alone, limited in time, and over everywhere once they are ended."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select, text

from gateway.errors import AssuranceTooLow
from gateway.identity.principal import Assurance
from gateway.identity.vault import digest
from gateway.schema import Country
from gateway.storage.tables import sessions
from tests.support.people import CIVIL, CPR, LIMITS, PLACE, Roof, evidence, roof

MANY = 10_000


@pytest.fixture
async def home(storage_url: str) -> AsyncIterator[Roof]:
    async with roof(storage_url) as home:
        yield home


async def test_a_session_says_who_how_surely_when_and_where(home: Roof) -> None:
    secret = await home.begin(evidence("a", CPR, assurance=Assurance.HIGH))

    found = await home.sessions.find(secret)

    assert found is not None
    assert (found.assurance, found.place) == (Assurance.HIGH, PLACE)
    assert found.authenticated_at == int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
    assert (found.created_at, found.expires_at) == (int(home.now), int(home.now) + LIMITS.absolute)


async def test_the_secret_is_long_and_stands_nowhere(home: Roof) -> None:
    secret = await home.begin(evidence("a", CPR))
    (row,) = await home.rows(sessions)

    assert len(secret) == 43
    assert secret not in str(row)
    assert await home.sessions.find(row.secret_hash) is None
    assert await home.sessions.find(row.session_id) is None


@pytest.mark.parametrize("secret", ["", "x", "A" * 43, "\0", "' OR 1=1 --", "é" * 43])
async def test_any_other_secret_finds_nobody(home: Roof, secret: str) -> None:
    await home.begin(evidence("a", CPR))

    assert await home.sessions.find(secret) is None


async def test_a_session_ends_after_a_while_without_a_request(home: Roof) -> None:
    secret = await home.begin(evidence("a", CPR))

    home.now += LIMITS.idle - 1
    assert await home.sessions.find(secret) is not None
    home.now += LIMITS.idle - 1
    assert await home.sessions.find(secret) is not None
    home.now += LIMITS.idle
    assert await home.sessions.find(secret) is None


async def test_a_session_in_use_ends_at_its_absolute_limit(home: Roof) -> None:
    secret = await home.begin(evidence("a", CPR))
    began = home.now

    while home.now - began + 600 < LIMITS.absolute:
        home.now += 600
        assert await home.sessions.find(secret) is not None
    home.now = began + LIMITS.absolute

    assert await home.sessions.find(secret) is None


async def test_a_session_in_use_is_not_written_at_every_request(home: Roof) -> None:
    secret = await home.begin(evidence("a", CPR))
    began = int(home.now)

    for _ in range(5):
        home.now += 10
        await home.sessions.find(secret)
    assert [row.seen_at for row in await home.rows(sessions)] == [began]
    home.now += 10
    await home.sessions.find(secret)
    assert [row.seen_at for row in await home.rows(sessions)] == [began + 60]


async def test_a_new_sign_in_takes_the_place_of_the_session_before(home: Roof) -> None:
    old = await home.begin(evidence("a", CPR))
    new = await home.begin(evidence("a", CPR, assurance=Assurance.HIGH), replaces=old)

    assert new != old
    assert await home.sessions.find(old) is None
    assert await home.sessions.find(new) is not None


async def test_sessions_that_have_run_out_are_swept_away(home: Roof) -> None:
    await home.begin(evidence("a", CPR))
    home.now += LIMITS.absolute + 1
    await home.begin(evidence("b", CIVIL))

    assert len(await home.rows(sessions)) == 1


async def test_ones_own_sessions_are_listed_the_last_used_first(home: Roof) -> None:
    shown = evidence("a", CPR)
    first = await home.begin(shown)
    home.now += 100
    second = await home.begin(shown)
    await home.begin(evidence("b", CIVIL))
    person = (await home.people.sign_in(shown)).person

    assert [each.id for each in await home.sessions.of_person(person)] == [
        found.id for secret in (second, first) if (found := await home.sessions.find(secret))
    ]
    home.now += LIMITS.idle
    assert await home.sessions.of_person(person) == []


async def test_one_of_ones_own_sessions_is_ended_and_nobody_elses(home: Roof) -> None:
    mine, theirs = await home.begin(evidence("a", CPR)), await home.begin(evidence("b", CIVIL))
    own, other = await home.sessions.find(mine), await home.sessions.find(theirs)
    assert own is not None
    assert other is not None

    assert not await home.sessions.end(own.person, other.id)
    assert await home.sessions.find(theirs) is not None
    assert await home.sessions.end(own.person, own.id)
    assert await home.sessions.find(mine) is None
    assert not await home.sessions.end(own.person, own.id)


async def test_signing_out_everywhere_ends_all_of_a_person_and_of_nobody_else(home: Roof) -> None:
    shown = evidence("a", CPR)
    secrets = [await home.begin(shown) for _ in range(4)]
    other = await home.begin(evidence("b", CIVIL))
    kept = await home.sessions.find(secrets[0])
    assert kept is not None

    assert await home.sessions.end_all(kept.person, keep=kept.id) == 3
    assert await home.sessions.find(secrets[0]) is not None
    assert await home.sessions.end_all(kept.person) == 1
    assert [await home.sessions.find(secret) for secret in secrets] == [None] * 4
    assert await home.sessions.find(other) is not None


async def test_the_sessions_of_one_identity_are_ended(home: Roof) -> None:
    shown = evidence("a", CPR)
    signed_in = await home.people.sign_in(shown)
    linked = evidence("b", CIVIL)
    await home.people.link(signed_in.person, linked)
    gone, stays = await home.begin(shown), await home.begin(linked)

    assert await home.sessions.end_identity(signed_in.identity) == 1
    assert await home.sessions.find(gone) is None
    assert await home.sessions.find(stays) is not None


async def test_a_provider_ends_one_session_of_its_own_or_all_of_a_subject(home: Roof) -> None:
    shown = evidence("a", CPR, session="s1")
    one, two = await home.begin(shown), await home.begin(replace(shown, provider_session="s2"))
    three = await home.begin(replace(shown, provider_session=None))
    other = await home.begin(evidence("a", CIVIL, issuer="https://two.example", session="s1"))

    assert await home.sessions.end_at_provider(shown.issuer, "a", "s1") == 1
    assert await home.sessions.find(one) is None
    assert await home.sessions.end_at_provider(shown.issuer, "a", None) == 2
    assert [await home.sessions.find(each) for each in (two, three)] == [None, None]
    assert await home.sessions.find(other) is not None


@pytest.mark.parametrize(("subject", "session"), [(None, None), ("", ""), ("nobody", None), (None, "unknown")])
async def test_a_logout_that_names_nobody_ends_nothing(home: Roof, subject: str | None, session: str | None) -> None:
    secret = await home.begin(evidence("a", CPR))

    assert await home.sessions.end_at_provider("https://one.example", subject, session) == 0
    assert await home.sessions.find(secret) is not None


async def test_each_state_is_asked_with_the_number_that_it_knows(home: Roof) -> None:
    ekey = evidence("a", CPR)
    person = (await home.people.sign_in(ekey)).person
    mobile = evidence("b", CIVIL, provider="kw-mobile-id")
    await home.people.link(person, mobile)

    for shown, state in ((ekey, Country.BH), (mobile, Country.KW)):
        session = await home.sessions.find(await home.begin(shown))
        assert session is not None
        principal = await home.sessions.principal(session)
        assert principal.identifiers == {Country.BH: CPR, Country.KW: CIVIL}
        assert (principal.home, principal.subject) == (state, person)


async def test_a_session_is_as_sure_as_its_own_sign_in(home: Roof) -> None:
    await home.begin(evidence("a", CPR, assurance=Assurance.HIGH))
    session = await home.sessions.find(await home.begin(evidence("a", CPR, assurance=Assurance.LOW)))

    assert session is not None
    assert (await home.sessions.principal(session)).assurance is Assurance.LOW


async def test_a_person_without_a_verified_number_speaks_for_nobody_before_a_state(home: Roof) -> None:
    session = await home.sessions.find(await home.begin(evidence("a", assurance=Assurance.LOW)))
    assert session is not None

    with pytest.raises(AssuranceTooLow) as refused:
        await home.sessions.principal(session)

    assert refused.value.facts["needed"] == "substantial"


async def test_one_of_ten_thousand_live_sessions_is_found_by_an_index(home: Roof) -> None:
    now = int(home.now)
    row = {"identity_id": "i", "assurance": "high", "authenticated_at": now, "created_at": now, "seen_at": now}
    row |= {"expires_at": now + LIMITS.absolute, "device": "firefox/linux", "network": "", "account_hash": "a"}
    rows = [
        {
            **row,
            "secret_hash": digest(f"{n}"),
            "session_id": f"s{n}",
            "person_id": f"p{n // 4}",
            "provider_hash": f"{n}",
        }
        for n in range(MANY)
    ]
    async with home.storage.writing() as connection:
        await connection.execute(insert(sessions), rows)
        if home.storage.dialect == "postgresql":
            await connection.execute(text("ANALYZE sessions"))

    for column in ("secret_hash", "person_id", "provider_hash"):
        assert "index" in (await _plan(home, column)).lower(), column
    found = await home.sessions.find(f"{MANY // 2}")
    assert found is not None
    assert found.id == f"s{MANY // 2}"
    assert len(await home.sessions.of_person("p7")) == 4


async def _plan(home: Roof, column: str) -> str:
    """How the database would look for one row by that column."""
    explain = "EXPLAIN QUERY PLAN" if home.storage.dialect == "sqlite" else "EXPLAIN"
    wanted = select(sessions).where(sessions.c[column] == digest("7"))
    question = wanted.compile(home.storage.engine, compile_kwargs={"literal_binds": True})
    async with home.storage.reading() as connection:
        return " ".join(str(line) for line in await connection.execute(text(f"{explain} {question}")))
