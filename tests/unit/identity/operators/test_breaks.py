"""Break-glass: one rung, one session, an hour at most, and an alarm until somebody else has looked."""

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from gateway.errors import Conflict, Forbidden, InvalidInput
from gateway.identity.operators.operator import Operator, Role, read_posts
from gateway.identity.operators.sessions import OperatorSession
from gateway.storage.operator_tables import operator_breaks
from tests.support.operators import Staff, staff

REASON = "The outbox of Kuwait stands and nobody of security answers."


@pytest.fixture
async def here(storage_url: str) -> AsyncIterator[Staff]:
    async with staff(storage_url) as here:
        yield here


async def now(here: Staff, session: OperatorSession) -> Operator:
    operator = await here.sessions.operator(session)
    assert operator is not None
    return operator


async def test_a_higher_role_is_held_for_its_time_in_the_same_states(here: Staff) -> None:
    session, operator = await here.signed_in(posts="operator:KW auditor")

    with capture_logs() as logs:
        await here.breaks.begin(operator, Role.SECURITY, REASON, 60)

    raised = await now(here, session)
    assert (raised.posts, raised.raised) == (read_posts("operator:KW security:KW auditor"), Role.SECURITY)
    assert [(each["event"], each["log_level"], each["role"]) for each in logs] == [
        ("operator.break_glass", "error", "security")
    ]
    here.watch.advance(800)
    session = await here.session(session.secret)
    for _ in range(3):
        here.watch.advance(800)
        session = await here.session(session.secret)
    assert (await now(here, session)).raised is Role.SECURITY
    here.watch.advance(400)
    assert (await now(here, session)).posts == read_posts("operator:KW auditor")


async def test_another_session_of_the_same_operator_gets_nothing(here: Staff) -> None:
    _, operator = await here.signed_in()
    other, _ = await here.signed_in()
    await here.breaks.begin(operator, Role.SECURITY, REASON, 60)

    assert (await now(here, other)).raised is None


@pytest.mark.parametrize(
    ("posts", "role"),
    [
        ("viewer", Role.SECURITY),
        ("auditor", Role.SECURITY),
        ("auditor", Role.OPERATOR),
        ("security", Role.SECURITY),
        ("security", Role.AUDITOR),
        ("operator", Role.VIEWER),
        ("operator", Role.AUDITOR),
    ],
)
async def test_no_more_than_the_next_rung_is_taken(here: Staff, posts: str, role: Role) -> None:
    _, operator = await here.signed_in(posts=posts)

    with pytest.raises(Forbidden):
        await here.breaks.begin(operator, role, REASON, 30)
    assert await here.breaks.alarms() == []


async def test_rungs_are_not_climbed_one_after_another(here: Staff) -> None:
    session, viewer = await here.signed_in(posts="viewer")
    await here.breaks.begin(viewer, Role.OPERATOR, REASON, 30)

    with pytest.raises(Conflict):
        await here.breaks.begin(await now(here, session), Role.SECURITY, REASON, 30)


@pytest.mark.parametrize(("reason", "minutes"), [("", 30), ("because", 30), (" " * 40, 30), ("x" * 501, 30)])
async def test_a_reason_is_a_sentence(here: Staff, reason: str, minutes: int) -> None:
    _, operator = await here.signed_in()

    with pytest.raises(InvalidInput):
        await here.breaks.begin(operator, Role.SECURITY, reason, minutes)


@pytest.mark.parametrize("minutes", [0, -1, 61, 1_000_000])
async def test_it_lasts_an_hour_at_most(here: Staff, minutes: int) -> None:
    _, operator = await here.signed_in()

    with pytest.raises(InvalidInput):
        await here.breaks.begin(operator, Role.SECURITY, REASON, minutes)


async def test_the_alarm_stands_until_somebody_else_has_acknowledged_it(here: Staff) -> None:
    _, operator = await here.signed_in()
    _, other = await here.signed_in("other", "security")
    broken = await here.breaks.begin(operator, Role.SECURITY, REASON, 1)
    here.watch.advance(7200)

    with pytest.raises(Conflict):
        await here.breaks.acknowledge(broken.id, operator)
    assert await here.breaks.alarms() == [broken]
    await here.breaks.acknowledge(broken.id, other)
    assert await here.breaks.alarms() == []
    with pytest.raises(Conflict):
        await here.breaks.acknowledge(broken.id, other)


async def test_the_reason_is_kept_sealed(here: Staff) -> None:
    _, operator = await here.signed_in()
    await here.breaks.begin(operator, Role.SECURITY, REASON, 30)

    async with here.storage.reading() as connection:
        (row,) = (await connection.execute(operator_breaks.select())).all()

    assert b"Kuwait" not in row.sealed
