"""``twistd awt``: options, configuration, node. The only file that imports the reactor."""

import atexit
import os
import sys
from typing import Any, NoReturn

from twisted.application.service import IService
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.failure import Failure

from awt import __version__, config, first
from awt.errors import ConfigError, Unavailable
from awt.node import Node
from awt.timers import steady

log = Logger()


class Options(usage.Options):
    """What the command line takes."""

    synopsis = "[--role=ROLE] [--service=NAME] [--config=FILE]"
    longdesc = f"awt {__version__}: website testing and monitoring, driven from chat."
    optParameters = [  # noqa: RUF012, N815 - Twisted's way
        ["role", None, "", "What this node is: all (in one process), server, client or proxy."],
        ["service", None, "", "The service of a client node, e.g. base or webtest."],
        ["config", None, None, "Configuration file (TOML)."],
    ]


def makeService(options: Options) -> IService:  # noqa: N802 - Twisted's name
    """Return the node; end with one line a problem on stderr, and 2 or 3, where there is none."""
    from twisted.internet import reactor  # noqa: PLC0415 - only here, and not before it is needed

    steady(reactor)
    overrides = {"role": options["role"], "service": options["service"]}
    try:
        found = config.load(path=options["config"], overrides=overrides, reactor=reactor)
        lock = first.prepare(found)
    except ConfigError as error:
        _end(error.problems, 2)
    except Unavailable as error:
        _end([str(error)], 3)
    node = Node(config=found, reactor=reactor)
    if lock is not None:
        reactor.addSystemEventTrigger("after", "shutdown", lock.close)
    _ = node.started.addCallbacks(_greet(node), _fail(reactor))
    return node


def _end(problems: list[str], status: int) -> NoReturn:
    for problem in problems:
        print(f"awt: {problem}", file=sys.stderr)
    raise SystemExit(status)


def _greet(node: Node) -> Any:
    def greet(_started: None) -> None:
        _say_welcome(node.config, node.admin_link)

    return greet


def _say_welcome(found: config.Config, link: str | None) -> None:
    if found.role == "proxy":
        lines = [f"awt {__version__} works: proxy, on {found.proxy.listen}"]
    elif not found.has_database:
        lines = [f"awt {__version__} works: {found.service}, for {found.server.url}"]
    else:
        lines = [f"awt {__version__} works: {found.site_url}/"]
    if found.role == "all":
        lines.append(f"Data: {found.data_dir}")
    if found.role == "all" and "interface=127.0.0.1" in found.web.listen:
        lines.append(
            "It listens on this machine only. For others: AWT_WEB_LISTEN=tcp:8080 AWT_SITE_URL=http://HOST:8080"
        )
    if link:
        lines.append("Become the administrator (once, within a day):")
        lines.append(f"  {link}")
    print("\n".join(lines), file=sys.__stdout__, flush=True)  # past the log: the link is secret


def _fail(reactor: Any) -> Any:
    def fail(failure: Failure) -> None:
        print(f"awt: cannot start: {failure.getErrorMessage()}", file=sys.stderr)
        log.failure("the node cannot start", failure=failure)
        atexit.register(_leave, 3)  # twistd itself would say that all went well
        reactor.callLater(0, reactor.stop)

    return fail


def _leave(status: int) -> None:
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
