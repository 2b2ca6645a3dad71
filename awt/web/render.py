"""Templates: Jinja2 with autoescape, every sentence from the catalogue, times in the user's zone."""

from collections.abc import Mapping
from typing import Any

import jinja2

from awt.model.status import LANGS
from awt.ports import Texts
from awt.text.moments import moment
from awt.text.spans import span


class Templates:
    """Renders pages. Pure, but for the templates read once."""

    def __init__(self, *, texts: Texts, static: Mapping[str, str]) -> None:
        self._texts = texts
        self._static = static
        self._jinja = jinja2.Environment(
            loader=jinja2.PackageLoader("awt.web"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )

    def render(self, template: str, *, lang: str, zone: str | None, **values: Any) -> bytes:
        """Return a page in a language."""

        def t(message: str, /, **parts: Any) -> str:
            return self._texts(lang, message, **parts)

        def when(at: int | str) -> str:
            return moment(at, lang, zone)

        def left(milliseconds: int) -> str:
            return span(self._texts, lang, milliseconds)

        text = self._jinja.get_template(template).render(
            t=t,
            when=when,
            left=left,
            static=self._static.__getitem__,
            lang=lang,
            langs=LANGS,
            **values,
        )
        return text.encode()
