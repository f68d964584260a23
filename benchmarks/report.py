"""What a benchmark hands back, and how it is printed and kept."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured number, its unit, and the bound that the project set itself (None: for information)."""

    name: str
    value: float
    unit: str
    bound: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """Whether the bound is kept."""
        return "" if self.bound is None else ("ok" if self.value <= self.bound else "over")


def publish(name: str, figures: Sequence[Figure]) -> None:
    """Print a table and write `results/<name>.json`."""
    table = Table(title=name, title_justify="left")
    for column, justify in (("figure", "left"), ("value", "right"), ("bound", "right"), ("", "left"), ("note", "left")):
        table.add_column(column, justify="right" if justify == "right" else "left")
    for figure in figures:
        bound = "" if figure.bound is None else f"{_short(figure.bound)} {figure.unit}"
        table.add_row(figure.name, f"{_short(figure.value)} {figure.unit}", bound, figure.verdict, figure.note)
    Console().print(table)
    RESULTS.mkdir(exist_ok=True)
    machine = {
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    data = {"machine": machine, "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in figures]}
    (RESULTS / f"{name}.json").write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")


def _short(value: float) -> str:
    """Return a number with the digits that say something: 1,234 and 47.3 and 0.12."""
    digits = 0 if value >= 1000 or value == round(value) else 1 if value >= 10 else 2
    return f"{value:,.{digits}f}"
