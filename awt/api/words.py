"""Errors in words: what a `Refused` says in a language, for the chat, the site and the HTTP API."""

from typing import Any

from awt.errors import Refused
from awt.model.times import SECOND
from awt.ports import Texts
from awt.text.spans import span


def message(texts: Texts, lang: str, refused: Refused) -> str:
    """Return what to tell the user."""
    key = "error-" + refused.code.replace("_", "-")
    left = span(texts, lang, (refused.retry_after or 0) * SECOND)
    values: dict[str, Any] = {"left": left, **refused.values}
    if not texts.has(lang, key):
        key = "error-refused"
    text = texts(lang, key, **values)
    if refused.code == "bad_request" and refused.fields:
        said = fields(texts, lang, refused)
        # One who gave one thing knows what is meant; the names are for programs.
        alone = len(said) == 1
        text = " ".join(what if alone else f"{name}: {what}" for name, what in said.items())
    return text


def fields(texts: Texts, lang: str, refused: Refused) -> dict[str, str]:
    """Return what is wrong with each field."""
    said = {}
    for name, code in refused.fields.items():
        key = "error-field-" + code.replace("_", "-")
        if not texts.has(lang, key):
            key = "error-field-value"
        said[name] = texts(lang, key, **refused.values)
        if "line" in refused.values:
            said[name] = texts(lang, "problem-at", problem=said[name], **refused.values)
    return said


def as_json(texts: Texts, lang: str, refused: Refused) -> dict[str, Any]:
    """Return the body of an error of the HTTP API."""
    error: dict[str, Any] = {
        "code": refused.code,
        "message": message(texts, lang, refused),
        "fields": fields(texts, lang, refused),
    }
    return {"error": error | dict(refused.values)}
