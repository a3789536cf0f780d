"""An index that grows and shrinks finds what a search of everything would find, at any moment."""

from collections.abc import Sequence

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.registry.word_index import WEIGHTS, WordIndex

WORDS = st.text("abc", min_size=1, max_size=4)
PLACED = st.lists(st.lists(WORDS, max_size=4), min_size=WEIGHTS, max_size=WEIGHTS)


def points(words: Sequence[Sequence[str]], wanted: str) -> int:
    """What one document is worth for one word, by the rules alone: the best of its places, a whole word before one
    that only begins so; 0 where it does not have it."""
    first: dict[str, int] = {}
    for place, here in enumerate(words):
        for word in here:
            first.setdefault(word, place)
    begins = [word for word in first if word == wanted or (len(wanted) > 1 and word.startswith(wanted))]
    return max((2 * (WEIGHTS - first[word]) + (word == wanted) for word in begins), default=0)


class Growing(RuleBasedStateMachine):
    """Adds, removes and asks in any order, beside a plain dictionary of what stands."""

    def __init__(self) -> None:
        super().__init__()
        self.index = WordIndex()
        self.standing: dict[int, Sequence[Sequence[str]]] = {}

    @rule(words=PLACED)
    def add(self, words: Sequence[Sequence[str]]) -> None:
        number = self.index.add(words)
        assert number not in self.standing
        self.standing[number] = words

    @rule(data=st.data(), swept=st.booleans())
    def remove(self, data: st.DataObject, swept: bool) -> None:
        if self.standing:
            number = data.draw(st.sampled_from(sorted(self.standing)))
            del self.standing[number]
            self.index.remove(number)
        if swept:
            self.index.sweep()

    @rule(wanted=st.lists(WORDS, min_size=1, max_size=3))
    def find(self, wanted: Sequence[str]) -> None:
        worth = {number: [points(words, one) for one in wanted] for number, words in self.standing.items()}
        expected = {number: sum(each) for number, each in worth.items() if all(each)}
        assert self.index.find(wanted) == expected

    @invariant()
    def counts(self) -> None:
        assert len(self.index) == len(self.standing)


Growing.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestAnIndexThatGrowsAndShrinks = Growing.TestCase


def test_what_was_removed_leaves_nothing_behind() -> None:
    index = WordIndex()
    words = [[f"word{number}" for number in range(10)], [], [], ["shared"]]
    for _ in range(50):
        numbers = [index.add(words) for _ in range(10)]
        for number in numbers:
            index.remove(number)
        index.sweep()

    assert index.find(["shared"]) == {}
    assert (index._numbers, index._vocabulary, index._stale) == ({}, [], {})
    assert (len(index), len(index._held), len(index._words)) == (0, 10, 11)


def test_one_letter_begins_nothing_but_may_be_a_word() -> None:
    index = WordIndex()
    number = index.add([["c", "car"], [], [], []])

    assert index.find(["c"]) == {number: 9}
    assert index.find(["ca"]) == {number: 8}
    assert index.find(["r"]) == {}
