"""What an event means, in one pass over whatever it is made of."""

import time

import pytest

from awt.model.ids import stable_id
from awt.skype import events
from awt.skype.delivery import number_of
from awt.skype.events import MARKUP_MAX, PIECE, Said, plain

OWN = "Awt.Base"
MESSENGER = "https://client-s.gateway.messenger.live.com/v1/users/ME"


def event(**changes: object) -> dict[str, object]:
    """Return a message of Ann's as an event."""
    resource: dict[str, object] = {
        "id": "1763800000000",
        "messagetype": "RichText",
        "from": f"{MESSENGER}/contacts/8:live:Ann_1",
        "conversationLink": f"{MESSENGER}/conversations/8:live:Ann_1",
        "content": "hello",
    }
    return {"resourceType": "NewMessage", "resource": resource | changes}


def said(**changes: object) -> Said | events.InGroup | None:
    return events.read_event(event(**changes), own=OWN)[0]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("a < b > c & d", "a < b > c & d"),
        ("&lt;b&gt; &amp;amp; &#39;&#x21;", "<b> &amp; '!"),
        ('<a href="https://x.example/?a=1&amp;b=2">https://x.example/?a=1&amp;b=2</a>', None),
        (
            "<quote author='x'><legacyquote>[1]</legacyquote>old<br/></quote>new<br>line",
            "new\nline",
        ),
        ("<quote><quote>a</quote>b</quote></quote>c", "c"),
        ('<ss type="smile">:)</ss><e_m ts="1"/>', ":)"),
        ("1<2 and 3>2", "1<2 and 3>2"),
        ("&#99999999999;&#xFFFFFFFFFF;x&#" + "9" * 5000 + ";", "\ufffd\ufffdx\ufffd"),
    ],
)
def test_markup_becomes_the_text_that_is_read(content: str, text: str | None) -> None:
    assert plain(content) == (text or "https://x.example/?a=1&b=2")


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "<", "</", "<a b='", "&", "&#", "<quote>", "<a\t"]
)
def test_a_message_of_nothing_but_beginnings_holds_up_nobody(piece: str) -> None:
    began = time.process_time()
    plain(piece * MARKUP_MAX)
    assert time.process_time() - began < 5  # milliseconds; quadratic, it would be many times that


def test_a_person_is_known_by_his_id_whatever_its_case() -> None:
    found = said()
    assert isinstance(found, Said)
    assert (found.user, found.address) == ("live:Ann_1", "live:ann_1")
    other = said(**{"from": f"{MESSENGER}/contacts/8:live:ann_1"})
    assert other is None or isinstance(other, Said)


@pytest.mark.parametrize("user", ["live:.cid.1a2b3c4d5e6f", "live:ann", "ann.lee", "live:1ann"])
def test_ids_of_all_ages_are_addresses(user: str) -> None:
    assert events.address_of(f"8:{user}") == user


@pytest.mark.parametrize(
    "changes",
    [
        {"from": f"{MESSENGER}/contacts/8:awt.base"},  # our own words
        {"skypeeditedid": "7"},
        {"messagetype": "Control/Typing"},
        {"messagetype": "RichText/UriObject"},
        {"id": "9" * 5000},
        {"id": "٣"},
        {"id": None},
        {"from": f"{MESSENGER}/contacts/28:bot"},
        {"from": f"{MESSENGER}/contacts/8:live:eve"},  # not whose conversation it is
        {"from": ""},
        {"content": None},
        {"content": " <b> </b> "},
    ],
)
def test_what_nobody_says_to_an_assistant_means_nothing(changes: dict[str, object]) -> None:
    assert said(**changes) is None


def test_a_message_without_a_time_is_as_old_as_its_number() -> None:
    found = said(originalarrivaltime="yesterday")
    assert isinstance(found, Said)
    assert found.arrived_at == found.number


def test_a_long_text_goes_out_in_pieces_at_the_ends_of_words() -> None:
    text = "\n".join("word " * 100 for _ in range(50))
    found = events.pieces(text)
    assert len(found) > 1
    assert max(map(len, found)) <= PIECE
    assert " ".join(" ".join(found).split()) == " ".join(text.split())
    assert [len(piece) for piece in events.pieces("x" * (PIECE + 1))] == [PIECE, 1]
    assert events.pieces("") == []


def test_messages_have_numbers_of_their_own_which_stay_when_they_are_sent_again() -> None:
    ids = [stable_id(str(n)) for n in range(20_000)]
    numbers = [number_of(each, 0) for each in ids]
    assert len(set(numbers)) == len(ids)
    assert number_of(ids[0], 0) == numbers[0] != number_of(ids[0], 1)
