"""JIDs and stanzas, whatever they look like."""

import uuid
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.model.address import BadAddress, normalise
from awt.model.messages import LINK
from awt.model.names import TEXT_MAX, clean_text
from awt.model.times import HOUR
from awt.xmpp import stanzas
from awt.xmpp.shim import Element, InvalidFormat, parse_jid
from awt.xmpp.stanzas import Failed, Said, Wrong

BOT = "assistant@base.localhost"
NOW = 1_800_000_000_000
ANY_TEXT = st.text(st.characters(codec=None, categories=None))
XML_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
)


def stanza(text: str | None = "hello", **attributes: str) -> Element:
    """Return a message to the assistant."""
    element = Element(("jabber:component:accept", "message"))
    for name, value in {"from": "ann@example.org/x", "to": BOT, "id": "m1", **attributes}.items():
        element[name] = value
    if text is not None:
        element.addElement("body", content=text)
    return element


def read(element: Element) -> Said | Failed | Wrong | None:
    return stanzas.read(element, bot=BOT, now=NOW)


def said(**values: str) -> Said:
    found = read(stanza(**values))
    assert isinstance(found, Said)
    return found


@given(ANY_TEXT)
def test_any_text_goes_out_as_a_stanza_that_a_server_can_read(text: str) -> None:
    out = stanzas.outgoing_text(text, None)
    xml = stanzas.message(sender=BOT, to="ann@example.org", id_="x'<&>", text=out)
    body = ET.fromstring(xml.encode()).find("body")
    assert body is not None
    assert (body.text or "") == out


@given(ANY_TEXT, ANY_TEXT)
def test_what_goes_out_is_filtered_with_the_link_in_its_place(text: str, link: str) -> None:
    expected = clean_text(link).join(clean_text(part) for part in text.split(LINK))
    assert stanzas.outgoing_text(text, link) == expected


@pytest.mark.parametrize("text", ["\x00", "a\x0bb", "\ud800", "\ufffe", "\U0001ffff", "\x1b[31m"])
def test_characters_that_would_end_the_stream_are_dropped(text: str) -> None:
    out = stanzas.outgoing_text(text, None)
    assert out == clean_text(text)
    ET.fromstring(stanzas.message(sender=BOT, to="a@b", id_="x", text=out).encode())


@given(ANY_TEXT)
def test_any_sender_is_somebody_or_nobody(sender: str) -> None:
    found = read(stanza(**{"from": sender}))
    if not stanzas.host_of(sender):
        assert found is None
    elif isinstance(found, Said):
        assert found.address == normalise("jabber", sender)
    else:
        assert isinstance(found, Wrong)
        with pytest.raises(BadAddress):
            normalise("jabber", sender)


@given(ANY_TEXT)
def test_parsing_a_jid_gives_one_or_says_that_there_is_none(text: str) -> None:
    try:
        found = parse_jid(text)
    except (InvalidFormat, RuntimeError, UnicodeError):
        return
    assert parse_jid(text) is found


@given(
    st.emails()
    | st.from_regex(r"[a-z0-9а-я.\\]{1,20}@[a-z0-9-]{1,20}(\.[a-z]{2,9}){0,3}", fullmatch=True)
)
def test_a_stored_address_comes_back_from_the_wire_as_it_was(text: str) -> None:
    address = stanzas.address_of(text)
    if address is not None:
        assert stanzas.address_of(stanzas.wire_jid(address)) == address


def test_a_domain_is_in_unicode_on_the_wire() -> None:
    assert stanzas.address_of("Ann@МАГАЗИН.рф/x") == "ann@xn--80aairftm.xn--p1ai"
    assert stanzas.wire_jid("ann@xn--80aairftm.xn--p1ai") == "ann@магазин.рф"


@pytest.mark.parametrize(
    "sender", ["example.org", "example.org/x", "@example.org", "ann@", "", "/"]
)
def test_a_server_is_nobody(sender: str) -> None:
    assert read(stanza(**{"from": sender})) is None
    assert read(stanza(**{"from": sender, "type": "error"})) is None


@pytest.mark.parametrize("sender", ["snow☃man@example.org", "a b@example.org", "ann@exa mple.org"])
def test_an_address_that_cannot_be_kept_is_told_so(sender: str) -> None:
    assert read(stanza(**{"from": sender})) == Wrong(type="modify", condition="jid-malformed")


