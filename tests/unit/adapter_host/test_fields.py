"""Structured fields are read strictly, in one pass, and whatever comes is either read or refused."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter_host.fields import (
    InnerList,
    Item,
    MalformedField,
    parse_dictionary,
    write_inner_list,
    write_item,
)

GOOD = 'sig=("@method" "signature";req;key="a");created=1;n="x\\"y\\\\";keyid="k";flag;off=?0, b=:AQID:;p=-5'


def test_a_dictionary_is_read_with_everything_in_its_order() -> None:
    assert parse_dictionary(GOOD) == {
        "sig": InnerList(
            (Item("@method"), Item("signature", (("req", True), ("key", "a")))),
            (("created", 1), ("n", 'x"y\\'), ("keyid", "k"), ("flag", True), ("off", False)),
        ),
        "b": Item(b"\x01\x02\x03", (("p", -5),)),
    }


def test_what_is_written_is_read_as_it_was() -> None:
    members = parse_dictionary(GOOD)
    sig, b = members["sig"], members["b"]
    assert isinstance(sig, InnerList)
    assert isinstance(b, Item)

    assert parse_dictionary(f"sig={write_inner_list(sig)}, b={write_item(b)}") == members


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "a",
        "a=",
        "a=1,",
        "a=1 ,, b=2",
        ",a=1",
        "A=1",
        "a=1;=2",
        "a=(",
        'a=("x"',
        'a=("x""y")',
        "a=(1 2",
        'a=("x")x',
        "a=1.5",
        "a=1234567890123456",
        "a=token",
        "a=@1659578233",
        'a="x',
        'a="\\n"',
        'a="é"',
        "a=:AQI:",
        "a=:AQID",
        "a=:AQ=ID:",
        "a=:AR==:",
        "a=:é:",
        "a=?2",
        "a=?",
        "a=1\nb=2",
        "a=1\x00",
        "a=(1);created=1;created=2",
        "a=1, a=1",
        "a=((1))",
        "a=" + "(" * 5000,
        "a=" + "1" * 9000,
    ],
)
def test_what_is_no_dictionary_or_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(MalformedField):
        parse_dictionary(text)


@given(st.text(max_size=200) | st.text(alphabet='ab=();:"\\? ,1-AQ=', max_size=60))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    try:
        members = parse_dictionary(text)
    except MalformedField:
        return
    for member in members.values():
        written = write_inner_list(member) if isinstance(member, InnerList) else write_item(member)
        assert parse_dictionary(f"a={written}") == {"a": member}


@pytest.mark.parametrize("text", ['a="' + "\\" * 8000, "a=(" + " " * 8000, "a=1" + "; b" * 2000, "a=:" + "A" * 8000])
def test_nothing_takes_longer_than_it_is_long(text: str) -> None:
    began = time.process_time()
    with pytest.raises(MalformedField):
        parse_dictionary(text)
    assert time.process_time() - began < 1


@pytest.mark.parametrize("value", ["é", "a\nb", "\x00"])
def test_text_that_a_field_cannot_carry_is_not_written(value: str) -> None:
    with pytest.raises(MalformedField):
        write_item(Item(value))
