"""Posts: a role in one state or in all, narrowed and never widened."""

import pytest

from gateway.errors import ConfigurationError
from gateway.identity.operators.operator import Post, Role, read_posts, within, write_posts
from gateway.identity.operators.provider import RoleRule
from gateway.schema.country import Country

RULE = RoleRule.of("roles", {"staff": "viewer", "bh-staff": "operator:BH", "guards": "security"})


@pytest.mark.parametrize("text", ["viewer", "operator:BH", "auditor:AE"])
def test_a_post_is_read_as_it_is_written(text: str) -> None:
    assert str(Post.parse(text)) == text


@pytest.mark.parametrize("text", ["", "king", "operator:XX", "operator:", "Operator", "operator:BH:KW", ":BH"])
def test_what_is_no_post_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Post.parse(text)


@pytest.mark.parametrize(
    ("posts", "limit", "left"),
    [
        ("operator security:BH", "", "operator security:BH"),
        ("operator", "operator:BH", "operator:BH"),
        ("operator:BH", "operator", "operator:BH"),
        ("operator:BH", "operator:KW", ""),
        ("security auditor:OM", "auditor", "auditor:OM"),
        ("viewer", "security", ""),
        ("", "security", ""),
    ],
)
def test_neither_the_provider_nor_the_invitation_gives_more_than_the_other(posts: str, limit: str, left: str) -> None:
    assert write_posts(within(read_posts(posts), read_posts(limit))) == left


@pytest.mark.parametrize(
    ("told", "posts"),
    [
        ("staff", "viewer"),
        (["staff", "guards"], "security viewer"),
        (["bh-staff", "gardeners", 7, None, {}, ["guards"]], "operator:BH"),
        ("security", ""),
        ("staff guards", ""),
        ({"staff": True}, ""),
        (None, ""),
        (True, ""),
        (["other"] * 300 + ["guards"], ""),
    ],
)
def test_a_claim_gives_what_the_settings_say_and_nothing_else(told: object, posts: str) -> None:
    assert write_posts(RULE.read(told)) == posts


@pytest.mark.parametrize("values", [{}, {"x": "king"}, {"x": "operator:ZZ"}])
def test_settings_that_give_no_post_stop_the_start(values: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        RoleRule.of("roles", values)

    assert str(refused.value.field).startswith("operators.roles")


def test_a_post_in_all_states_covers_each_of_them() -> None:
    everywhere, bahrain = Post(Role.OPERATOR), Post(Role.OPERATOR, Country.BH)

    assert everywhere.covers(bahrain)
    assert not bahrain.covers(everywhere)
    assert not everywhere.covers(Post(Role.VIEWER))
