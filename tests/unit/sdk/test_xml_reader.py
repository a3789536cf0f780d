"""XML is plain data: what fetches, expands, instructs or hides is refused (P01, P02, P03)."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from gateway.errors import BackendGarbled
from gateway.sdk.readers import read_xml
from tests.support.backend import answered, backend

LAUGHS = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
INCLUDE = "http://www.w3.org/2001/XInclude"
TRANSFORM = "http://www.w3.org/1999/XSL/Transform"

FORBIDDEN = {
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
    "quadratic blowup": f'<!DOCTYPE a [<!ENTITY x "{"x" * 50_000}">]><a>{"&x;" * 1000}</a>',
    "an entity of its own": '<!DOCTYPE a [<!ENTITY x "840">]><a>&x;</a>',
    "an external entity": '<!DOCTYPE a [<!ENTITY x SYSTEM "{url}/x">]><a>&x;</a>',
    "a file": '<!DOCTYPE a [<!ENTITY x SYSTEM "{file}">]><a>&x;</a>',
    "a parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "{url}/x"> %x;]><a/>',
    "an external document type": '<!DOCTYPE a SYSTEM "{url}/a.dtd"><a/>',
    "a public document type": '<!DOCTYPE a PUBLIC "-//x//y" "{url}/a.dtd"><a/>',
    "an empty document type": "<!DOCTYPE a><a/>",
    "default attributes": '<!DOCTYPE a [<!ATTLIST a role CDATA "admin">]><a/>',
    "XInclude": f'<a xmlns:xi="{INCLUDE}"><xi:include href="{{url}}/x" parse="text"/></a>',
    "XInclude of a file": f'<a xmlns:xi="{INCLUDE}"><xi:include href="{{file}}" parse="text"/></a>',
    "a style sheet": '<?xml-stylesheet type="text/xsl" href="{url}/x.xsl"?><a/>',
    "an instruction inside": "<a><b/><?php echo 1 ?></a>",
    "an instruction after": "<a/><?x y?>",
    "an instruction in a value": "<a>840<?x y?>10</a>",
    "a second declaration": '<a/><?xml version="1.0"?>',
    "a comment in a value": "<a>840<!-- -->10</a>",
    "a comment before a value": "<a><!-- -->84010</a>",
    "a comment after a value": "<a>84010<!-- --></a>",
    "a comment between words and elements": "<a>x<b/><!-- --></a>",
}


@pytest.mark.parametrize("text", FORBIDDEN.values(), ids=FORBIDDEN)
async def test_what_expands_fetches_instructs_or_hides_is_refused_and_fetches_nothing(
    text: str, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("invented", "ascii")
    async with backend(answered(b"<!ENTITY x 'y'>")) as listener:
        body = text.replace("{url}", listener.url).replace("{file}", secret.as_uri()).encode()
        began = time.process_time()
        with pytest.raises(BackendGarbled):
            read_xml(body)
        took = time.process_time() - began

    assert listener.connections == 0
    assert took < 0.05


async def test_a_schema_location_is_only_text() -> None:
    """It is common in proper answers, and nobody looks there."""
    instance = "http://www.w3.org/2001/XMLSchema-instance"
    async with backend(answered()) as listener:
        body = f'<a xmlns:xsi="{instance}" xsi:schemaLocation="urn:x {listener.url}/x.xsd"><b>1</b></a>'
        root = read_xml(body.encode())

    assert root.findtext("b") == "1"
    assert listener.connections == 0


async def test_a_transformation_is_only_elements() -> None:
    async with backend(answered()) as listener:
        body = f'<t:stylesheet xmlns:t="{TRANSFORM}"><t:import href="{listener.url}/x"/></t:stylesheet>'
        root = read_xml(body.encode())

    assert root[0].tag == f"{{{TRANSFORM}}}import"
    assert listener.connections == 0


MALFORMED = {
    "nothing": b"",
    "text": b"hello",
    "JSON": b'{"a": 1}',
    "cut off": b"<a><b>",
    "two roots": b"<a/><b/>",
    "words after": b"<a/>x",
    "an attribute twice": b'<a b="1" b="2"/>',
    "an attribute twice by two prefixes": b'<a xmlns:x="u" xmlns:y="u" x:b="1" y:b="2"/>',
    "an unknown prefix": b"<x:a/>",
    "an unknown entity": b"<a>&nbsp;</a>",
    "a surrogate by number": b"<a>&#xD800;</a>",
    "NUL by number": b"<a>&#0;</a>",
    "NUL": b"<a>\x00</a>",
    "a control character": b"<a>\x01</a>",
    "a blank before the declaration": b' <?xml version="1.0"?><a/>',
    "an unquoted attribute": b"<a b=1/>",
    "crossing elements": b"<a><b></a></b>",
    "two marks of byte order": b"\xef\xbb\xbf\xef\xbb\xbf<a/>",
    "UTF-16": "<a>840</a>".encode("utf-16"),
    "UTF-16 that says so": '<?xml version="1.0" encoding="UTF-16"?><a/>'.encode("utf-16"),
    "UTF-32": "<a>840</a>".encode("utf-32"),
    "said to be UTF-16": b'<?xml version="1.0" encoding="UTF-16"?><a/>',
    "said to be UTF-7": b"<?xml version='1.0' encoding='UTF-7'?><a>+ADw-b+AD4-</a>",
    "said to be Latin-1": b'<?xml version="1.0" encoding="ISO-8859-1"?><a>\xe9</a>',
    "said to be EBCDIC": b'<?xml version="1.0" encoding="IBM037"?><a/>',
    "Windows-1256": '<?xml version="1.0" encoding="windows-1256"?><a>عمان</a>'.encode("cp1256"),
    "bad UTF-8": b"<a>\xff</a>",
    "overlong UTF-8": b"<a>\xc0\xbcb></a>",
    "a surrogate in UTF-8": b"<a>\xed\xa0\x80</a>",
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_whole_xml_in_utf8_is_refused(body: bytes) -> None:
    with pytest.raises(BackendGarbled):
        read_xml(body)


LARGE = {
    "depth 100,000": b"<a>" * 100_000 + b"</a>" * 100_000,
    "depth 65": b"<a>" * 65 + b"</a>" * 65,
    "never closed": b"<a>" * 100_000,
    "a million elements": b"<a>" + b"<b/>" * 1_000_000 + b"</a>",
    "a million attributes": b"<a " + b" ".join(b'a%d="1"' % n for n in range(1_000_000)) + b"/>",
    "sixty thousand attributes": b"<a " + b" ".join(b'a%d="1"' % n for n in range(60_000)) + b"/>",
    "a million namespaces": b"<a " + b" ".join(b'xmlns:a%d="u"' % n for n in range(1_000_000)) + b"/>",
    "a name of a megabyte": b"<" + b"a" * 1_000_000 + b"/>",
}


@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
def test_what_is_too_deep_or_too_large_is_refused_quickly(body: bytes) -> None:
    began = time.process_time()
    with pytest.raises(BackendGarbled):
        read_xml(body)

    assert time.process_time() - began < 0.5


def test_the_depth_and_the_number_of_elements_are_the_callers_choice() -> None:
    body = b"<a><b><c/></b></a>"

    assert read_xml(body, max_depth=3).tag == "a"
    with pytest.raises(BackendGarbled) as deep:
        read_xml(body, max_depth=2)
    with pytest.raises(BackendGarbled) as many:
        read_xml(body, max_elements=2)
    assert (deep.value.facts["reason"], many.value.facts["reason"]) == ("xml_too_deep", "xml_too_large")


PROPER = {
    "plain": b"<a><b>840</b></a>",
    "declared": b'<?xml version="1.0" encoding="utf-8"?>\n<a><b>840</b></a>',
    "declared in capitals": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><a><b>840</b></a>',
    "with a byte order mark": b'\xef\xbb\xbf<?xml version="1.0"?><a><b>840</b></a>',
    "with comments around": b"<!-- made by x --><a><b>840</b></a><!-- the end -->",
    "with comments between elements": b"<a>\n <!-- one -->\n <b>840</b>\n <!-- two -->\n</a>",
    "with a character by number": b"<a><b>8&#52;0</b></a>",
    "with a section of characters": b"<a><b><![CDATA[840]]></b></a>",
}


@pytest.mark.parametrize("body", PROPER.values(), ids=PROPER)
def test_proper_xml_is_read(body: bytes) -> None:
    root = read_xml(body)

    assert root.findtext("b") == "840"
    assert [child.tag for child in root] == ["b"]


def test_a_document_inside_a_section_of_characters_is_only_text() -> None:
    """Some systems put a whole document there, with its declaration."""
    inner = '<?xml version="1.0"?><!-- inner --><x/>'

    assert read_xml(f"<a><![CDATA[{inner}]]></a>".encode()).text == inner


def test_predefined_entities_are_what_they_stand_for() -> None:
    assert read_xml(b"<a b='&quot;'>&lt;&amp;&gt;</a>").text == "<&>"


def test_one_bad_document_does_not_spoil_the_next() -> None:
    for _ in range(3):
        with pytest.raises(BackendGarbled):
            read_xml(b"<a><b></a>")
        assert read_xml("<a>عمان</a>".encode()).text == "عمان"


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=6))
def test_every_text_comes_out_as_it_went_in(pairs: list[tuple[str, str]]) -> None:
    root = etree.Element("a")
    for text, attribute in pairs:
        etree.SubElement(root, "b", c=attribute).text = text

    read = read_xml(etree.tostring(root, encoding="utf-8", xml_declaration=True))

    assert [(each.text or "", each.get("c")) for each in read] == pairs


@given(st.binary(max_size=60) | st.text("<>/!?-[]&;'\"= abDOCTYPE", max_size=60).map(str.encode))
def test_any_bytes_are_either_read_or_garbled(body: bytes) -> None:
    """And what is read holds elements and nothing else."""
    try:
        root = read_xml(body)
    except BackendGarbled:
        return

    assert all(isinstance(each.tag, str) for each in root.iter())
