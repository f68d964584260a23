"""What an importer makes, before it is written: models as plain data, and what could not be carried over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

#: A model, or a part of one, as it will stand in YAML.
Data = dict[str, Any]


class ToCheck(str):
    """A text that was guessed. It is written with a comment that asks a person to look at it."""

    __slots__ = ()


@dataclass(frozen=True)
class Finding:
    """One thing to tell about an import, with its place. `lost`: something of the file is not in the models."""

    place: str
    what: str
    lost: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


@dataclass
class Draft:
    """Models to be, by file name, and findings.

    `origins` tells where a thing came from, by (kind, name), such as ("metrics", "revenue") or
    ("columns", "orders.region").
    """

    files: dict[str, Data] = field(default_factory=dict[str, Data])
    findings: list[Finding] = field(default_factory=list[Finding])
    origins: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def lose(self, place: str, what: str) -> None:
        """Note something that is not carried over."""
        self.findings.append(Finding(place, what))

    def note(self, place: str, what: str) -> None:
        """Note something that a person should know, though nothing is lost."""
        self.findings.append(Finding(place, what, lost=False))


@dataclass(frozen=True)
class ImportOptions:
    """What a person says where a file says nothing.

    `owner` of models and metrics; `schema` of tables that name none; `catalog`, whose tables go without it.
    """

    owner: str = "to be named"
    schema: str | None = None
    catalog: str = "iceberg"
