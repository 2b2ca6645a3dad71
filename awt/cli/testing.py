"""``awt test run FILE``: runs tests that are files, on this machine, without an installation."""

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree

import msgspec
from attrs import evolve, frozen

from awt import config
from awt.api.card import why_in
from awt.cli.commands import Outcome
from awt.cli.show import plain
from awt.config import Config
from awt.errors import ConfigError, Unavailable
from awt.executor.engines import Engine, Shot
from awt.executor.part import make_engines, viewport_of
from awt.model import steps
from awt.model.actions import Action, ActionResult
from awt.model.names import clean_text
from awt.model.steps import BadSteps
from awt.model.task_types import PARENTS, serving
from awt.text.catalog import Catalog

LANG: Final = "en"
FAILED: Final = 1
EVERYWHERE: Final = ("0.0.0.0/0", "::/0")


@frozen(kw_only=True)
class Test:
    """A test of a file."""

    file: str
    name: str
    actions: tuple[Action, ...]


class _Exported(msgspec.Struct):
    name: str
    actions: list[Action]


async def run(args: Namespace, reactor: Any) -> Outcome:
    """Run all tests of the files, one after the other; the result tells each step."""
    found = config.load(path=args.config, reactor=reactor)
    texts = Catalog()
    tests = _read(args.files, found, texts)
    if args.anywhere:
        allowed = (*found.test.allow_private_addresses, *EVERYWHERE)
        found = evolve(found, test=evolve(found.test, allow_private_addresses=allowed))
    engines = make_engines(found, reactor)
    own = serving(args.type, engines)
    if own is None:
        raise Unavailable(f"this machine runs no tests of the type {args.type}: {_known(engines)}")
    results: list[tuple[Test, list[ActionResult]]] = []
    try:
        for test in tests:
            keep = _Shots(args.shots, test)
            done = await engines[own].run(
                test.actions,
                action_seconds=found.limits.action_seconds,
                debug=args.debug,
                viewport=viewport_of(args.type if args.type in engines else own),
                on_shot=keep if args.shots else None,
            )
            results.append((test, done))
    finally:
        for engine in dict.fromkeys(engines.values()):
            await engine.close()
    if args.junit:
        _write(args.junit, _junit(results, texts))
    return _outcome(results, texts)


def _known(engines: dict[str, Engine]) -> str:
    return ", ".join(name for name in PARENTS if serving(name, engines))


# --- Files


def _read(files: Sequence[str], found: Config, texts: Catalog) -> list[Test]:
    """Return the tests of all files; raise `ConfigError` with everything that is wrong with them."""
    tests: list[Test] = []
    problems: list[str] = []
    for file in files:
        try:
            text = Path(file).read_text(encoding="utf-8")
            tests += _parse(file, text, found)
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{file}: {getattr(error, 'strerror', None) or 'is not UTF-8'}")
        except msgspec.DecodeError as error:
            problems.append(f"{file}: {error}")
        except BadSteps as error:
            problems += [
                f"{file}:{each.line}:{each.column}: "
                + texts(
                    LANG,
                    "error-field-" + each.code.replace("_", "-"),
                    near=each.near,
                    most=found.limits.max_actions,
                    types=", ".join(steps.TYPES),
                    regions=", ".join(steps.ways(found.settings().regions)),
                )
                for each in error.problems
            ]
    if problems:
        raise ConfigError(problems)
    return tests


def _parse(file: str, text: str, found: Config) -> list[Test]:
    """Return the tests of a file: one in lines, or one or several in JSON as they are exported."""
    most, regions = found.limits.max_actions, found.settings().regions
    if Path(file).suffix != ".json":
        actions = steps.parse(text.removeprefix("\ufeff"), most=most, regions=regions)
        return [Test(file=file, name=Path(file).stem, actions=actions)]
    exported = msgspec.json.decode(text, type=list[_Exported] | _Exported)
    return [
        Test(
            file=file,
            name=each.name,
            actions=steps.check(each.actions, most=most, regions=regions),
        )
        for each in (exported if isinstance(exported, list) else [exported])
    ]


class _Shots:
    """Keeps the screenshots of a test in a folder."""

    def __init__(self, folder: str | None, test: Test) -> None:
        self._folder = Path(folder or ".")
        self._stem = Path(test.file).stem

    def __call__(self, shot: Shot) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        name = f"{self._stem}-{shot.action + 1:03d}-{shot.moment}.jpg"
        (self._folder / name).write_bytes(shot.jpeg)


# --- Results


def _outcome(results: list[tuple[Test, list[ActionResult]]], texts: Catalog) -> Outcome:
    lines: list[str] = []
    failed = 0
    for test, done in results:
        good = all(result.status == "succeeded" for result in done)
        failed += not good
        seconds = sum(result.ms for result in done) / 1000
        lines.append(f"{'passed' if good else 'FAILED'}  {plain(test.name)} ({seconds:.2f} s)")
        for number, (action, result) in enumerate(zip(test.actions, done, strict=True), 1):
            if result.status == "failed":
                step = plain(steps.write([action]).strip())
                lines.append(f"  {number}: {step}")
                lines.append(f"     {plain(why_in(texts, LANG, result))}")
    return Outcome(
        result=[
            {
                "file": test.file,
                "name": test.name,
                "passed": all(result.status == "succeeded" for result in done),
                "results": msgspec.to_builtins(done),
            }
            for test, done in results
        ],
        lines=lines,
        problems=[f"{failed} of {len(results)} failed"] if failed else [],
        status=FAILED if failed else 0,
    )


def _junit(results: list[tuple[Test, list[ActionResult]]], texts: Catalog) -> bytes:
    """Return the results as JUnit XML, a case for each test."""
    bad = [any(result.status == "failed" for result in done) for _, done in results]
    total = sum(result.ms for _, done in results for result in done) / 1000
    suite = ElementTree.Element(
        "testsuite",
        name="awt",
        tests=str(len(results)),
        failures=str(sum(bad)),
        errors="0",
        skipped="0",
        time=f"{total:.3f}",
    )
    for test, done in results:
        seconds = sum(result.ms for result in done) / 1000
        case = ElementTree.SubElement(
            suite,
            "testcase",
            classname=clean_text(test.file),
            name=clean_text(test.name),
            time=f"{seconds:.3f}",
        )
        for number, (action, result) in enumerate(zip(test.actions, done, strict=True), 1):
            if result.status != "failed":
                continue
            step = clean_text(steps.write([action]).strip())
            message = f"{number}: {step}: {clean_text(why_in(texts, LANG, result))}"
            failure = ElementTree.SubElement(case, "failure", message=message, type=result.reason)
            failure.text = "\n".join(_evidence(result))
            break  # the schema has one failure a case
    document: bytes = ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True)
    return document


def _evidence(result: ActionResult) -> list[str]:
    found = result.evidence
    if found is None:
        return [clean_text(result.detail)]
    return [clean_text(line) for line in (*found.console, *found.requests, found.around) if line]


def _write(file: str, content: bytes) -> None:
    try:
        Path(file).write_bytes(content)
    except OSError as error:
        raise ConfigError([f"{file}: {error.strerror}"]) from None
