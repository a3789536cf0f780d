"""What operators may do: every act for every role, in its own state and in another."""

from itertools import product

import pytest

from gateway.errors import Forbidden
from gateway.identity.operators.operator import HIGHER, Operator, Post, Role, read_posts
from gateway.policy.operators import ALLOWED, ANYWHERE, OperatorAct, OperatorPolicy
from gateway.schema.country import Country

POLICY = OperatorPolicy()
LOOKS = {OperatorAct.SEE_CONSOLE, OperatorAct.SEE_APPLICATIONS, OperatorAct.SEE_CLIENTS}
# Said a second time, in the words of the rule and not of its table.
LOOKS_AT_AGENCIES = {
    OperatorAct.SEE_CONSOLE,
    OperatorAct.SEE_AGENCIES,
    OperatorAct.SEE_ADAPTERS,
    OperatorAct.SEE_MANDATES,
}
LOOKS |= LOOKS_AT_AGENCIES
OF_PROGRAMMES = {OperatorAct.ENDORSE_ADAPTER, OperatorAct.REFUSE_ADAPTER}
OF_THE_COMMITTEE = {OperatorAct.APPROVE_ADAPTER, OperatorAct.REFUSE_ADAPTER_JOINTLY}
ACTS = {
    OperatorAct.BREAK_GLASS,
    OperatorAct.RESEND,
    OperatorAct.GIVE_UP,
    OperatorAct.INVITE_AGENCY,
    OperatorAct.PAUSE_ADAPTER,
    OperatorAct.RESUME_ADAPTER,
    OperatorAct.WITHDRAW_ADAPTER,
}
MAY = {
    Role.VIEWER: LOOKS | {OperatorAct.BREAK_GLASS},
    Role.OPERATOR: LOOKS | ACTS,
    Role.SECURITY: set(OperatorAct) - OF_PROGRAMMES - OF_THE_COMMITTEE - {OperatorAct.BREAK_GLASS},
    Role.AUDITOR: LOOKS | {OperatorAct.SEE_OPERATORS, OperatorAct.ACKNOWLEDGE},
    Role.PROGRAMME: LOOKS_AT_AGENCIES | OF_PROGRAMMES,
    Role.COMMITTEE: LOOKS_AT_AGENCIES | OF_THE_COMMITTEE,
}
OF_A_STATE = [role for role in Role if role is not Role.COMMITTEE]
OF_ALL_STATES = [role for role in Role if role is not Role.PROGRAMME]


def operator(posts: str) -> Operator:
    return Operator("operator-1", read_posts(posts), "session", "totp", 0, 1)


def may(posts: str, act: OperatorAct, country: Country | None) -> bool:
    try:
        return POLICY.permit(operator(posts), act, country).act is act
    except Forbidden as problem:
        return problem.code != "operator_role_missing"


@pytest.mark.parametrize(("role", "act"), tuple(product(OF_ALL_STATES, OperatorAct)))
def test_a_role_in_all_states_may_do_what_it_is_for_and_nothing_else(role: Role, act: OperatorAct) -> None:
    allowed = act in MAY[role]

    assert may(str(Post(role)), act, None) is allowed
    assert may(str(Post(role)), act, Country.QA) is allowed


@pytest.mark.parametrize(("role", "act"), tuple(product(OF_A_STATE, OperatorAct)))
def test_a_role_in_one_state_acts_there_and_nowhere_else(role: Role, act: OperatorAct) -> None:
    allowed, anywhere = act in MAY[role], act in ANYWHERE

    assert may(f"{role.value}:BH", act, Country.BH) is allowed
    assert may(f"{role.value}:BH", act, Country.KW) is (allowed and anywhere)
    assert may(f"{role.value}:BH", act, None) is (allowed and anywhere)


def test_whoever_may_look_in_one_state_is_shown_that_state_alone() -> None:
    grant = POLICY.permit(operator("viewer:BH auditor:OM"), OperatorAct.SEE_CLIENTS)

    assert [each for each in (*Country, None) if grant.holds_in(each)] == [Country.BH, Country.OM]


def test_a_post_of_another_role_lends_no_state() -> None:
    assert not may("security:BH viewer", OperatorAct.SUSPEND_CLIENT, Country.KW)
    assert may("security:BH viewer", OperatorAct.SUSPEND_CLIENT, Country.BH)


@pytest.mark.parametrize("post", ["programme", "committee:BH"])
def test_a_programme_is_of_one_state_and_the_committee_of_none(post: str) -> None:
    with pytest.raises(ValueError, match="of"):
        read_posts(post)


def test_no_role_is_raised_to_one_that_approves() -> None:
    assert not {Role.PROGRAMME, Role.COMMITTEE} & (set(HIGHER) | set(HIGHER.values()))


def test_nobody_without_a_post_may_do_anything() -> None:
    assert not any(may("", act, country) for act in OperatorAct for country in (None, Country.BH))


def test_every_act_is_in_the_table() -> None:
    assert set(ALLOWED) == set(OperatorAct)
