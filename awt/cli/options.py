"""What one may type after ``awt``."""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import msgspec

from awt import __version__
from awt.cli import commands, show, testing

USER = "a login name, the public id or a confirmed address"


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        """End with status 2."""
        self.exit(2, f"{self.prog}: {' '.join(message.split())} (see {self.prog} --help)\n")


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> argparse.Namespace:
    """Return what to do: ``run`` is the coroutine function that does it. Ends with 2 on bad usage."""
    parser = build(environ)
    for text in argv:
        if any("\ud800" <= char <= "\udfff" for char in text):
            parser.error(f"{text!a} is not UTF-8")
    args, rest = parser.parse_known_args(argv)
    if rest and args.command == "call" and not any(text.startswith("-") for text in rest):
        # What follows an option that stands between them; argparse knows one group only.
        try:
            args.values += [_pair(text) for text in rest]
        except argparse.ArgumentTypeError as error:
            parser.error(str(error))
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if hasattr(args, "texts"):
        if len(dict(args.texts)) < len(args.texts):
            parser.error("a language stands twice")
        args.texts = dict(args.texts)
    if args.command == "call" and len(dict(args.values)) < len(args.values):
        parser.error("a key stands twice")
    if getattr(args, "url", None) is None and getattr(args, "key_given", None) is not None:
        parser.error("--key goes with --url")
    return args


