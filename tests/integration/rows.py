"""The table of faults."""

from typing import Final

from attrs import asdict, frozen

FAULT: Final = "fault"
"""Under what name a test reports its rows."""


@frozen(kw_only=True)
class Row:
    """What was counted under one fault."""

    fault: str
    conversations: int = 0
    accepted: int = 0
    answered: int = 0
    lost: int = 0
    """Accepted and not answered, or not all of the answers seen."""
    twice: int = 0
    """Effects and answers beyond what was asked for."""
    half_made: int = 0
    """Accounts that are not whole, or too many, or too few."""
    duplicates: int = 0
    """Texts that somebody saw once more."""
    other: int = 0
    """Whatever else is wrong in the database."""
    seconds: int = 0

    def __add__(self, more: "Row") -> "Row":
        mine, its = asdict(self), asdict(more)
        return Row(**{k: v if k == "fault" else v + its[k] for k, v in mine.items()})

    @property
    def wrong(self) -> bool:
        """Whether something is there that must not be."""
        return bool(self.lost or self.twice or self.half_made or self.other)


def table(rows: list[Row]) -> list[str]:
    """Return the lines of a Markdown table."""
    heads = [name.replace("_", "-") for name in asdict(Row(fault=""))]
    cells = [heads, *([str(value) for value in asdict(row).values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    cells.insert(1, ["-" * width for width in widths])
    lines = [
        [
            line[0].ljust(widths[0]),
            *map(str.rjust, line[1:], widths[1:]),
        ]  # names left, figures right
        for line in cells
    ]
    return [f"| {' | '.join(line)} |" for line in lines]
