"""Registration and activation: whose an account is, and whose it never becomes."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from awt.api.caller import Caller, Who
from awt.api.registration import (
    CreateAccount,
    ImAddress,
    Registered,
    activate,
    create_account,
)
from awt.api.signing import LinkFields, PeekLink, SignedIn, get_link
from awt.db import ledger, links, services, sessions, users
from awt.db.tx import Tx
from awt.db.users import User
from awt.errors import Refused
from awt.model.status import ACTIVE, ASKED, CONFIRMED, NEW
from awt.model.times import DAY, iso
from awt.testing.talk import World
from tests.db.races import Meeting, together

VICTIM = "victim@example.org"
OTHER = "other@example.org"


def register(
    world: World, caller: Caller, *, password: str | None = None, **params: Any
) -> Registered:
    found: Registered = world.run(create_account, caller, CreateAccount(**params), password)
    return found


def refusal(work: Callable[..., Any], *args: Any, **kwargs: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        work(*args, **kwargs)
    return caught.value


def links_to(world: World, address: str) -> list[str]:
    """Return the links that were sent to an address, the newest last."""
    return [
        message.secret
        for message in world.messages
        if message.secret and getattr(message.body, "address", "") == address
    ]


def account(world: World, signed_in: SignedIn) -> User:
    user = world.run(users.by_hash, signed_in.account.hash)
    assert user
    return user


def states(world: World, user: User) -> dict[str, str]:
    return {im.address: im.state for im in world.run(users.ims, user.id)}


def signed_in_browser(world: World, signed_in: SignedIn) -> Caller:
    session = world.run(sessions.by_token, signed_in.session)
    assert session
    return Caller(
        who=Who.USER,
        user_id=session.user_id,
        session_id=session.id,
        chat_address=session.chat_address,
    )


def peek(world: World, link: str, caller: Caller | None = None) -> Any:
    fields = dict(parse_qsl(urlsplit(link).query))
    return world.run(get_link, caller or world.browser(), PeekLink(purpose="activate", **fields))


def test_a_registration_waits_for_its_links_one_an_address(world: World) -> None:
    found = register(world, world.browser(), jabber=VICTIM + "/phone", skype="Live:Victim")
    assert found.status == NEW
    assert found.expires_at == iso(world.now + DAY)
    assert [(a.kind, a.address, a.state) for a in found.addresses] == [
        ("jabber", VICTIM, ASKED),
        ("skype", "live:victim", ASKED),
    ]
    assert len(links_to(world, VICTIM)) == len(links_to(world, "live:victim")) == 1
    assert world.user("jabber", VICTIM) is None


def test_a_link_confirms_the_address_that_it_went_to_and_no_other(world: World) -> None:
    register(world, world.browser(), jabber=VICTIM, skype="victim")
    user = account(world, world.click(links_to(world, VICTIM)[0]))
    assert user.status == ACTIVE
    assert user.purge_after is None
    found = states(world, user)
    assert (found[VICTIM], found["victim"]) == (CONFIRMED, ASKED)
    base = world.run(services.base)
    assert world.run(services.status, user.id, base.id) == ACTIVE
    assert world.run(services.im_state, user.id, base.id, "jabber") == ACTIVE


def test_the_browser_that_registered_keeps_login_and_password(world: World) -> None:
    browser = world.browser()
    register(world, browser, jabber=VICTIM, login="victim", password="hash")
    user = account(world, world.click(links_to(world, VICTIM)[0], caller=browser))
    assert (user.login, user.password) == ("victim", "hash")
    chats = [im.address for im in world.run(users.confirmed_ims, user.id) if im.kind == "webchat"]
    assert chats == [browser.chat_address]
    base = world.run(services.base)
    assert world.run(services.im_state, user.id, base.id, "webchat") == ACTIVE


def test_a_stranger_who_registers_an_address_of_others_gets_nothing_by_it(world: World) -> None:
    """He gives his own password and waits for the victim to click."""
    stranger = world.browser()
    register(world, stranger, jabber=VICTIM, login="stranger", password="his hash", lang="ru")
    user = account(world, world.click(links_to(world, VICTIM)[0]))
    assert (user.login, user.password) == (None, None)
    assert stranger.chat_address not in states(world, user)
    assert world.user("webchat", stranger.chat_address or "") is None
    assert world.run(users.by_login, "stranger") is None


def test_a_stranger_who_adds_his_own_address_does_not_get_in_by_it(world: World) -> None:
    stranger = world.browser()
    register(world, stranger, jabber=VICTIM, skype="stranger", password="his hash")
    user = account(world, world.click(links_to(world, VICTIM)[0]))
    [link] = links_to(world, "stranger")
    assert refusal(world.click, link, caller=stranger).code == "link_not_active"
    assert refusal(peek, world, link, stranger).code == "link_not_active"
    assert states(world, user)["stranger"] == ASKED


def test_a_stranger_who_is_first_does_not_get_the_address_of_the_victim(world: World) -> None:
    stranger = world.browser()
    register(world, stranger, jabber=VICTIM, skype="stranger", password="his hash")
    signed_in = world.click(links_to(world, "stranger")[0], caller=stranger)
    [link] = links_to(world, VICTIM)
    assert refusal(world.click, link).code == "link_not_active"
    assert world.user("jabber", VICTIM) is None
    his = signed_in_browser(world, signed_in)
    assert world.click(link, caller=his).account.hash == signed_in.account.hash


def test_the_victim_registers_his_address_all_the_same(world: World) -> None:
    register(world, world.browser(), jabber=VICTIM, password="his hash")
    world.wait(61)
    mine = world.browser()
    register(world, mine, jabber=VICTIM, login="victim", password="my hash")
    first, second = links_to(world, VICTIM)
    user = account(world, world.click(second, caller=mine))
    assert (user.login, user.password) == ("victim", "my hash")
    assert refusal(world.click, first).code == "link_not_active"


def test_sessions_from_before_an_activation_end(world: World) -> None:
    token = world.run(lambda tx: tx.chance.token())
    address = "a" * 32
    world.run(
        sessions.create, token=token, user_id=None, chat_address=address, network="", agent=""
    )
    before = world.run(sessions.by_token, token)
    assert before
    browser = Caller(who=Who.VISITOR, session_id=before.id, chat_address=address)
    register(world, browser, jabber=VICTIM)
    signed_in = world.click(links_to(world, VICTIM)[0], caller=browser)
    after = world.run(sessions.by_token, token)
    assert not sessions.is_live(after, world.now)
    assert signed_in.session != token
    assert world.run(sessions.by_token, signed_in.session)


def test_a_web_chat_that_is_activated_elsewhere_leaves_its_browser(world: World) -> None:
    address = "b" * 32
    world.run(sessions.create, token="t", user_id=None, chat_address=address, network="", agent="")
    register(world, world.browser(address))
    world.click(links_to(world, address)[0])
    assert not sessions.is_live(world.run(sessions.by_token, "t"), world.now)


def test_without_an_address_the_chat_of_the_browser_is_registered(world: World) -> None:
    browser = world.browser()
    found = register(world, browser)
    assert [(a.kind, a.address) for a in found.addresses] == [("webchat", browser.chat_address)]
    program = Caller(who=Who.VISITOR)
    assert refusal(register, world, program).fields == {"addresses": "missing"}


def test_an_account_without_a_web_chat_is_given_one_when_it_signs_in(world: World) -> None:
    register(world, world.browser(), jabber=VICTIM)
    signed_in = world.click(links_to(world, VICTIM)[0])
    user = account(world, signed_in)
    [chat] = [im for im in world.run(users.confirmed_ims, user.id) if im.kind == "webchat"]
    session = world.run(sessions.by_token, signed_in.session)
    assert session
    assert session.chat_address == chat.address


def test_the_same_address_gets_one_link_a_minute_and_five_a_day(world: World) -> None:
    browser = world.browser()
    waits = []
    for _ in range(5):
        register(world, browser, jabber=VICTIM)
        waits.append(refusal(register, world, browser, jabber=VICTIM).retry_after)
        world.wait(61)
    assert waits[:4] == [60] * 4 or waits[:4] == [61] * 4
    late = refusal(register, world, browser, jabber=VICTIM)
    assert late.code == "too_many"
    assert late.retry_after
    assert DAY / 1000 - 5 * 61 <= late.retry_after <= DAY / 1000
    assert len(links_to(world, VICTIM)) == 5
    register(world, browser, jabber=OTHER)


def test_links_of_one_address_are_good_together_until_one_is_used(world: World) -> None:
    browser = world.browser()
    register(world, browser, jabber=VICTIM)
    world.wait(61)
    register(world, browser, jabber=VICTIM)
    first, second = links_to(world, VICTIM)
    assert peek(world, first).left == DAY // 1000 - 61
    assert peek(world, second).left == DAY // 1000 - 61
    world.click(first)
    for link in (first, second):
        assert refusal(world.click, link).code == "link_not_active"


def test_activation_ends_a_day_after_the_registration_and_is_never_prolonged(world: World) -> None:
    browser = world.browser()
    register(world, browser, jabber=VICTIM)
    world.wait(86_000)
    register(world, browser, jabber=VICTIM)
    world.wait(399)
    assert peek(world, links_to(world, VICTIM)[1]).left == 1
    world.wait(1)
    for link in links_to(world, VICTIM):
        assert refusal(world.click, link).code == "link_not_active"
        assert refusal(peek, world, link).code == "link_not_active"


def test_a_confirmed_address_is_taken(world: World) -> None:
    world.member("jabber", VICTIM)
    refused = refusal(register, world, world.browser(), jabber=VICTIM.upper() + "/x")
    assert (refused.code, refused.status, refused.values["address"]) == (
        "address_taken",
        409,
        VICTIM,
    )


def test_a_login_that_somebody_has_is_taken(world: World) -> None:
    register(world, world.browser(), jabber=OTHER, login="ann")
    refused = refusal(register, world, world.browser(), jabber=VICTIM, login="ann")
    assert (refused.code, refused.fields) == ("login_taken", {"login": "taken"})
    assert links_to(world, VICTIM) == []


def test_everything_that_is_wrong_is_named_at_once(world: World) -> None:
    refused = refusal(
        register,
        world,
        world.browser(),
        addresses=[ImAddress("jabber", VICTIM), ImAddress("pager", "1")],
        jabber="example.org",
        skype="?",
        login="A!",
        lang="tlh",
    )
    assert refused.fields == {
        "addresses.1": "address",
        "jabber": "address",
        "skype": "address",
        "login": "login",
        "lang": "lang",
    }
    many = [ImAddress("jabber", f"u{i}@") for i in range(6)]  # counted before they are looked at
    assert refusal(register, world, world.browser(), addresses=many).fields == {"addresses": "many"}


def test_a_network_registers_twenty_accounts_an_hour(world: World) -> None:
    for i in range(20):
        register(world, world.browser(), jabber=f"u{i}@example.org")
    refused = refusal(register, world, world.browser(), jabber=VICTIM)
    assert (refused.code, refused.retry_after) == ("too_many", 3600)
    world.wait(3600)
    register(world, world.browser(), jabber=VICTIM)


def test_two_registrations_of_one_browser_at_once_make_one_account(world: World) -> None:
    browser = world.browser()
    meeting = Meeting(world, 2)

    def work(tx: Tx) -> Any:
        meeting()
        return create_account(tx, browser, CreateAccount(jabber=VICTIM))

    results = together(world, work, work)
    assert sorted(type(r).__name__ for r in results) == ["Refused", "Registered"]
    assert len(world.run(users.waiting_for, "jabber", VICTIM)) == 1
    assert len(links_to(world, VICTIM)) == 1


def test_the_bonus_comes_once(world: World) -> None:
    register(world, world.browser(), jabber=VICTIM, skype="victim")
    signed_in = world.click(links_to(world, VICTIM)[0])
    user = account(world, signed_in)
    world.click(links_to(world, "victim")[0], caller=signed_in_browser(world, signed_in))
    assert account(world, signed_in).points == user.points == 200
    assert [e.type for e in world.run(ledger.of_user, user.id, limit=9)] == ["SIGN_UP_BONUS"]


@pytest.mark.parametrize("change", ["hash", "salt", "swapped", "empty", "purpose"])
def test_a_link_that_is_not_whole_opens_nothing(world: World, change: str) -> None:
    register(world, world.browser(), jabber=VICTIM)
    register(world, world.browser(), jabber=OTHER)
    url = urlsplit(links_to(world, VICTIM)[0])
    fields = dict(parse_qsl(url.query))
    other = dict(parse_qsl(urlsplit(links_to(world, OTHER)[0]).query))
    path = url.path
    if change == "hash":
        fields["user_hash"] = other["user_hash"]
    elif change == "salt":
        fields["salt"] = other["salt"]
    elif change == "swapped":
        fields = {"user_hash": fields["salt"], "salt": fields["user_hash"]}
    elif change == "empty":
        fields = {"user_hash": "", "salt": ""}
    else:
        path = "/temporary_login"
    method = {"/activate": "activate", "/temporary_login": "login"}[path]
    peeked = refusal(world.run, get_link, world.browser(), PeekLink(purpose=method, **fields))
    assert (peeked.code, peeked.status) == ("link_not_active", 410)
    query = "&".join(f"{name}={value or '-'}" for name, value in fields.items())
    used = refusal(world.click, f"https://awt.example{path}?{query}")
    assert used.code == "link_not_active"
    world.click(links_to(world, VICTIM)[0])


def test_looking_at_a_link_changes_nothing_and_names_the_account(world: World) -> None:
    browser = world.browser()
    register(world, browser, jabber=VICTIM, login="stranger")
    [link] = links_to(world, VICTIM)
    for _ in range(3):
        assert peek(world, link).account == VICTIM
        assert peek(world, link, browser).account == "stranger"
    world.click(link)


def test_of_two_who_use_an_activation_link_at_once_one_is_signed_in(world: World) -> None:
    register(world, world.browser(), jabber=VICTIM)
    [link] = links_to(world, VICTIM)
    fields = LinkFields(**dict(parse_qsl(urlsplit(link).query)))
    meeting = Meeting(world, 2)

    def use(tx: Tx) -> Any:
        meeting()
        return activate(tx, world.browser(), fields)

    results = together(world, use, use)
    assert sorted(type(r).__name__ for r in results) == ["Refused", "SignedIn"]
    user = world.user("jabber", VICTIM)
    assert user
    assert len(world.run(sessions.of_user, user.id)) == 1


def test_who_is_registered_but_not_activated_holds_no_session_and_no_link_but_activation(
    world: World,
) -> None:
    register(world, world.browser(), jabber=VICTIM)
    [user] = world.run(users.waiting_for, "jabber", VICTIM)
    assert world.run(sessions.of_user, user.id) == []
    assert world.run(links.sent_since, "login", "jabber", VICTIM, 0) == (0, None)
