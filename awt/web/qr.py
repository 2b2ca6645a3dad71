"""Codes to scan with a phone, as pictures that stand in the page itself."""

from functools import lru_cache

import segno


@lru_cache(256)
def picture(text: str) -> str:
    """Return a QR code (ISO/IEC 18004) of a text as the ``data:`` address of an SVG picture.

    It is black on white whatever the colours of the page, with the quiet zone that readers need.
    """
    code = segno.make(text, micro=False, error="m", boost_error=False)
    uri: str = code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff", svgclass=None)
    return uri
