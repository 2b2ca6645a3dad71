"""Screenshots are numbered by the step that they belong to and by when they were made."""

from typing import Final, Literal

Moment = Literal["before", "after", "failed"]
MOMENTS: Final[tuple[Moment, ...]] = ("before", "after", "failed")


def shot_number(action: int, moment: Moment) -> int:
    """Return the number of a screenshot, from 1; ``action`` counts from 0."""
    return action * len(MOMENTS) + MOMENTS.index(moment) + 1


def step_of(number: int) -> int:
    """Return the step that a screenshot belongs to, from 1."""
    return (number - 1) // len(MOMENTS) + 1


def moment_of(number: int) -> Moment:
    """Return when a screenshot was made."""
    return MOMENTS[(number - 1) % len(MOMENTS)]
