"""XML that no national system should ever send: a good message with parts replaced, moved, doubled or gone."""

import re
from collections.abc import Callable

from hypothesis import strategies as st
from lxml import etree

ODD = ("", "null", "-1", "0", "9", "NaN", "1e999999", "0001-01-01T00:00:00", "9999-12-31T23:59:59", "31-Dec-9999")
CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff")
NUMBERS = st.from_regex(re.compile(r"[0-9٠-٩]{1,20}([.٫][0-9٠-٩]{1,6})?"), fullmatch=True)
VALUES = st.one_of(st.sampled_from(ODD), st.text(CHARACTERS, max_size=30), NUMBERS)


@st.composite
def changed(draw: st.DrawFn, good: bytes, most: int = 4) -> bytes:
    """``good`` after one to ``most`` changes of its elements and attributes."""
    root = etree.fromstring(good)
    elements = list(root.iter())
    for _ in range(draw(st.integers(1, most))):
        _change(draw, draw(st.sampled_from(elements)), elements)
    return etree.tostring(root, encoding="utf-8")


@st.composite
def cut(draw: st.DrawFn, good: bytes) -> bytes:
    """``good`` with some of its bytes replaced by others."""
    place, length = draw(st.integers(0, len(good) - 1)), draw(st.integers(0, 40))
    return good[:place] + draw(st.binary(max_size=12)) + good[place + length :]


def _change(draw: Callable[..., str], element: etree._Element, elements: list[etree._Element]) -> None:
    parent = element.getparent()
    match draw(st.sampled_from(["replace", "remove", "double", "nest", "move", "attribute"])):
        case "replace":
            element.text = draw(VALUES)
        case "remove" if parent is not None:
            parent.remove(element)
        case "double" if parent is not None:
            parent.append(_copy(element))
        case "nest":
            element.append(etree.Element(element.tag))
        case "move":
            element.append(_copy(elements[len(elements) * 2 // 3]))
        case "attribute" if element.attrib:
            element.set(draw(st.sampled_from(sorted(map(str, element.attrib)))), draw(VALUES))


def _copy(element: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(element, with_tail=False))
