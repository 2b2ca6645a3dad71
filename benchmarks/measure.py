"""Figures, and where they come from: the clock, and what Linux knows of a process."""

import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import attrs
import klein
import sqlalchemy
from attrs import frozen

import twisted

_TICKS: Final = os.sysconf("SC_CLK_TCK")


@frozen(kw_only=True)
class Figure:
    """Something measured, in words, and whether it keeps its goal (None where there is none)."""

    what: str
    found: str
    goal: str = ""
    good: bool | None = None

    def __str__(self) -> str:
        """Return a line of the report."""
        if self.good is None:
            return f"{self.what:<46} {self.found}"
        verdict = "pass" if self.good else "MISS"
        return f"{self.what:<46} {self.found:<34} goal {self.goal:<12} {verdict}"


def machine() -> str:
    """Return what this is measured on. Beside a load of their own, times on the clock say little."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    versions = {
        "Python": platform.python_version(),
        "Twisted": twisted.__version__,
        "Klein": klein.__version__,
        "SQLAlchemy": sqlalchemy.__version__,
        "attrs": attrs.__version__,
    }
    software = ", ".join(f"{name} {version}" for name, version in versions.items())
    system = f"{os.cpu_count()} cores, {platform.system()} {platform.release()}"
    return f"{model}, {system}, load {os.getloadavg()[0]:.1f}\n{software}"


def cpu(pid: int) -> float:
    """Return the seconds of CPU, user and system, that a process with all its threads has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss(pid: int) -> float:
    """Return the resident memory of a process, in MB (10^6 bytes)."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that ``percent`` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * percent // 100) - 1))]


def ms(seconds: float) -> str:
    """Return a time for people."""
    return f"{seconds * 1000:.1f} ms"
