"""The catalogue: Fluent messages of all areas, one bundle a language."""

from importlib import resources
from typing import Any

from fluent.runtime import FluentBundle, FluentResource

from awt.model.status import LANGS


class Catalog:
    """All messages, by language. Formatting is pure and may be done in any thread."""

    def __init__(self) -> None:
        self._bundles = {lang: _bundle(lang) for lang in LANGS}
        self._plain: dict[tuple[str, str], str] = {}
        """Texts without values, which are always the same."""

    def __call__(self, lang: str, message: str, /, **values: Any) -> str:
        """Return the text of a message; a language that is not there falls back to the default."""
        if lang not in self._bundles:
            lang = LANGS[0]
        if values:
            return self._format(lang, message, values)
        text = self._plain.get((lang, message))
        if text is None:
            text = self._plain[lang, message] = self._format(lang, message, values)
        return text

    def _format(self, lang: str, message: str, values: dict[str, Any]) -> str:
        bundle = self._bundles[lang]
        found = bundle.get_message(message)
        if found.value is None:
            raise KeyError(message)
        text, _errors = bundle.format_pattern(found.value, values)
        return str(text)

    def has(self, lang: str, message: str) -> bool:
        """Tell whether the catalogue of a language has a message."""
        return self._bundles[lang].has_message(message)


def _bundle(lang: str) -> FluentBundle:
    # Isolation marks around values would be sent to every IM and copied with every link.
    bundle = FluentBundle([lang], use_isolating=False)
    for file in sorted(resources.files(__package__).joinpath(lang).iterdir(), key=lambda f: f.name):
        if file.name.endswith(".ftl"):
            bundle.add_resource(FluentResource(file.read_text(encoding="utf-8")))
    return bundle


def pick_language(wanted: str) -> str | None:
    """Return the first language of ours in an ``Accept-Language`` header (RFC 9110), or None."""
    weighed = []
    for position, part in enumerate(wanted[:200].split(",")):
        tag, _, parameters = part.strip().partition(";")
        quality = parameters.strip().removeprefix("q=") if parameters else "1"
        try:
            weight = float(quality)
        except ValueError:
            continue
        weighed.append((-weight, position, tag.partition("-")[0].lower()))
    for weight, _, tag in sorted(weighed):
        if tag in LANGS and weight < 0:
            return tag
    return None
