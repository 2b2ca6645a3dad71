"""A program that tells whether pages have elements: a request a line, an answer a line, in JSON.

Neither a parser that was given the worst of pages nor an XPath can be told to stop, so they run in a
process that can be ended (see `awt.executor.engines.seeker`). It imports nothing of ours, to start
soon. A request has `page`, its text; `kind`, `xpath` or `css`; `path`; and `seconds`, after which the
kernel ends the process if nobody else does. The answer has `found`, or a reason `bad` with its `detail`.
"""

import json
import resource
import signal
import sys
from typing import Any

from cssselect import HTMLTranslator, SelectorError
from lxml import etree

MEMORY = 2**30
"""How much the process may take, in bytes."""


def seek(page: str, kind: str, path: str) -> dict[str, Any]:
    """Return the answer to a request."""
    try:
        xpath = HTMLTranslator().css_to_xpath(path) if kind == "css" else path
    except SelectorError as error:
        return {"bad": "bad_css", "detail": str(error)}
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True)
    try:
        root = etree.fromstring(page.encode(), parser)
    except etree.LxmlError:  # nothing in it that could be an element
        root = None
    if root is None:
        return {"found": False}
    complete(root)
    try:
        found = etree.XPath(xpath, regexp=False, smart_strings=False)(root.getroottree())
    except etree.LxmlError as error:
        return {"bad": f"bad_{kind}", "detail": str(error)}
    if not isinstance(found, list):
        return {"bad": "bad_xpath", "detail": "it names no elements"}
    return {"found": bool(found)}


def complete(root: Any) -> None:
    """Put rows of tables into bodies, as a browser does, for paths are often copied from one."""
    for table in list(root.iter("table")):
        body = None
        for child in list(table):
            if child.tag != "tr":
                body = None
                continue
            if body is None:
                body = etree.Element("tbody")
                child.addprevious(body)
            body.append(child)


def main() -> None:
    """Answer until nobody asks."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        signal.alarm(int(request["seconds"]) + 1)
        answer = seek(request["page"], request["kind"], request["path"])
        signal.alarm(0)
        sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
