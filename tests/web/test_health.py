"""What monitoring asks, and what the log must not tell."""

import sqlite3
import urllib.parse

from awt.testing.site import Browser, RunningNode

PASSWORD = "correct horse battery"


def test_health_says_that_the_process_lives(visitor: Browser) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status, answer.json()) == (200, {"process": "ok"})
    assert not visitor.cookies


def test_readiness_names_what_the_node_needs(visitor: Browser) -> None:
    answer = visitor.get("/readyz")
    assert answer.status == 200
    assert answer.json() == {"database": "ok", "bus": "ok", "cache": "ok"}


def test_metrics_count_answers_and_messages(visitor: Browser) -> None:
    visitor.get("/nothing-here")
    answer = visitor.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'awt_http_requests_total{status="404"}' in answer.text
    assert 'awt_outbox_messages{state="dead"} 0.0' in answer.text
    for what in ("database", "bus", "cache"):
        assert f'awt_works{{what="{what}"}} 1.0' in answer.text
    assert "awt_database_transactions 0.0" in answer.text


def test_the_log_has_no_secret_and_nothing_that_anybody_said() -> None:
    with RunningNode() as node:
        browser = node.browser()
        link = browser.ask("my very private words").link
        browser.click(link)
        browser.submit("/settings", "/settings/login", login="logged")
        browser.submit("/settings", "/settings/password", new=PASSWORD, again=PASSWORD)
        key = browser.call("CreateKey", {"name": "k"}).json()["key"]
        browser.call("GetAccount", authorization=f"Bearer {key}")
        browser.call("GetAccount", b'{"secret-in-bad-json"')
        browser.get("/faq?asked=confidential")
        browser.get("/nothing?asked=confidential")
        browser.ask(f"#check {node.url}/faq?key=confidential", service="webtest")
        browser.sign_out()
        browser.sign_in("logged", "a wrong password")
        browser.sign_in("logged", PASSWORD)
        log = node.log.partition("Become the administrator")
        said = log[0] + log[2].partition("\n")[2].partition("\n")[2]
        tokens = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query)).values()
        for secret in (
            *tokens,
            *browser.cookies.values(),
            PASSWORD,
            key,
            "a wrong password",
            "private words",
            "confidential",
            "secret-in-bad-json",
            "salt=",
        ):
            assert secret not in said, secret
        assert "Traceback" not in said
        stored = node.database.read_bytes()
        for secret in (link.rpartition("=")[2], PASSWORD, key, browser.cookies["awt_session"]):
            assert secret.encode() not in stored


def test_a_database_that_is_locked_makes_the_node_unready_and_passes(node: RunningNode) -> None:
    with sqlite3.connect(node.database) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with node.browser() as browser:
            assert browser.get("/faq").status == 200  # readers wait for nobody
            assert browser.get("/readyz").status == 200
        connection.rollback()
    connection.close()
