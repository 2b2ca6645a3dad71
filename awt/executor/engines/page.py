"""The title and the visible text of a page, out of bytes that nobody vouches for.

The parser only reports tags and texts and builds no tree: a tree takes libxml2 quadratic time for a
tag with very many attributes, this way 5 MiB of the worst that we know take about a second. It is
still work for a thread.
"""

import codecs
import re
from collections.abc import Mapping
from typing import Any, cast

from attrs import frozen
from lxml import etree

from awt.model.actions import plain

MAX_TITLE = 200
"""Longest title, in characters."""

_HTML = frozenset({"", "text/html", "application/xhtml+xml"})
_TEXT = re.compile(r"text/|application/(json|xml|javascript)$|application/.*\+(json|xml)$")
_HIDDEN = frozenset({"script", "style", "template", "title"})
_INLINE = frozenset(
    re.findall(
        r"\w+",
        "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr q s"
        " samp small span strike strong sub sup time tt u var wbr",
    )
)

# The labels of the WHATWG Encoding Standard that are met on the web. A closed list: Python also
# knows codecs that are no charset of a page or that take quadratic time.
_CODECS = {
    "utf-8": "utf-8 utf8 unicode-1-1-utf-8",
    "utf-16-le": "utf-16 utf-16le",
    "utf-16-be": "utf-16be",
    "cp1252": "windows-1252 cp1252 iso-8859-1 iso8859-1 latin1 latin-1 l1 ascii us-ascii",
    "cp1250": "windows-1250 cp1250",
    "iso8859-2": "iso-8859-2 latin2 l2",
    "iso8859-3": "iso-8859-3",
    "iso8859-4": "iso-8859-4",
    "cp1251": "windows-1251 cp1251 win-1251",
    "iso8859-5": "iso-8859-5 cyrillic",
    "koi8-r": "koi8-r koi8 koi",
    "koi8-u": "koi8-u koi8-ru",
    "cp866": "ibm866 cp866 866",
    "mac-cyrillic": "x-mac-cyrillic x-mac-ukrainian",
    "mac-roman": "macintosh x-mac-roman mac",
    "iso8859-6": "iso-8859-6 arabic",
    "cp1256": "windows-1256 cp1256",
    "iso8859-7": "iso-8859-7 greek",
    "cp1253": "windows-1253 cp1253",
    "iso8859-8": "iso-8859-8 iso-8859-8-i hebrew",
    "cp1255": "windows-1255 cp1255",
    "cp1254": "windows-1254 cp1254 iso-8859-9 latin5 l5",
    "iso8859-10": "iso-8859-10 latin6",
    "iso8859-13": "iso-8859-13",
    "iso8859-14": "iso-8859-14",
    "iso8859-15": "iso-8859-15 latin-9 l9",
    "iso8859-16": "iso-8859-16",
    "cp1257": "windows-1257 cp1257",
    "cp1258": "windows-1258 cp1258",
    "cp874": "windows-874 iso-8859-11 tis-620",
    "gb18030": "gb18030 gbk gb2312 x-gbk chinese",
    "big5hkscs": "big5 big5-hkscs x-x-big5",
    "euc-jp": "euc-jp x-euc-jp",
    "iso2022-jp": "iso-2022-jp",
    "cp932": "shift-jis shift_jis sjis x-sjis windows-31j ms932",
    "cp949": "euc-kr ks-c-5601-1987 ks_c_5601-1987 korean windows-949",
}
_BY_LABEL = {label: codec for codec, labels in _CODECS.items() for label in labels.split()}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PROLOGUE = 4096  # a declaration of the charset stands that early, in bytes
_META = re.compile(rb"<meta\s[^>]*?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]*?encoding\s*=\s*[\"']([\w.:-]{1,40})", re.IGNORECASE)


@frozen
class Page:
    """A page as a reader without eyes for layout sees it.

    `title` is "" when there is none. `text` is all visible text with white space folded, without
    scripts and styles, or None for what is no text at all, e.g. an image. Style sheets are not
    looked at: text that they hide counts as visible.
    """

    title: str
    text: str | None


def read_page(body: bytes, content_type: str) -> Page:
    """Read a page of any quality.

    `content_type` is the header as it came, possibly empty. The charset is taken from the mark of
    byte order, the header, the document, in this order; undeclared or unknown it is UTF-8 where
    that fits, else windows-1252. Never fails; what cannot be decoded becomes U+FFFD.
    """
    media, _ = _media_type(content_type)
    text = decode(body, content_type)
    if text is None:
        return Page(title="", text=None)
    if media not in _HTML:
        return Page(title="", text=fold(text))
    reader = _Reader()
    parser = etree.HTMLParser(encoding="utf-8", target=cast(Any, reader))
    try:
        parser.feed(text.encode())
        parser.close()
    except etree.LxmlError:
        # Nothing that could be an element, e.g. an empty body: what was heard so far is all.
        pass
    return Page(title=plain("".join(reader.title), MAX_TITLE), text=fold("".join(reader.text)))


def decode(body: bytes, content_type: str) -> str | None:
    """Return the characters of a page, or None for what is no text at all (see `read_page`)."""
    media, parameters = _media_type(content_type)
    is_html = media in _HTML
    if not is_html and not _TEXT.match(media):
        return None
    return _decode(body, parameters.get("charset", ""), is_html=is_html)


def fold(text: str) -> str:
    """Make every run of white space one space, and none at the ends."""
    return " ".join(text.split())


class _Reader:
    """Hears the parser."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.text: list[str] = []
        self._hidden = 0
        self._svg = 0
        self._titles = 0
        self._in_title = False

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        if tag in _HIDDEN:
            self._hidden += 1
        elif tag == "svg":
            self._svg += 1
        if tag == "title" and not self._svg:
            self._titles += 1
            self._in_title = self._titles == 1
        if tag not in _INLINE:
            self.text.append(" ")

    def end(self, tag: str) -> None:
        if tag in _HIDDEN and self._hidden:
            self._hidden -= 1
        elif tag == "svg" and self._svg:
            self._svg -= 1
        if tag == "title":
            self._in_title = False
        if tag not in _INLINE:
            self.text.append(" ")

    def data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        if not self._hidden:
            self.text.append(data)

    def close(self) -> None:
        pass


def _media_type(header: str) -> tuple[str, dict[str, str]]:
    """Split e.g. `text/html; charset="utf-8"`; lower case all through."""
    media, *rest = header.lower().split(";")
    pairs = (part.partition("=") for part in rest)
    parameters = {name.strip(): value.strip(" \t\"'") for name, _, value in pairs}
    return media.strip(), parameters


def _decode(body: bytes, label: str, *, is_html: bool) -> str:
    for mark, codec in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(codec, errors="replace")
    declared = _BY_LABEL.get(label)
    if declared is None and is_html:
        prologue = body[:_PROLOGUE]
        match = _META.search(prologue) or _XML.search(prologue)
        declared = _BY_LABEL.get(match[1].decode("ascii", "replace").lower()) if match else None
        if declared is not None and declared.startswith("utf-16"):
            declared = "utf-8"  # it was read as ASCII a moment ago
    if declared is not None:
        return body.decode(declared, errors="replace")
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        # A page that was cut may end inside of a character.
        cut = error.reason == "unexpected end of data" and not body[: error.start].isascii()
        return body.decode("utf-8" if cut else "cp1252", errors="replace")
