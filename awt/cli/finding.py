"""What the doctor found: one line, with what to do where something is to be done."""

from typing import Final

from attrs import frozen

WRONG: Final = 2
DOWN: Final = 3


@frozen
class Finding:
    """What was found. ``status``: 0 good, 2 to be put right, 3 something is down."""

    name: str
    text: str
    status: int = 0

    @property
    def good(self) -> bool:
        """Whether there is nothing to do."""
        return self.status == 0
