"""``awt``: reads the command line, runs the command in a reactor, and ends with its status."""

import io
import json
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any, NoReturn

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater, react
from twisted.python.failure import Failure

from awt.cli.access import Rejected
from awt.cli.commands import Outcome
from awt.cli.options import parse
from awt.cli.show import plain
from awt.errors import ConfigError, Unavailable
from awt.timers import steady

REFUSED = 1
WRONG = 2
DOWN = 3
INTERRUPTED = 130
"""What shells say of SIGINT."""


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Do what the command line says, and end the process."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    args = parse(sys.argv[1:] if argv is None else argv, os.environ)
    try:
        react(_main, (args,))
    except KeyboardInterrupt:  # the reactor did not run yet
        sys.exit(_interrupted())


def _main(reactor: Any, args: Namespace) -> Deferred[NoReturn]:
    """Run a command; where the reactor is stopped by a signal, the command is cancelled."""
    steady(reactor)
    running: Deferred[int] = Deferred.fromCoroutine(run(args, reactor))
    reactor.addSystemEventTrigger("before", "shutdown", running.cancel)
    return running.addCallbacks(_end, _end_reading)


def _end(status: int) -> NoReturn:
    raise SystemExit(status)


def _end_reading(failure: Failure) -> NoReturn:
    """End well where whoever reads what we print has read enough; any other failure goes on."""
    failure.trap(BrokenPipeError)
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    raise SystemExit(0)


async def run(args: Namespace, reactor: Any) -> int:
    """Run a command, print what came of it, and return the exit status."""
    try:
        # From here on the reactor hears of signals: one before would be an error of a connection.
        await deferLater(reactor, 0)
        outcome: Outcome = await args.run(args, reactor)
    except (CancelledError, KeyboardInterrupt):
        return _interrupted()
    except Rejected as error:
        return _fail(error.problems, REFUSED)
    except ConfigError as error:
        return _fail(error.problems, WRONG)
    except Unavailable as error:
        return _fail([str(error)], DOWN)
    if args.json:
        print(json.dumps(outcome.result, ensure_ascii=False))
    else:
        print("\n".join(outcome.lines))
    sys.stdout.flush()
    return _fail(outcome.problems, outcome.status)


def _interrupted() -> int:
    return _fail(["interrupted"], INTERRUPTED)


def _fail(problems: Sequence[str], status: int) -> int:
    for problem in problems:
        print(f"awt: {plain(' '.join(problem.split()))}", file=sys.stderr)
    return status
