"""One entry of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Item:
    """One sample asset. `of` names the item that this one repeats (`change` says how: empty for an exact copy)."""

    name: str
    kind: str
    recipe: str
    format: str
    title: str
    tag: str
    labels: tuple[str, ...]
    width: int = 0
    height: int = 0
    seconds: float = 0.0
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    exif: dict[str, str] = field(default_factory=dict[str, str])
    quality: int = 0
    of: str | None = None
    change: str = ""
    source_system: str = "batch"
    is_indexed: bool = True


def image_item(  # noqa: PLR0917 - a row of the table reads best without names
    name: str, recipe: str, fmt: str, title: str, tag: str, labels: tuple[str, ...], size: tuple[int, int], **more: Any
) -> Item:
    """Return a picture's entry."""
    return Item(name, "image", recipe, fmt, title, tag, labels, size[0], size[1], **more)