@pytest.mark.parametrize("type_", ["groupchat", "headline", "result", "", "CHAT"])
def test_only_chat_is_heard(type_: str) -> None:
    assert read(stanza(type=type_)) is None


@pytest.mark.parametrize(
    ("uri", "name", "attributes"),
    [
        ("urn:xmpp:carbons:2", "sent", {}),
        ("urn:xmpp:forward:0", "forwarded", {}),
        ("urn:xmpp:mam:2", "result", {}),
        ("http://jabber.org/protocol/muc#user", "x", {}),
        ("urn:xmpp:delay", "delay", {"stamp": "2026-01-01T00:00:00Z"}),
        ("urn:xmpp:delay", "delay", {"stamp": "99999-99-99"}),
        ("urn:xmpp:delay", "delay", {}),
        ("jabber:x:delay", "x", {"stamp": "20250910T23:08:25"}),
    ],
)
def test_copies_and_rooms_are_not_heard(uri: str, name: str, attributes: dict[str, str]) -> None:
    element = stanza()
    element.addElement((uri, name)).attributes.update(attributes)
    assert read(element) is None


@given(ANY_TEXT)
def test_any_time_stamp_is_old_or_not(stamp: str) -> None:
    for uri in stanzas.DELAYS:
        element = stanza()
        element.addElement((uri, "delay"))["stamp"] = stamp
        assert read(element) is None or isinstance(read(element), Said)


def test_a_message_is_read_whole() -> None:
    element = stanza(type="chat")
    element.attributes["http://www.w3.org/XML/1998/namespace", "lang"] = "ru-RU"
    element.addElement(("urn:xmpp:receipts", "request"))
    element.addElement(("http://jabber.org/protocol/chatstates", "active"))
    assert read(element) == Said(
        sender="ann@example.org/x",
        address="ann@example.org",
        host="example.org",
        id="m1",
        text="hello",
        lang="ru",
        wants_receipt=True,
        has_states=True,
        type="chat",
    )


def test_a_long_text_is_cut_to_what_is_known_to_be_too_long() -> None:
    assert len(said(text="x" * 100_000).text) == TEXT_MAX + 1


@pytest.mark.parametrize("text", ["", "  \n ", None])
def test_what_says_nothing_is_not_heard(text: str | None) -> None:
    assert read(stanza(text)) is None


def test_an_error_tells_who_is_out_of_reach_unless_it_is_for_what_nobody_misses() -> None:
    assert read(stanza(type="error")) == Failed(address="ann@example.org")
    assert read(stanza(type="error", id="n-1")) is None


@pytest.mark.parametrize("to", ["base.localhost", "nobody@base.localhost", "", "assistant@base"])
def test_nobody_else_lives_at_the_component(to: str) -> None:
    assert read(stanza(to=to)) == Wrong(type="cancel", condition="item-not-found")


@given(XML_TEXT, XML_TEXT)
def test_a_message_that_comes_again_has_the_same_id(stanza_id: str, other: str) -> None:
    one, two = said(id=stanza_id), said(id=stanza_id, **{"from": "Ann@example.org/other"})
    first = stanzas.message_id(one, service="base", now=NOW)
    assert str(uuid.UUID(first)) == first
    assert (first == stanzas.message_id(two, service="base", now=NOW)) == bool(stanza_id)
    assert first != stanzas.message_id(one, service="webtest", now=NOW)
    if other != stanza_id:
        assert first != stanzas.message_id(said(id=other), service="base", now=NOW)


def test_a_short_id_is_new_in_another_hour_and_a_long_one_is_not() -> None:
    for stanza_id, again in (("m1", False), (str(uuid.uuid4()), True)):
        one = said(id=stanza_id)
        first, later = (stanzas.message_id(one, service="base", now=NOW + n * HOUR) for n in (0, 5))
        assert (first == later) == again


@given(XML_TEXT, XML_TEXT)
def test_receipts_and_errors_are_xml_whatever_the_sender_wrote(sender: str, id_: str) -> None:
    ET.fromstring(stanzas.receipt(sender=BOT, to=sender, received=id_, kind="chat").encode())
    element = stanza(**{"from": sender, "id": id_})
    wrong = Wrong(type="wait", condition="resource-constraint")
    ET.fromstring(stanzas.error(element, wrong).encode())
