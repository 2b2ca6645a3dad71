"""Codes are read back by a decoder that knows nothing of how they were made."""

import re
from urllib.parse import quote, unquote

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from awt.web.qr import picture

DOT = 6
"""Pixels of a module in the picture that is read."""


def read_back(uri: str) -> str:
    """Draw the SVG picture of a code, which is runs of dark modules row by row, and read it."""
    svg = unquote(uri.partition(",")[2])
    [size] = re.findall(r"M0 0h(\d+)v\1h-\1z", svg)
    [runs] = re.findall(r"stroke='#000' d='(.*?)'", svg)
    page = Image.new("L", (int(size) * DOT, int(size) * DOT), 255)
    draw = ImageDraw.Draw(page)
    x, y = 0.0, 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", runs):
        if command == "h":
            top = round((y - 0.5) * DOT)
            draw.rectangle((x * DOT, top, (x + float(first)) * DOT - 1, top + DOT - 1), fill=0)
            x += float(first)
        else:
            x, y = (0.0, 0.0) if command == "M" else (x, y)
            x, y = x + float(first), y + float(second)
    [code] = zxingcpp.read_barcodes(page)
    return code.text


@pytest.mark.parametrize(
    "text",
    [
        "xmpp:assistant@base.awt.example?message",
        f"xmpp:assistant@base.{quote('ассистент.рф')}?roster;preauth=0123456789abcdef0123456789abcdef",
        "https://awt.example/faq?invited_by=0123456789abcdef0123456789abcdef",
        "https://ассистент.рф/вопросы?пригласил=анна&x='\"<>",
        "x" * 500,
    ],
)
def test_a_code_says_what_it_was_made_of(text: str) -> None:
    assert read_back(picture(text)) == text


def test_what_is_no_code_is_not_read() -> None:
    assert zxingcpp.read_barcodes(Image.new("L", (100, 100), 255)) == []
