"""Promises of two spellings of one address."""

import pytest

from gateway.oauth.address import LONGEST, normal

PLAIN = "https://bawaba.example/v1/me"


@pytest.mark.parametrize(
    "spelling",
    [
        PLAIN,
        "HTTPS://BAWABA.example/v1/me",
        "https://bawaba.example:443/v1/me",
        "https://bawaba.example/v1/me?purpose=self_service",
        "https://bawaba.example/v1/me#part",
        "https://bawaba.example/%761/%6de",
        "https://bawaba.example/v1/./x/../me",
        "https://bawaba.example/../v1/me",
    ],
)
def test_spellings_of_one_address_are_one(spelling: str) -> None:
    assert normal(spelling) == PLAIN


@pytest.mark.parametrize(
    "other",
    [
        "http://bawaba.example/v1/me",
        "https://bawaba.example:8443/v1/me",
        "https://bawaba.example.evil.example/v1/me",
        "https://bawaba.example/v1/me/",
        "https://bawaba.example/V1/me",
        "https://bawaba.example/v1/me%2f",
        "https://bawaba.example/v1//me",
        "https://bawaba.example/v1%2Fme",
        "https://bawaba.example/v1/me;a",
        "https://bawaba.example/v1/x/../me/..",
    ],
)
def test_another_address_stays_another(other: str) -> None:
    assert normal(other) not in (None, PLAIN)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/v1/me",
        "bawaba.example/v1/me",
        "//bawaba.example/v1/me",
        "ftp://bawaba.example/v1/me",
        "https:///v1/me",
        "https:/v1/me",
        "https://user@bawaba.example/v1/me",
        "https://bawaba.example@evil.example/v1/me",
        "https://bawaba.example\\@evil.example/v1/me",
        "https://bawaba.example:port/v1/me",
        "https://bawaba.example:99999/v1/me",
        "https://bawaba.example/v1/me\n",
        "https://bawaba.example/v1/\tme",
        " https://bawaba.example/v1/me",
        "https://bawaba.example/v1/خدمة",
        "https://bawaba.example/v1/me%",
        "https://bawaba.example/v1/me%2",
        "https://bawaba.example/v1/me%zz",
        "https://[::1/v1/me",
        f"https://bawaba.example/{'a' * LONGEST}",
    ],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert normal(text) is None


def test_an_empty_path_is_the_root() -> None:
    assert normal("https://bawaba.example") == normal("https://bawaba.example/") == "https://bawaba.example/"


def test_an_address_of_the_sixth_version_keeps_its_brackets() -> None:
    assert normal("http://[::1]:80/a") == "http://[::1]/a"


@pytest.mark.parametrize("url", [PLAIN, "https://bawaba.example/a%2fb/%E2%82%AC/", "http://[::1]:8080/..//x/."])
def test_the_one_spelling_is_its_own(url: str) -> None:
    once = normal(url)

    assert once is not None
    assert normal(once) == once
