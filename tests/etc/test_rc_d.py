"""The script of FreeBSD, run with the little of its rc.subr and daemon that it uses."""

import os
import subprocess
from pathlib import Path

import pytest

from awt.testing.process import PATIENCE, until
from tests.etc.files import ETC, replaced

SCRIPT = ETC / "rc.d" / "awt"
RC_SUBR = """\
load_rc_config() { . "$RC_CONF"; }
run_rc_command() {
    [ "$awt_enable" = YES ] || { echo "not enabled"; return 1; }
    case $1 in
    start|stop|status|restart) eval "eval \\"\\$${1}_cmd\\"" ;;
    *) echo "Usage: [start|stop|restart|status]" >&2; return 1 ;;
    esac
}
"""
DAEMON = """\
#!/bin/sh
echo "$@" >>"$CALLS"
while getopts "P:rR:ST:u:" option; do
    [ "$option" != P ] || pidfile=$OPTARG
done
sh -c 'trap "rm $1; exit" TERM; echo $$ >"$1.new"; mv "$1.new" "$1"; while :; do sleep 0.05; done' \\
    daemon "$pidfile" >/dev/null 2>&1 &
while kill -0 $! && [ ! -s "$pidfile" ]; do sleep 0.01; done  # from here on it can be ended
"""


class Machine:
    """A machine with the script."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        self.conf = folder / "rc.conf"
        (folder / "rc.subr").write_text(RC_SUBR)
        daemon = folder / "daemon"
        daemon.write_text(DAEMON)
        daemon.chmod(0o755)
        text = replaced(SCRIPT.read_text(), {"/etc/rc.subr": str(folder / "rc.subr")})
        (folder / "awt").write_text(text)
        self.configure(awt_enable="YES", awt_instances="server base webtest")

    def configure(self, **values: str) -> None:
        values |= {"awt_run": f"{self.folder}/run", "awt_daemon": f"{self.folder}/daemon"}
        self.conf.write_text("".join(f'{name}="{value}"\n' for name, value in values.items()))

    def service(self, *words: str) -> tuple[int, list[str]]:
        done = subprocess.run(
            ["sh", "-u", str(self.folder / "awt"), *words],
            env=os.environ | {"RC_CONF": str(self.conf), "CALLS": str(self.calls)},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.returncode, (done.stdout + done.stderr).splitlines()

    def started(self) -> list[str]:
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_script_is_one_that_a_shell_reads() -> None:
    assert subprocess.run(["sh", "-n", str(SCRIPT)], check=False).returncode == 0
    assert os.access(SCRIPT, os.X_OK)


def test_each_instance_is_started_as_its_user_with_its_role_and_configuration(
    machine: Machine,
) -> None:
    machine.configure(awt_enable="YES", awt_instances="server base webtest-2 proxy")
    try:
        status, said = machine.service("start")
        assert (status, len(said)) == (0, 4)
        server, base, second, proxy = machine.started()
        run, venv = f"{machine.folder}/run", "/usr/local/awt/venv/bin/twistd"
        assert server == (
            f"-P {run}/server.pid -r -R 5 -S -T awt-server -u awt {venv} --nodaemon --pidfile="
            " --logger=awt.logs.json_lines awt --role=server"
            " --config=/usr/local/etc/awt/server.toml"
        )
        assert "-u base " in base
        assert base.endswith(
            "awt --role=client --service=base --config=/usr/local/etc/awt/base.toml"
        )
        assert "-u awt-proxy " in proxy
        assert proxy.endswith("awt --role=proxy --config=/usr/local/etc/awt/proxy.toml")
        assert "-u webtest-2 " in second
        assert second.endswith("--service=webtest --config=/usr/local/etc/awt/webtest-2.toml")
    finally:
        machine.service("stop")


def test_what_runs_is_not_started_twice_and_one_may_be_named(machine: Machine) -> None:
    try:
        assert machine.service("status")[0] == 1
        machine.service("start")
        status, said = machine.service("status")
        assert (status, len(said)) == (0, 3)
        machine.service("start")
        assert len(machine.started()) == 3
        machine.service("restart", "base")
        assert len(machine.started()) == 4
        machine.service("stop", "webtest")
        status, said = machine.service("status")
        assert status == 1
        assert [line for line in said if "does not run" in line] == ["awt webtest does not run."]
    finally:
        _, said = machine.service("stop")
    assert said == ["Stopping awt server.", "Stopping awt base."]
    until(lambda: not list((machine.folder / "run").iterdir()), seconds=PATIENCE, what="the end")


def test_nothing_starts_that_is_not_enabled(machine: Machine) -> None:
    machine.configure(awt_instances="server")
    assert machine.service("start") == (1, ["not enabled"])
    assert machine.started() == []
