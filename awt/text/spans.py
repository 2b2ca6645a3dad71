"""How long something lasts, in words."""

from awt.model.times import MINUTE
from awt.ports import Texts


def span(texts: Texts, lang: str, milliseconds: int) -> str:
    """Return a length of time in its two largest units, rounded up to minutes."""
    minutes = max(1, -(-milliseconds // MINUTE))
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [("day", days), ("hour", hours), ("minute", minutes)]
    shown = [(unit, count) for unit, count in parts if count][:2]
    return " ".join(texts(lang, f"span-{unit}", count=count) for unit, count in shown)
