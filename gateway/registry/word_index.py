"""An index of words in memory that grows and shrinks while it is asked: documents by their words, the best first."""

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence

WEIGHTS = 4
"""How many places a word of a document may stand at, the weightiest being number 0."""

_PLACE_BITS = 2
_PLACE = (1 << _PLACE_BITS) - 1
# A word is found by its beginning from two letters on: one letter begins too many words to say anything.
_SHORTEST_BEGINNING = 2
_AFTER_ALL = "\U0010ffff"
# Entries that one removal cleans up at most, about a millisecond; the rest waits for the next.
_SWEPT_AT_ONCE = 10_000
# More new words than this are sorted in together, which takes some milliseconds however many they are.
_SORTED_ONE_BY_ONE = 300
# Points of a word by its place, doubled; a whole word gets one more than the beginning of one at the same place.
_POINTS = tuple(2 * (WEIGHTS - place) for place in range(WEIGHTS))

Words = Sequence[Iterable[str]]
"""The words of one document by place: first those of place 0; a word at several places counts at the first."""


class WordIndex:
    """Documents, numbered from 0, by their words.

    A posting is one number, the document's with the place of the word in its lowest bits, and a word's postings are a
    compact array. What is taken out is marked at once and cleaned up in small steps, so that no change takes long.
    """

    def __init__(self) -> None:
        # Words are numbered as well, so that what each document is to be taken out of is a compact array, too.
        self._numbers: dict[str, int] = {}
        self._words: list[str] = []
        self._postings: list[array[int]] = []
        self._vocabulary: list[str] = []
        self._new: list[str] = []
        self._held: list[array[int] | None] = []
        self._free: list[int] = []
        self._free_words: list[int] = []
        self._dead: list[int] = []
        self._stale: dict[int, None] = {}

    def __len__(self) -> int:
        return len(self._held) - self._held.count(None)

    def add(self, words: Words) -> int:
        """The number of the new document."""
        document, first = self._take(), dict[int, int]()
        for place, here in enumerate(words):
            for word in here:
                if (number := self._numbers.get(word)) is None:
                    number = self._number(word)
                first.setdefault(number, place)
        for number, place in first.items():
            self._postings[number].append(document << _PLACE_BITS | place)
        self._held[document] = array("I", first)
        return document

    def remove(self, document: int) -> None:
        """Takes out a document; no search finds it from now on."""
        self._stale.update(dict.fromkeys(self._held[document] or ()))
        self._held[document] = None
        self._dead.append(document)

    def sweep(self) -> None:
        """Cleans up some of what removed documents left behind; called after each change."""
        looked_at = 0
        while self._stale and looked_at < _SWEPT_AT_ONCE:
            # The longest waiting first, so that none waits for ever.
            number = next(iter(self._stale))
            del self._stale[number]
            looked_at += len(self._postings[number])
            self._clean(number)
        if not self._stale and self._dead:
            self._free += self._dead
            self._dead = []

    def settle(self) -> None:
        """Sorts new words in, which the first search after a change does otherwise."""
        if len(self._new) > _SORTED_ONE_BY_ONE:
            self._vocabulary += self._new
            self._vocabulary.sort()
        else:
            for word in self._new:
                insort(self._vocabulary, word)
        self._new = []

    def find(self, wanted: Sequence[str]) -> dict[int, int]:
        """Points of each document that has every wanted word, or a word that begins with it.

        The rarest word is looked up first, so that the others are only looked for in what it found.
        """
        self.settle()
        spans = sorted((self._matching(word) for word in wanted), key=_size)
        found: dict[int, int] | None = None
        for span in spans:
            found = self._narrowed(span, found)
        return found or {}

    def _take(self) -> int:
        if self._free:
            return self._free.pop()
        self._held.append(None)
        return len(self._held) - 1

    def _number(self, word: str) -> int:
        """The number of a new word."""
        if self._free_words:
            number = self._free_words.pop()
            self._words[number] = word
        else:
            number = len(self._words)
            self._words.append(word)
            self._postings.append(array("I"))
        self._numbers[word] = number
        self._new.append(word)
        return number

    def _matching(self, word: str) -> "_Span":
        """The postings of the word and of all that begin with it, each with 1 for the whole word, else 0."""
        if len(word) < _SHORTEST_BEGINNING:
            return [(1, self._postings[self._numbers[word]])] if word in self._numbers else []
        first = bisect_left(self._vocabulary, word)
        last = bisect_left(self._vocabulary, word + _AFTER_ALL, first)
        return [(int(each == word), self._postings[self._numbers[each]]) for each in self._vocabulary[first:last]]

    def _narrowed(self, span: "_Span", before: dict[int, int] | None) -> dict[int, int]:
        held, points, best = self._held, _POINTS, dict[int, int]()
        for whole, postings in span:
            for posting in postings:
                document = posting >> _PLACE_BITS
                worth = points[posting & _PLACE] + whole
                if worth > best.get(document, 0) and (held[document] if before is None else document in before):
                    best[document] = worth
        if before is None:
            return best
        return {document: worth + before[document] for document, worth in best.items()}

    def _clean(self, number: int) -> None:
        held = self._held
        left = array("I", (each for each in self._postings[number] if held[each >> _PLACE_BITS] is not None))
        self._postings[number] = left
        if not left:
            self._forget(self._words[number], number)

    def _forget(self, word: str, number: int) -> None:
        self.settle()
        del self._vocabulary[bisect_left(self._vocabulary, word)]
        del self._numbers[word]
        self._words[number] = ""
        self._free_words.append(number)


_Span = list[tuple[int, "array[int]"]]


def _size(span: _Span) -> int:
    return sum(len(postings) for _, postings in span)
