"""Which addresses users' tests may reach."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awt.egress import SETTING, AddressRefused, EgressPolicy, PortRefused, is_local, is_public


def policy(*allowed: str) -> EgressPolicy:
    return EgressPolicy(
        allow_private_addresses=[ip_network(network) for network in allowed],
        local=lambda _address: False,
    )


@pytest.mark.parametrize(
    "host",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "168.63.129.16",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.0.2.1",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:0:127.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::192.168.0.1",
        "64:ff9b:1::8.8.8.8",
        "100::1",
        "2001::1",  # Teredo
        "2001:0:7f00:1::",
        "2001:db8::1",
        "2002:7f00:1::1",  # 6to4
        "2002:c0a8:1::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%lo",
        "fec0::1",
        "ff02::1",
    ],
)
def test_an_address_that_is_not_public_is_refused(host: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        policy().check(host)
    assert caught.value.address == host
    assert caught.value.key == SETTING == "test.allow_private_addresses"


@pytest.mark.parametrize(
    "host",
    [
        "1.1.1.1",
        "9.255.255.255",
        "172.32.0.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2a00::1",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
    ],
)
def test_a_public_address_passes(host: str) -> None:
    policy().check(host)


@pytest.mark.parametrize(
    "host", ["localhost", "example.com", "2130706433", "127.1", "", "1.1.1.1."]
)
def test_what_is_no_literal_address_is_refused_for_somebody_would_resolve_it_again(
    host: str,
) -> None:
    with pytest.raises(AddressRefused):
        policy("0.0.0.0/0", "::/0").check(host)


@pytest.mark.parametrize(
    ("network", "host"),
    [
        ("10.0.0.0/8", "10.1.2.3"),
        ("10.0.0.0/8", "::ffff:10.1.2.3"),
        ("10.0.0.0/8", "64:ff9b::10.1.2.3"),
        ("::1/128", "::1"),
        ("fe80::/10", "fe80::1%eth0"),
        ("2002::/16", "2002:7f00:1::1"),
    ],
)
def test_the_operator_may_allow_a_network(network: str, host: str) -> None:
    policy(network).check(host)


def test_another_network_than_the_allowed_one_is_still_refused() -> None:
    with pytest.raises(AddressRefused):
        policy("127.0.0.2/32").check("127.0.0.1")


def test_the_nodes_own_public_address_is_refused() -> None:
    own = EgressPolicy(own_addresses=[ip_address("1.1.1.1")], local=lambda _address: False)
    with pytest.raises(AddressRefused):
        own.check("1.1.1.1")
    with pytest.raises(AddressRefused):
        own.check("::ffff:1.1.1.1")
    own.check("1.1.1.2")


def test_own_addresses_may_change_while_the_node_runs() -> None:
    addresses = [ip_address("1.1.1.1")]
    own = EgressPolicy(own_addresses=lambda: addresses, local=lambda _address: False)
    own.check("1.1.1.2")
    addresses.append(ip_address("1.1.1.2"))
    with pytest.raises(AddressRefused):
        own.check("1.1.1.2")


def test_an_address_that_the_kernel_calls_its_own_is_refused() -> None:
    with pytest.raises(AddressRefused):
        EgressPolicy(local=lambda address: address == ip_address("1.1.1.1")).check("1.1.1.1")


def test_the_kernel_knows_its_own_addresses() -> None:
    assert is_local(ip_address("127.0.0.1"))
    assert is_local(ip_address("::1"))
    assert not is_local(ip_address("192.0.2.1"))
    assert not is_local(ip_address("2001:db8::1"))


@given(st.ip_addresses(v=4))
def test_no_ipv4_address_that_python_calls_special_is_public(address: IPv4Address) -> None:
    if is_public(address):
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@given(st.ip_addresses(v=6))
def test_no_ipv6_address_that_python_calls_special_is_public(address: IPv6Address) -> None:
    if is_public(address) and address not in ip_network("64:ff9b::/96") and not address.ipv4_mapped:
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved
        assert not address.sixtofour
        assert not address.teredo


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0", "64:ff9b::"]))
def test_an_embedded_address_is_judged_by_itself(inner: IPv4Address, prefix: str) -> None:
    assert is_public(IPv6Address(int(IPv6Address(prefix)) | int(inner))) == is_public(inner)


@pytest.mark.parametrize("port", [22, 25, 110, 465, 587, 6000, 6667])
def test_a_port_that_is_for_no_website_is_refused_wherever_it_is(port: int) -> None:
    with pytest.raises(PortRefused, match=f"port {port} is not one for websites"):
        policy("0.0.0.0/0").check_port(port)
    EgressPolicy(bad_ports=frozenset()).check_port(port)  # of programs that the operator has listed


@pytest.mark.parametrize("port", [80, 443, 3000, 5000, 8000, 8080, 8443, 9000])
def test_a_port_that_websites_are_on_passes(port: int) -> None:
    policy().check_port(port)
