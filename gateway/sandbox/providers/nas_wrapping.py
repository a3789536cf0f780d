"""Signature wrapping: the assertion that was signed is moved away, and a forged one stands where it is looked for.

The eight are those of Somorovsky and others, "On Breaking SAML" (2012), in their order.
"""

import copy
from collections.abc import Callable, Mapping
from typing import TypeAlias

from lxml import etree
from lxml.etree import _Element

from gateway.sandbox.providers.nas_assertion import ASSERTION, PROTOCOL, SIGNATURE, new_id

FORGED_QID = "28563400018"
Wrap: TypeAlias = Callable[[_Element], _Element]
"""Takes a rightly signed response and gives another."""


def forged(assertion: _Element, *, same_id: bool = False) -> _Element:
    """An unsigned copy that says somebody else's number."""
    copied = copy.deepcopy(assertion)
    for signature in copied.findall(f"{SIGNATURE}Signature"):
        copied.remove(signature)
    if not same_id:
        copied.set("ID", new_id())
    for attribute in copied.iter(f"{ASSERTION}Attribute"):
        if attribute.get("Name") == "QatarID":
            attribute[0].text = FORGED_QID
    return copied


def assertion_in(response: _Element) -> _Element:
    """The assertion of an honest response."""
    (found,) = response.findall(f"{ASSERTION}Assertion")
    return found


def _signature_in(element: _Element) -> _Element:
    (found,) = element.findall(f"{SIGNATURE}Signature")
    return found


def _forged_response(response: _Element) -> _Element:
    """A response with another name, without a signature, whose assertion is forged."""
    copied = copy.deepcopy(response)
    for signature in copied.findall(f"{SIGNATURE}Signature"):
        copied.remove(signature)
    copied.set("ID", new_id())
    original = assertion_in(copied)
    copied.replace(original, forged(original))
    return copied


def _first(response: _Element) -> _Element:
    """The whole response that was signed hides in the signature of a forged one."""
    outer, signature = _forged_response(response), _signature_in(response)
    copied = copy.deepcopy(signature)
    copied.append(copy.deepcopy(response))
    outer.insert(1, copied)
    return outer


def _second(response: _Element) -> _Element:
    """The response that was signed stands beside its signature in a forged one."""
    outer, signature = _forged_response(response), _signature_in(response)
    outer.insert(1, copy.deepcopy(signature))
    outer.append(copy.deepcopy(response))
    return outer


def _third(response: _Element) -> _Element:
    """The forged assertion stands before the one that was signed."""
    original = assertion_in(response)
    original.addprevious(forged(original))
    return response


def _fourth(response: _Element) -> _Element:
    """The forged assertion is around the one that was signed."""
    original = assertion_in(response)
    outer = forged(original)
    response.replace(original, outer)
    outer.append(original)
    return response


def _fifth(response: _Element) -> _Element:
    """The forged assertion carries the signature; the one that was signed stands at the end, without it."""
    original = assertion_in(response)
    signature, outer = _signature_in(original), forged(original)
    original.addprevious(outer)
    original.remove(signature)
    outer.insert(1, signature)
    return response


def _sixth(response: _Element) -> _Element:
    """The forged assertion carries the signature, and the signature what was signed."""
    original = assertion_in(response)
    signature, outer = _signature_in(original), forged(original)
    response.replace(original, outer)
    original.remove(signature)
    outer.insert(1, signature)
    signature.append(original)
    return response


def _seventh(response: _Element) -> _Element:
    """The forged assertion stands in an extension, under the name of the one that was signed."""
    original = assertion_in(response)
    extensions = etree.Element(f"{PROTOCOL}Extensions")
    extensions.append(forged(original, same_id=True))
    original.addprevious(extensions)
    return response


def _eighth(response: _Element) -> _Element:
    """What was signed stands in an object of the signature, which the forged assertion of the same name carries."""
    original = assertion_in(response)
    signature, outer = _signature_in(original), forged(original, same_id=True)
    response.replace(original, outer)
    original.remove(signature)
    etree.SubElement(signature, f"{SIGNATURE}Object").append(original)
    outer.insert(1, signature)
    return response


def _last(response: _Element) -> _Element:
    """The forged assertion stands after the one that was signed."""
    response.append(forged(assertion_in(response)))
    return response


def _other_attribute(response: _Element) -> _Element:
    """What was signed is found by ``Id``, the forged assertion of the same name by ``ID``."""
    original = assertion_in(response)
    signature, outer = _signature_in(original), forged(original, same_id=True)
    response.replace(original, outer)
    original.remove(signature)
    outer.insert(1, signature)
    hidden = etree.SubElement(response, "{urn:hidden}Hidden")
    original.set("Id", original.attrib.pop("ID"))
    hidden.append(original)
    return response


def _other_namespace(response: _Element) -> _Element:
    """The forged assertion stands in no namespace, for a reader that looks at local names only."""
    original = assertion_in(response)
    plain = forged(original)
    for element in plain.iter(etree.Element):
        element.tag = etree.QName(element).localname
    original.addprevious(plain)
    return response


WRAPPINGS: Mapping[str, Wrap] = {
    "xsw1": _first,
    "xsw2": _second,
    "xsw3": _third,
    "xsw4": _fourth,
    "xsw5": _fifth,
    "xsw6": _sixth,
    "xsw7": _seventh,
    "xsw8": _eighth,
    "xsw_last": _last,
    "xsw_other_attribute": _other_attribute,
    "xsw_other_namespace": _other_namespace,
}
"""Words for ``behave``; ``xsw1`` and ``xsw2`` want a response that is signed as a whole."""
SIGNED_WHOLE = frozenset({"xsw1", "xsw2"})
