"""The populations come out the same on every machine, in every process and in every order."""

import hashlib
import json
import os
import subprocess
import sys
from dataclasses import asdict
from datetime import date
from random import Random

import pytest

from gateway.schema.country import Country
from gateway.sdk.sandbox import Population, population
from gateway.sdk.sandbox.dice import Dice, whole

GOLDEN = {
    Country.BH: "57e1d267c84fc35d47a6f4f5bd993720accf9ae86d4bcd6d4e77a0eb50585b09",
    Country.KW: "72dd120b03887a8b55be195bf10cc731f83079b789a5c2367327a28b8e655af7",
    Country.OM: "70aa4f43cb1547eb185891667b6bfbce192a8a0b6393f4dd6cbec315e5dfb3f0",
    Country.QA: "3082aa83c3f72ca13762bab3d6ba61c77dbd1d1510833657617a08e9ce35c27f",
    Country.SA: "89256c7d4b9e329972312d13891f56850a6340285988f3b97466f575d516c835",
    Country.AE: "02d3f41d028506b11b99cd6722eb0a67c13932d3eb98cb18cd41c7493275e894",
}

IN_ANOTHER_PROCESS = """
import sys
from gateway.schema.country import Country
from gateway.sdk.sandbox import population
for name in sys.argv[1:]:
    told = population(Country(name))
    for records in (told.people, told.all_fines, told.all_companies, told.all_contributions):
        for record in records:
            sys.stdout.buffer.write(repr(record).encode() + b"\\n")
"""


def digest(told: Population) -> str:
    """A digest of everything that is told of one state."""
    records = [
        [asdict(person) for person in told.people],
        [asdict(fine) for fine in told.all_fines],
        [asdict(company) for company in told.all_companies],
        [asdict(contribution) for contribution in told.all_contributions],
    ]
    return hashlib.sha256(json.dumps(records, default=str, sort_keys=True).encode()).hexdigest()


@pytest.mark.parametrize("country", Country)
def test_a_population_is_the_one_that_it_always_was(country: Country) -> None:
    """Acceptance cases name these people, so a change here is a change of every case."""
    assert digest(population(country)) == GOLDEN[country]


def test_the_order_of_making_and_the_seed_of_hashes_change_nothing() -> None:
    def told(order: list[str], seed: str) -> set[bytes]:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", IN_ANOTHER_PROCESS, *order]
        return set(subprocess.run(command, env=environment, capture_output=True, check=True).stdout.splitlines())

    names = [country.value for country in Country]

    assert told(names, "1") == told(names[::-1], "2")


def test_a_population_is_made_once() -> None:
    assert population(Country.OM) is population(Country.OM)


def test_dice_with_one_name_fall_alike_and_with_two_names_apart() -> None:
    first, same, other = Dice("people", "BH"), Dice("people", "BH"), Dice("people", "KW")

    rows = [[dice.number(0, 10**9) for _ in range(5)] for dice in (first, same, other)]

    assert rows[0] == rows[1]
    assert rows[0] != rows[2]


def test_dice_use_only_what_python_promises_to_keep() -> None:
    dice, promised = Dice("a", "b"), Random("bawaba-synthetic-1/a/b")

    drawn = [dice.number(0, 99) for _ in range(20)]

    assert drawn == [int(promised.random() * 100) for _ in range(20)]


def test_dice_stay_within_their_bounds() -> None:
    dice = Dice("bounds")

    numbers = {dice.number(3, 5) for _ in range(200)}
    days = {dice.day(date(2024, 2, 28), date(2024, 3, 1)) for _ in range(200)}
    amounts = {dice.money(100, 300, 3, 100) for _ in range(200)}

    assert numbers == {3, 4, 5}
    assert days == {date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)}
    assert {str(amount) for amount in amounts} == {"100.000", "200.000", "300.000"}


def test_dice_pick_different_items_when_asked_for_several() -> None:
    dice, items = Dice("several"), tuple("abcdef")

    for count in range(9):
        chosen = dice.several(items, count)
        assert len(chosen) == len(set(chosen)) == min(count, len(items))
    assert sorted(dice.several(items, 6)) == list(items)


def test_weights_decide_how_often_an_item_is_picked() -> None:
    dice = Dice("weights")

    picked = [dice.weighted((("often", 9), ("seldom", 1), ("never", 0))) for _ in range(2000)]

    assert "never" not in picked
    assert 100 < picked.count("seldom") < 320


def test_digits_keep_their_leading_zeros() -> None:
    dice = Dice("digits")

    drawn = [dice.digits(3) for _ in range(500)]

    assert {len(digits) for digits in drawn} == {3}
    assert any(digits.startswith("0") for digits in drawn)


@pytest.mark.parametrize(("decimals", "text"), [(0, "12"), (2, "12.00"), (3, "12.000")])
def test_whole_units_have_exactly_the_decimals_of_the_currency(decimals: int, text: str) -> None:
    assert str(whole(12, decimals)) == text
