"""IM addresses and networks."""

import ipaddress
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from awt.model.address import ADDRESS_MAX, BadAddress, network_of, normalise
from awt.model.status import KINDS

_WORDS = ["ann", *".@/[]%", "ANN", "example", "..", "@@", "live:", "xn--", "::1"]
_CHARACTERS = (
    "аßıＡ。:'\"&<>-_ \t\n\x00\u00ad\u0130\u01c5\u0345\u0660\u1e9e\u200d\u212a\ud800\ue000\ufffe"
)
_PIECES = st.sampled_from([*_WORDS, *_CHARACTERS])
_ADDRESSISH = st.lists(_PIECES, max_size=10).map("".join) | st.text(max_size=60)


@given(st.sampled_from(KINDS), _ADDRESSISH)
@example("jabber", "\u2126@example.org")
@example("jabber", "a@" + "ß" * 63)
def test_any_text_is_an_address_or_a_bad_address(kind: str, text: str) -> None:
    try:
        address = normalise(kind, text)
    except BadAddress:
        return
    assert 0 < len(address) <= ADDRESS_MAX
    assert address.isprintable()
    assert not any(char.isspace() for char in address)
    assert normalise(kind, address) == address


@given(_ADDRESSISH, _ADDRESSISH)
def test_any_two_parts_make_a_jid_or_a_bad_address(local: str, domain: str) -> None:
    try:
        address = normalise("jabber", f"{local}@{domain}")
    except BadAddress:
        return
    assert normalise("jabber", address) == address
    assert address.partition("@")[2].isascii()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ann@example.org", "ann@example.org"),
        (" ann@example.org\n", "ann@example.org"),
        ("Ann@Example.ORG", "ann@example.org"),
        ("ann@example.org/phone", "ann@example.org"),
        ("ann@example.org/phone/@x", "ann@example.org"),
        ("ann@example.org.", "ann@example.org"),
        ("ann@localhost", "ann@localhost"),
        ("аня@пример.рф", "аня@xn--e1afmkfd.xn--p1ai"),
        ("АНЯ@ПРИМЕР.РФ", "аня@xn--e1afmkfd.xn--p1ai"),
        ("ann@bücher.example", "ann@xn--bcher-kva.example"),
        ("ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"),
        ("fußball@example.com", "fußball@example.com"),  # RFC 7622, 3.5
        ("π@example.com", "π@example.com"),
        ("Σ@example.com", "σ@example.com"),
        ("ａｎｎ@example.org", "ann@example.org"),  # full width
        ("re\u0301ne@example.org", "r\u00e9ne@example.org"),
        ("juliet\\40capulet@example.org", "juliet\\40capulet@example.org"),  # XEP-0106
        ("ann@[::1]", "ann@[::1]"),
        ("ann@[2001:DB8:0:0::1]", "ann@[2001:db8::1]"),
        ("ann@192.0.2.1", "ann@192.0.2.1"),
    ],
)
def test_a_jid_has_one_form(text: str, address: str) -> None:
    assert normalise("jabber", text) == address


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "example.org",  # speaks for a server
        "example.org/ann",
        "@example.org",
        "ann@",
        "ann@/phone",
        "ann@@example.org",
        "ann@example.org@example.org",
        "a/b@example.org",
        '"ann"@example.org',  # RFC 7622, 3.3.1
        "ann&bob@example.org",
        "ann'@example.org",
        "ann:bob@example.org",
        "<ann>@example.org",
        "ann bob@example.org",
        "henry\u2163@example.com",  # RFC 7622, 3.5: a Roman numeral
        "\u265a@example.com",
        "ann\x00@example.org",
        "ann\ud800@example.org",
        "ann\u202e@example.org",
        "ann@exa mple.org",
        "ann@example..org",
        "ann@example.org..",
        "ann@-example.org",
        "ann@example_.org",
        "ann@" + "a" * 64 + ".org",
        "ann@[::1",
        "ann@[fe80::1%eth0]",
        "ann@[fe80::1%25<b>]",
        "ann@[192.0.2.1]",
        "ann@example.org:5222",
        "a" * 400 + "@example.org",
        "a" * 1024 + "@example.org",
    ],
)
def test_what_is_no_jid_of_a_person_is_refused(text: str) -> None:
    with pytest.raises(BadAddress):
        normalise("jabber", text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ann@example.org", "аnn@example.org"),  # a Cyrillic letter
        ("ann@example.org", "ann@exаmple.org"),
        ("bill@example.org", "biⅼl@example.org"),
        ("strasse@example.org", "straße@example.org"),
    ],
)
def test_addresses_that_look_alike_are_not_one_person(one: str, other: str) -> None:
    with suppress(BadAddress):  # refused is as good
        assert normalise("jabber", other) != normalise("jabber", one)


@pytest.mark.parametrize(
    ("kind", "text", "address"),
    [
        ("skype", "Ann.Lee", "ann.lee"),
        ("skype", "live:Ann_Lee-1", "live:ann_lee-1"),
        ("skype", "live:.cid.1A2b3c4d5e6f", "live:.cid.1a2b3c4d5e6f"),
        ("skype", "live:1ann", "live:1ann"),
        ("webchat", "0123456789abcdef" * 2, "0123456789abcdef" * 2),
        ("telegram", "123456", "123456"),
        ("matrix", "@Ann:example.org", "@ann:example.org"),
    ],
)
def test_other_networks_have_one_form_too(kind: str, text: str, address: str) -> None:
    assert normalise(kind, text) == address


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("skype", "ann lee"),
        ("skype", "1ann"),
        ("skype", "al"),
        ("skype", "19:group@thread.skype"),
        ("skype", "аня.лисицына"),
        ("webchat", "0123456789ABCDEF" * 2),
        ("webchat", "0" * 31),
        ("webchat", "0" * 33),
        ("matrix", "@ann: example.org"),
        ("telegram", ""),
        ("telegram", "1" * 321),
        ("pigeon", "ann"),
        ("", "ann@example.org"),
    ],
)
def test_what_is_no_address_of_its_network_is_refused(kind: str, text: str) -> None:
    with pytest.raises(BadAddress):
        normalise(kind, text)


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("127.0.0.1", "127.0.0.0/24"),
        ("::1", "::/56"),
        ("", "local"),
        ("/run/awt.sock", "local"),
        ("1.2.3.4:567", "unknown"),
    ],
)
def test_limits_count_networks(ip: str, network: str) -> None:
    assert network_of(ip) == network


@given(st.ip_addresses().map(str) | st.text(max_size=40))
def test_any_text_is_in_some_network(ip: str) -> None:
    network = network_of(ip)
    assert network in {"local", "unknown"} or str(ipaddress.ip_network(network)) == network
