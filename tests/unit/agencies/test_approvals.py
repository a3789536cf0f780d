"""A version is judged twice, by two people, once each, and as it was shown."""

import asyncio

import pytest
from sqlalchemy import select, update

from gateway.agencies.approvals import Stage
from gateway.errors import BawabaError, Conflict, Forbidden, InvalidInput, NotFound
from gateway.policy.operators import OperatorAct, OperatorGrant
from gateway.schema.country import Country
from gateway.storage.registry_tables import registry_approvals, registry_versions
from tests.support.joining import ADAPTER, DIGEST, VERSION, Board, board, grant

WHY = "The address of the live system belongs to nobody known."


def endorsing(operator: str = "operator-1", posts: str = "programme:OM") -> OperatorGrant:
    return grant(OperatorAct.ENDORSE_ADAPTER, posts, operator=operator)


def approving(operator: str = "operator-2", posts: str = "committee") -> OperatorGrant:
    return grant(OperatorAct.APPROVE_ADAPTER, posts, operator=operator)


async def submitted(here: Board, standing: str = "submitted") -> Board:
    await here.adapter()
    await here.version(standing)
    return here


async def outcome(here: Board, given: OperatorGrant, digest: str = DIGEST) -> str:
    try:
        await here.approvals.agree(given, ADAPTER, VERSION, digest)
    except BawabaError as problem:
        return problem.code
    return "done"


async def test_two_people_bring_a_version_from_submitted_to_approved(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        assert (await here.approvals.find(ADAPTER, VERSION)).stage is Stage.NATIONAL

        await here.approvals.agree(endorsing(), ADAPTER, VERSION, DIGEST)
        assert (await here.standing(), (await here.approvals.find(ADAPTER, VERSION)).stage) == ("endorsed", Stage.JOINT)
        await here.approvals.agree(approving(), ADAPTER, VERSION, DIGEST)

        assert await here.standing() == "approved"
        assert await here.events() == [("endorsed", "operator:operator-1"), ("approved", "operator:operator-2")]
        said = await here.approvals.verdicts(ADAPTER, VERSION)
        assert [(each.stage, each.verdict, each.operator, each.digest, each.reason) for each in said] == [
            (Stage.NATIONAL, "approved", "operator-1", DIGEST, None),
            (Stage.JOINT, "approved", "operator-2", DIGEST, None),
        ]
        assert await here.approvals.waiting() == []


async def test_one_person_with_both_posts_is_still_one_pair_of_eyes(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        posts = "programme:OM committee"
        await here.approvals.agree(endorsing(posts=posts), ADAPTER, VERSION, DIGEST)

        with pytest.raises(Forbidden) as refused:
            await here.approvals.agree(approving("operator-1", posts), ADAPTER, VERSION, DIGEST)
        assert refused.value.code == "approval_same_person"
        own_no = grant(OperatorAct.REFUSE_ADAPTER_JOINTLY, posts)
        with pytest.raises(Forbidden):
            await here.approvals.refuse(own_no, ADAPTER, VERSION, DIGEST, WHY)
        assert await here.standing() == "endorsed"

        assert await outcome(here, approving()) == "done"


async def test_the_committee_does_not_judge_before_the_programme_nor_the_programme_twice(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        assert await outcome(here, approving()) == "approval_not_your_turn"
        assert await outcome(here, endorsing()) == "done"
        assert await outcome(here, endorsing("operator-3")) == "approval_not_your_turn"
        assert await outcome(here, approving()) == "done"

        assert await outcome(here, approving()) == "approval_over"


@pytest.mark.parametrize("standing", ["draft", "passed"])
async def test_what_was_not_submitted_is_not_judged(storage_url: str, standing: str) -> None:
    async with board(storage_url) as here:
        await submitted(here, standing)

        assert await outcome(here, endorsing()) == "approval_too_early"


async def test_another_document_than_the_one_that_was_shown_is_not_approved(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        async with here.storage.writing() as connection:
            await connection.execute(update(registry_versions).values(digest="e" * 64))

        assert await outcome(here, endorsing()) == "approval_other_document"
        assert await here.standing() == "submitted"


async def test_of_two_who_click_at_once_one_wins_and_the_other_is_told(storage_url: str) -> None:
    async with board(storage_url) as here, board(storage_url) as colleague:
        await submitted(here)

        said = await asyncio.gather(
            *(outcome(where, endorsing(f"operator-{n}")) for n, where in enumerate((here, colleague, here, colleague)))
        )

        assert sorted(said) == ["approval_not_your_turn"] * 3 + ["done"]
        assert len(await here.approvals.verdicts(ADAPTER, VERSION)) == 1
        assert [what for what, _ in await here.events()] == ["endorsed"]


async def test_yes_and_no_at_once_leave_one_of_the_two(storage_url: str) -> None:
    async with board(storage_url) as here, board(storage_url) as colleague:
        await submitted(here)

        async def no() -> str:
            given = grant(OperatorAct.REFUSE_ADAPTER, "programme:OM", operator="operator-9")
            try:
                await colleague.approvals.refuse(given, ADAPTER, VERSION, DIGEST, WHY)
            except Conflict as problem:
                return problem.code
            return "refused"

        said = await asyncio.gather(outcome(here, endorsing()), no())

        assert (tuple(said), await here.standing()) in (
            (("done", "approval_not_your_turn"), "endorsed"),
            (("approval_over", "refused"), "refused"),
        )


async def test_a_refusal_says_why_to_the_agency_and_not_to_whoever_steals_the_table(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        given = grant(OperatorAct.REFUSE_ADAPTER, "programme:OM")
        for wrong in ("", "   no    ", "x" * 2001):
            with pytest.raises(InvalidInput):
                await here.approvals.refuse(given, ADAPTER, VERSION, DIGEST, wrong)

        await here.approvals.refuse(given, ADAPTER, VERSION, DIGEST, f"  {WHY} ")

        (said,) = await here.approvals.verdicts(ADAPTER, VERSION)
        assert (said.verdict, said.reason, await here.standing()) == ("refused", WHY, "refused")
        async with here.storage.reading() as connection:
            kept = bytes(await connection.scalar(select(registry_approvals.c.reason)) or b"")
        assert WHY.encode() not in kept
        assert len(kept) > len(WHY)
        assert await outcome(here, endorsing("operator-3")) == "approval_over"


async def test_the_programme_of_another_state_finds_nothing(storage_url: str) -> None:
    async with board(storage_url) as here:
        await submitted(here)
        elsewhere = grant(OperatorAct.ENDORSE_ADAPTER, "programme:BH", Country.BH)

        with pytest.raises(NotFound):
            await here.approvals.agree(elsewhere, ADAPTER, VERSION, DIGEST)
        with pytest.raises(NotFound):
            await here.approvals.find(ADAPTER, "9.0.0")
        with pytest.raises(NotFound):
            await here.approvals.verdicts(ADAPTER, "9.0.0")
        assert await here.standing() == "submitted"
