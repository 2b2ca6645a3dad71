"""What the doctor says of an account on the network."""

import pytest
from twisted.internet import reactor as _reactor  # noqa: TID251 - trial's, which runs the tests
from twisted.trial.unittest import TestCase

from awt.cli.doctor import examine
from awt.cli.finding import DOWN, WRONG, Finding
from awt.config import load
from awt.testing.ports import free_port
from awt.testing.skype import SkypeServer
from tests.skype.conftest import BOT, settings


class Doctor(TestCase):
    @pytest.fixture(autouse=True)
    def _servers(self, skype: SkypeServer, tmp_path: object) -> None:
        self.skype = skype
        self.directory = str(tmp_path)

    async def said(self, **other: str) -> Finding:
        """Return the one line about Skype that is said with some settings replaced."""
        found = await self.all_said(**other)
        return found["skype"]

    async def all_said(self, **other: str) -> dict[str, Finding]:
        """Return what is said with some settings replaced, by name."""
        wanted = settings(self.skype) | {"DATA_DIR": self.directory} | other
        environ = {f"AWT_{name}": value for name, value in wanted.items()}
        found = await examine(load(environ=environ), _reactor)
        return {finding.name: finding for finding in found}

    async def test_an_account_that_is_taken(self) -> None:
        found = await self.said()
        assert found.good
        assert f"takes {BOT} with its password" in found.text

    async def test_a_wrong_password_is_told_with_its_cure(self) -> None:
        found = await self.said(SKYPE_PASSWORD="guessed")
        assert found.status == WRONG
        assert "put skype.user and skype.password right" in found.text
        assert "guessed" not in found.text

    async def test_a_server_that_is_not_there(self) -> None:
        found = await self.said(SKYPE_BASE_URL=f"http://127.0.0.1:{free_port()}")
        assert found.status == DOWN
        assert "cannot be reached" in found.text

    async def test_an_assistant_without_an_account_is_no_matter_of_the_doctor(self) -> None:
        found = await self.all_said(SKYPE_BASE_URL="", SKYPE_USER="", SKYPE_PASSWORD="")
        assert "skype" not in found
