"""What people say of media: what they are for, labels, a title, and where they come from."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lakefront.errors import BadInputError
from lakefront.media.assets import SOURCE_SYSTEMS, TAGS
from lakefront.media.sources import shown

#: The most labels of an asset.
MOST_LABELS: Final = 50
_LONGEST_LABEL: Final = 100
_LONGEST_TITLE: Final = 500


@dataclass(frozen=True)
class Description:
    """What is written beside each file. Without a title, each has its file's name."""

    tag: str = "other"
    labels: tuple[str, ...] = ()
    title: str | None = None
    source_system: str = "batch"

    def check(self) -> None:
        """Raise BadInputError (`media-tag`, `media-source-system`, `media-label`, `media-title`)."""
        check_choice("media-tag", self.tag, TAGS)
        check_choice("media-source-system", self.source_system, SOURCE_SYSTEMS)
        check_labels(self.labels)
        if self.title is not None:
            check_title(self.title)


def written(text: str) -> str:
    """Return a title or a label as it is kept: one spelling (NFC) of what looks the same, no spaces around it."""
    return unicodedata.normalize("NFC", text).strip()


def written_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Return labels as they are kept, each once."""
    return tuple(dict.fromkeys(written(label) for label in labels))


def check_choice(code: str, value: str, allowed: tuple[str, ...]) -> None:
    """Raise BadInputError (the code given) unless the value is one of those allowed."""
    if value not in allowed:
        raise BadInputError(code, f"'{shown(value)}' is none of those kept", fix=f"choose one of: {', '.join(allowed)}")


def check_labels(labels: tuple[str, ...]) -> None:
    """Raise BadInputError (`media-label`) for what cannot be a label, or too many."""
    for label in labels:
        if not label.strip() or len(label) > _LONGEST_LABEL or shown(label) != label:
            raise BadInputError(
                "media-label", f"'{shown(label)}' is no label", fix=f"write 1 to {_LONGEST_LABEL} letters on one line"
            )
    if len(labels) > MOST_LABELS:
        raise BadInputError("media-label", f"{len(labels)} labels are too many", fix=f"give at most {MOST_LABELS}")


def check_title(title: str) -> None:
    """Raise BadInputError (`media-title`) for what cannot be a title."""
    if not 0 < len(title.strip()) <= _LONGEST_TITLE or "\n" in title or "\x00" in title:
        raise BadInputError("media-title", f"a title has 1 to {_LONGEST_TITLE} letters", fix="shorten it, on one line")