def build(environ: Mapping[str, str]) -> Parser:
    """Return the parser of all commands."""
    parser = Parser(
        prog="awt",
        description="Operates an installation of awt.",
        epilog="Exit status: 0 done, 1 refused, 2 bad usage, file or configuration, "
        "3 something that is needed is down.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"awt {__version__}")
    tree = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    local, access = _common(environ)
    _add(tree, local, "migrate", "bring the database to the schema of this version").set_defaults(
        run=commands.migrate
    )
    doctor = _add(tree, local, "doctor", "look for what is wrong, and say what to do")
    doctor.add_argument(
        "--handshake",
        action="store_true",
        help="authenticate at the XMPP server too, which may end the connection of an assistant",
    )
    doctor.set_defaults(run=commands.doctor)
    _add(
        tree, local, "broker", "print vhost, user and rights of this node, for RabbitMQ to import"
    ).set_defaults(run=commands.broker)
    _add(tree, local, "gc", "collect garbage once").set_defaults(run=commands.collect)
    call = _add(tree, access, "call", "call a method of the API")
    call.add_argument("method", metavar="METHOD", help="as in /api/, like ListServices")
    call.add_argument(
        "values",
        metavar="key=value",
        nargs="*",
        type=_pair,
        help='a parameter; JSON where it is such (5, true, [1], "5"), else a text',
    )
    _once(call)
    call.set_defaults(run=commands.call)
    _tests(tree, local)
    _dead(tree, access)
    _nodes(tree, access)
    _admin(tree, access)
    return parser


def _common(environ: Mapping[str, str]) -> tuple[Parser, Parser]:
    """Return the options of commands that work here, and of those that call a method."""
    result = Parser(add_help=False)
    result.add_argument("--json", action="store_true", help="print the result as JSON")
    local = Parser(add_help=False, parents=[result])
    _config(local)
    access = Parser(add_help=False, parents=[result])
    where = access.add_mutually_exclusive_group()
    _config(where)
    where.add_argument("--url", help="address of a site to ask instead, with --key")
    access.add_argument(
        "--key",
        dest="key_given",
        metavar="KEY",
        help="key of an administrator's account; better in the environment, as AWT_KEY",
    )
    access.set_defaults(key_known=environ.get("AWT_KEY"), idempotency_key=None)
    return local, access


def _config(parser: Any) -> None:
    parser.add_argument(
        "--config",
        metavar="FILE",
        help="configuration (TOML); what AWT_* in the environment says goes first",
    )


def _once(parser: Parser) -> None:
    parser.add_argument(
        "--idempotency-key",
        metavar="TEXT",
        help="do it once, however often it is asked for under this name",
    )


def _add(tree: Any, parent: Parser, name: str, text: str) -> Parser:
    made: Parser = tree.add_parser(
        name,
        parents=[parent],
        help=text,
        description=f"{text[0].upper()}{text[1:]}.",
        allow_abbrev=False,
    )
    return made


def _group(tree: Any, name: str, text: str) -> Any:
    group = tree.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    return group.add_subparsers(metavar="ACTION", required=True)


def _method(
    parser: Parser, method: str, *fields: str, shown: show.Show = show.readable, **fixed: Any
) -> None:
    """Let a command call a method with the named arguments, and with values that are always the same.

    An argument that is called otherwise than its parameter is named ``PARAMETER:ARGUMENT``.
    """
    parser.set_defaults(run=commands.operate, method=method, fields=fields, fixed=fixed, show=shown)


def _tests(tree: Any, local: Parser) -> None:
    tests = _group(tree, "test", "tests that are files")
    run = _add(tests, local, "run", "run tests on this machine; status 1 where one failed")
    run.add_argument(
        "files", metavar="FILE", nargs="+", help="steps, an action a line; or .json as exported"
    )
    run.add_argument("--type", default="http", help="type of node, http without it")
    run.add_argument("--debug", action="store_true", help="go on after a failure")
    run.add_argument("--junit", metavar="FILE", help="write the results as JUnit XML, too")
    run.add_argument("--shots", metavar="FOLDER", help="where screenshots go")
    run.add_argument(
        "--anywhere", action="store_true", help="let them reach this machine and private networks"
    )
    run.set_defaults(run=testing.run)


def _dead(tree: Any, access: Parser) -> None:
    dead = _group(tree, "dead", "look after messages that could not be delivered")
    _method(
        _add(dead, access, "list", "list them, the oldest first"), "ListDead", shown=show.letters
    )
    for name, method, text in (
        ("show", "ShowDead", "show one with its body"),
        ("replay", "ReplayDead", "put one back into its queue; a link in it is issued anew"),
        ("drop", "DropDead", "drop one for good"),
    ):
        one = _add(dead, access, name, text)
        one.add_argument("id", metavar="ID")
        _method(one, method, "id")


def _nodes(tree: Any, access: Parser) -> None:
    nodes = _group(tree, "node", "nodes without a database, and their tokens")
    add = _add(nodes, access, "add", "add a node; the last word printed is its token")
    add.add_argument("name", metavar="NAME")
    add.add_argument("--amqp-user", metavar="USER", help="its user at the broker; NAME without it")
    for option, field, text in (
        ("--service", "services", "a service that it speaks for, once for each; all without it"),
        ("--im", "ims", "an IM that it speaks for, once for each; all without it"),
        ("--types", "types", "types of tests that it runs, with commas; all without it"),
    ):
        add.add_argument(
            option, dest=field, metavar=option[2].upper(), type=_words, action="extend", help=text
        )
    _method(add, "AddNode", "name", "amqp_user", "services", "ims", "types", shown=show.introduced)
    _method(_add(nodes, access, "list", "list them"), "ListNodes", shown=show.nodes)
    token = _add(nodes, access, "token", "give one a new token, the last word printed")
    token.add_argument("name", metavar="NAME")
    _method(token, "RenewNode", "name", shown=show.introduced)


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _admin(tree: Any, access: Parser) -> None:
    admin = _group(tree, "admin", "administrators, accounts, services")
    create = _add(
        admin, access, "create", "make an administrator; the last word printed is his link"
    )
    create.add_argument("login", metavar="LOGIN")
    _method(create, "MakeAdmin", "login", shown=show.appointed)
    for name, method, text in (
        ("block", "BlockUser", "close an account"),
        ("unblock", "UnblockUser", "open a blocked account again, with a link for a new password"),
    ):
        one = _add(admin, access, name, text)
        one.add_argument("user", metavar="USER", help=USER)
        _method(one, method, "user")
    credit = _add(admin, access, "credit", "give points to an account, or take them")
    credit.add_argument("user", metavar="USER", help=USER)
    credit.add_argument("amount", metavar="AMOUNT", type=int, help="below zero takes")
    credit.add_argument("--reason", default="", help="kept in the ledger")
    _once(credit)
    _method(credit, "Adjust", "user", "amount", "reason")
    _looks(admin, access)
    _news(admin, access)
    _service(_group(admin, "service", "the catalogue of services"), access)


def _looks(admin: Any, access: Parser) -> None:
    users = _add(admin, access, "users", "find accounts, the newest first")
    users.add_argument("begins", metavar="BEGINS", nargs="?", help="of a login, id or address")
    users.add_argument("--status", choices=("NW", "AC", "BL", "DL"), help="only in this state")
    _page(users)
    _method(users, "FindUsers", "begins", "status", "limit", "before", shown=show.people)
    report = _add(admin, access, "report", "accounts with tests, unused, that never paid")
    _page(report)
    _method(report, "ShowReport", "limit", "before", shown=show.report)
    user = _add(admin, access, "user", "show an account")
    user.add_argument("user", metavar="USER", help=USER)
    _method(user, "ShowUser", "user")
    _method(
        _add(admin, access, "queues", "what waits, and how much is dead"),
        "ListQueues",
        shown=show.queues,
    )
    _method(
        _add(admin, access, "garbage", "what the collector takes next; nothing is deleted"),
        "PreviewGarbage",
        shown=show.garbage,
    )
    audit = _add(admin, access, "audit", "what operators did, the newest first")
    _page(audit)
    _method(audit, "ListAudit", "limit", "before", shown=show.deeds)


def _page(parser: Parser) -> None:
    parser.add_argument("--limit", type=int, metavar="N", help="50 without it")
    parser.add_argument("--before", type=int, metavar="ID", help="go on from here")


def _news(admin: Any, access: Parser) -> None:
    news = _group(admin, "news", "tell everybody, each where he was active last")
    for name, method, text, shown in (
        ("preview", "PreviewNews", "show who would get what", show.edition),
        ("send", "SendNews", "send them", show.news_line),
    ):
        one = _add(news, access, name, text)
        one.add_argument(
            "texts",
            metavar="LANG=TEXT",
            nargs="+",
            type=_text_of,
            help="a text for the readers of a language, like en='We are back'",
        )
        one.add_argument("--service", metavar="NAME", help="to its users, through its assistant")
        for option, field in (("--im", "ims"), ("--lang", "langs")):
            one.add_argument(
                option,
                dest=field,
                metavar=option[2:].upper(),
                type=_words,
                action="extend",
                help="only there, once for each; all without it",
            )
        _once(one)
        _method(one, method, "texts", "service", "ims", "langs", shown=shown)
    _method(
        _add(news, access, "list", "the latest, and how far they came"),
        "ListNews",
        shown=show.news,
    )
    stop = _add(news, access, "stop", "stop news that are on their way")
    stop.add_argument("id", metavar="ID", type=int)
    _method(stop, "StopNews", "id", shown=show.news_line)


def _text_of(text: str) -> tuple[str, str]:
    """Return language and text."""
    lang, sign, said = text.partition("=")
    if not lang or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not LANG=TEXT")
    return lang, said


def _service(service: Any, access: Parser) -> None:
    _method(
        _add(service, access, "list", "all services, the disabled ones too"),
        "ListCatalogue",
        shown=show.services,
    )
    add = _add(service, access, "add", "add a service, or change what it is called")
    add.add_argument("short_name", metavar="NAME")
    add.add_argument("--title", required=True)
    add.add_argument("--description")
    add.add_argument("--price", type=int, metavar="POINTS", help="free without it")
    add.add_argument(
        "--at", metavar="URL", help="where it is when it is another program; empty: built in"
    )
    _method(add, "PutService", "short_name", "title", "description", "price", "url:at")
    secret = _add(service, access, "secret", "give one that is another program a new secret")
    secret.add_argument("short_name", metavar="NAME")
    _method(secret, "RenewSecret", "short_name", shown=show.secret)
    price = _add(service, access, "price", "set the price of a service")
    price.add_argument("short_name", metavar="NAME")
    price.add_argument("price", metavar="POINTS", type=int, help="0 is free")
    _method(price, "PutService", "short_name", "price")
    url = _add(service, access, "url", "say which program a service is")
    url.add_argument("short_name", metavar="NAME")
    url.add_argument("address", metavar="ADDRESS", help="http(s)://...; '' makes it built in")
    _method(url, "PutService", "short_name", "url:address")
    for name, enabled in (("enable", True), ("disable", False)):
        one = _add(service, access, name, f"{name} a service")
        one.add_argument("short_name", metavar="NAME")
        _method(one, "PutService", "short_name", enabled=enabled)


def _pair(text: str) -> tuple[str, Any]:
    """Return key and value of a parameter: JSON where the value is such, else the text itself."""
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not key=value")
    try:
        return key, msgspec.json.decode(value)
    except msgspec.DecodeError:
        return key, value
