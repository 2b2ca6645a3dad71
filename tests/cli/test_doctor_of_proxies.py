"""The doctor at a node of role proxy, and at one whose tests go through proxies."""

from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from awt.cli import neighbours
from awt.cli.doctor import examine
from awt.cli.finding import DOWN, WRONG
from awt.config import load
from awt.egress import EgressPolicy
from awt.executor.proxy_host import ProxyHost, Users
from awt.testing.certificate import make_certificate
from awt.testing.ports import free_port
from tests.executor.proxying import HERE, ProxyCase
from tests.executor.sites import LOOPBACK, reactor

PASSWORD = "for-machines-to-show"


class Proxies(ProxyCase):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    async def proxy(self, **options: Any) -> int:
        """Start one; return its port."""
        given: dict[str, Any] = {"policy": EgressPolicy(), "listen": f"tcp:0:interface={HERE}"}
        users = Users([("c1-1", PASSWORD)])
        part = ProxyHost(reactor=reactor, users=users, most=10, seconds=60, **given | options)
        await part.start()
        self.addCleanup(lambda: Deferred.fromCoroutine(part.stop()))
        return int(part.port.getHost().port)

    async def said_of(self, url: str) -> tuple[int, str]:
        """Return status and text of what is found of a region."""
        config = load(environ={"HOME": "/", "AWT_PROXIES_US": url})
        [found] = await neighbours.proxies(config, reactor)
        assert found.name == "proxies.us"
        assert PASSWORD not in found.text
        return found.status, found.text

    async def test_a_proxy_that_lets_us_in_and_keeps_us_from_its_own_network_is_good(self) -> None:
        port = await self.proxy()
        said = f"127.0.0.1:{port} lets this node in, and nobody to its own network"
        assert await self.said_of(f"http://c1-1:{PASSWORD}@127.0.0.1:{port}") == (0, said)

    async def test_a_proxy_that_does_not_know_us(self) -> None:
        port = await self.proxy()
        status, text = await self.said_of(f"http://c1-2:{PASSWORD}@127.0.0.1:{port}")
        assert (status, "does not know the name" in text) == (WRONG, True)

    async def test_a_proxy_that_leads_into_its_own_machine(self) -> None:
        port = await self.proxy(policy=EgressPolicy(allow_private_addresses=LOOPBACK))
        status, text = await self.said_of(f"http://c1-1:{PASSWORD}@127.0.0.1:{port}")
        assert (status, "lets tests go to its own network" in text) == (WRONG, True)

    async def test_what_is_no_proxy(self) -> None:
        for answer in (b"HTTP/1.1 404 Not Found\r\n\r\n", b"SSH-2.0-x\r\n\r\n", b""):
            status, text = await self.said_of(self.site(answer))
            assert (status, "is no forward proxy" in text) == (WRONG, True)

    async def test_a_proxy_that_is_away(self) -> None:
        status, text = await self.said_of(f"127.0.0.1:{free_port()}")
        assert (status, "refused" in text) == (DOWN, True)
        status, text = await self.said_of("nowhere.invalid:3128")
        assert (status, "nowhere.invalid" in text) == (DOWN, True)

    async def test_a_proxy_whose_certificate_is_for_another_name(self) -> None:
        pem = make_certificate(self.folder / "proxy.pem")
        place = "interface=127.0.0.2"
        port = await self.proxy(listen=f"ssl:0:privateKey={pem}:certKey={pem}:{place}")
        status, text = await self.said_of(f"https://c1-1:{PASSWORD}@127.0.0.2:{port}")
        assert (status, "TLS" in text) == (DOWN, True)
        self.flushWarnings()  # the endpoint of Twisted hands pyOpenSSL objects of an old kind

    async def of_the_proxy(self, port: int, listen: str = "") -> dict[str, tuple[bool, str]]:
        environ = {
            "HOME": "/",
            "AWT_ROLE": "proxy",
            "AWT_PROXY_LISTEN": listen or f"tcp:{port}:interface=127.0.0.1",
            "AWT_PROXY_USERS": f"c1-1:{PASSWORD}",
        }
        found = await examine(load(environ=environ), reactor)
        return {each.name: (each.good, each.text) for each in found}

    async def test_a_node_that_is_a_proxy_is_looked_at_before_and_while_it_runs(self) -> None:
        free = free_port()
        found = await self.of_the_proxy(free)
        assert list(found) == ["configuration", "proxy.listen"]
        assert found["configuration"] == (True, "role proxy, parts proxy")
        assert found["proxy.listen"] == (
            True,
            f"tcp:{free}:interface=127.0.0.1 is free, for c1-1",
        )
        runs = await self.proxy()
        good, text = (await self.of_the_proxy(runs))["proxy.listen"]
        assert (good, text.startswith("a proxy listens on")) == (True, True)
        listen = f"tcp:interface=127.0.0.1:port={runs}"
        good, text = (await self.of_the_proxy(runs, listen))["proxy.listen"]
        assert (good, text.startswith("a proxy listens on")) == (True, True)
        taken = int(self.site(b"HTTP/1.1 404 Not Found\r\n\r\n").rpartition(":")[2])
        good, text = (await self.of_the_proxy(taken))["proxy.listen"]
        assert (good, text.endswith("stop what listens there")) == (False, True)
