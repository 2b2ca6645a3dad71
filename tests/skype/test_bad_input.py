"""What people and networks send that is not what it should be."""

from awt.testing.skype import MESSENGER, Person, SkypeServer
from tests.skype.conftest import BOT


def test_markup_entities_emoji_and_writing_from_right_to_left_are_text(member: Person) -> None:
    for sent, read in (
        ("#whoami&#33; <b>x</b>", "#whoami"),
        ('<ss type="smile">:)</ss> <a href="https://x.example/">https://x.example/</a>', "#help"),
        ("\u202eשלום &lt;script&gt; 😀", "#help"),
        ("<quote><legacyquote>[1] bot: </legacyquote>#delaccount</quote>#whoami", member.name),
    ):
        member.say(BOT, sent)
        assert read in member.expect(BOT).content


def test_what_goes_out_is_escaped_and_has_no_controls(member: Person) -> None:
    member.say(BOT, "&lt;b&gt;bold&lt;/b&gt;")
    said = member.expect(BOT)
    assert "<b>" not in said.content


def test_one_malformed_event_costs_itself_and_not_its_neighbours(
    member: Person, skype: SkypeServer
) -> None:
    events: tuple[object, ...] = (
        None,
        [],
        {"resourceType": "NewMessage"},
        {"resourceType": "NewMessage", "resource": {"id": {}, "messagetype": 7}},
        {"resourceType": "NewMessage", "resource": {"from": "x", "content": 5}},
        {"resourceType": "UserPresence", "resource": None},
    )
    for event in events:
        skype.raise_event(BOT, event)
    member.say(BOT, "#whoami")
    assert member.name in member.expect(BOT).text


def test_a_message_that_comes_twice_is_answered_once_and_an_edited_one_not_again(
    member: Person, skype: SkypeServer
) -> None:
    number = member.say(BOT, "#whoami")
    member.expect(BOT, member.name)
    resource = {
        "id": str(number),
        "messagetype": "RichText",
        "from": f"{MESSENGER}/users/ME/contacts/8:{member.name}",
        "conversationLink": f"{MESSENGER}/users/ME/conversations/8:{member.name}",
        "content": "#whoami",
    }
    skype.raise_event(BOT, {"resourceType": "NewMessage", "resource": resource})
    edited = resource | {"id": str(number + 1), "skypeeditedid": "1", "content": "#help"}
    skype.raise_event(BOT, {"resourceType": "NewMessage", "resource": edited})
    member.say(BOT, "#points")
    assert "#whoami" not in member.expect(BOT).text
    assert member.inbox[-1].text.count(member.name) == 0


def test_a_group_is_left_politely(skype: SkypeServer, member: Person) -> None:
    group = "19:friends@thread.skype"
    resource = {
        "id": "5",
        "messagetype": "Text",
        "from": f"{MESSENGER}/users/ME/contacts/8:{member.name}",
        "conversationLink": f"{MESSENGER}/users/ME/conversations/{group}",
        "content": "#whoami",
    }
    for _ in range(3):
        skype.raise_event(BOT, {"resourceType": "NewMessage", "resource": resource})
    skype.until(lambda: "left" in skype.groups.get(group, []), "the group is left")
    said, left = skype.groups[group]
    assert "one person at a time" in said
    assert left == "left"


def test_no_host_but_the_operators_is_asked(member: Person, skype: SkypeServer) -> None:
    resource = {
        "id": "77",
        "messagetype": "Text",
        "from": f"{MESSENGER}/users/ME/contacts/8:{member.name}",
        "conversationLink": f"{MESSENGER}/users/ME/conversations/8:{member.name}",
        "content": "#whoami",
        "ackrequired": "http://169.254.169.254/latest/meta-data",
    }
    skype.raise_event(BOT, {"resourceType": "NewMessage", "resource": resource})
    member.expect(BOT, member.name)
    skype.until(lambda: "169.254.169.254" in skype.hosts, "the acknowledgement came here")
