"""``#report``: accounts with tests that nobody uses and that never paid."""

from typing import Final

from awt.api.account import Page
from awt.api.report import ReportLine, show_report
from awt.chat.talk import Command, Reply, Talk
from awt.model.messages import Choice

MOST: Final = 5
"""Accounts in one answer."""


def _run(talk: Talk, _rest: str) -> Reply:
    report = show_report(talk.tx, talk.administrator, Page(limit=MOST))
    if not report.accounts:
        return Reply(talk.t("report-none"), (talk.choice("users"),))
    lines = [talk.t("report-head", count=report.total)]
    lines += [_line(talk, line) for line in report.accounts]
    lines.append(f"{talk.tx.settings.site_url}/admin/report")
    blocks = tuple(Choice(f"#block {_name(x)}", f"#block {x.hash}") for x in report.accounts)
    return Reply("\n".join(lines), (*blocks, talk.choice("users")))


def _line(talk: Talk, line: ReportLine) -> str:
    seen = talk.moment(line.seen_at)
    return talk.t("report-line", name=_name(line), tests=line.tests, points=line.points, seen=seen)


def _name(line: ReportLine) -> str:
    return line.login or line.hash[:8]


REPORT = Command(name="report", run=_run, for_admins=True)
