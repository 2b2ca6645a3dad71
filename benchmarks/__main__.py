"""``python -m benchmarks [chat] [start] [pages] [amqp] [xmpp] [suite]``: print each figure with its goal.

A missed goal is printed and is no error: machines differ. The exit status tells only whether the
measuring itself worked.
"""

import argparse
import shlex
import time
from collections.abc import Callable, Iterator
from typing import Final

from benchmarks import amqp, chat, pages, start, suite, xmpp
from benchmarks.measure import Figure, machine

ALL: Final[dict[str, Callable[[], Iterator[Figure]]]] = {
    "chat": chat.run,
    "start": start.run,
    "pages": pages.run,
    "amqp": amqp.run,
    "xmpp": xmpp.run,
    "suite": suite.run,
}


def main() -> None:
    """Measure what the command line names, by default everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"some of {', '.join(ALL)}; all by default")
    names = parser.parse_args().name or list(ALL)
    unknown = set(names) - set(ALL)
    if unknown:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    print(machine())
    for name in names:
        print(f"\n$ {shlex.join(['python', '-m', 'benchmarks', name])}")
        began = time.monotonic()
        for figure in ALL[name]():
            print(f"  {figure}", flush=True)
        print(f"  ({time.monotonic() - began:.0f} s)")


if __name__ == "__main__":
    main()
