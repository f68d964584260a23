"""What people say of the files that they bring: what they are for, labels, a title, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lakefront.errors import BadInputError
from lakefront.media.assets import SOURCE_SYSTEMS, TAGS
from lakefront.media.sources import shown

_MOST_LABELS: Final = 50
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
        for code, value, allowed in (
            ("media-tag", self.tag, TAGS),
            ("media-source-system", self.source_system, SOURCE_SYSTEMS),
        ):
            if value not in allowed:
                raise BadInputError(
                    code, f"'{shown(value)}' is none of those kept", fix=f"choose one of: {', '.join(allowed)}"
                )
        for label in self.labels:
            if not label.strip() or len(label) > _LONGEST_LABEL or shown(label) != label:
                raise BadInputError(
                    "media-label",
                    f"'{shown(label)}' is no label",
                    fix=f"write 1 to {_LONGEST_LABEL} letters on one line",
                )
        if len(self.labels) > _MOST_LABELS:
            raise BadInputError(
                "media-label", f"{len(self.labels)} labels are too many", fix=f"give at most {_MOST_LABELS}"
            )
        if self.title is not None and not 0 < len(self.title.strip()) <= _LONGEST_TITLE:
            raise BadInputError(
                "media-title", f"a title has 1 to {_LONGEST_TITLE} letters", fix="shorten it, or leave it out"
            )
