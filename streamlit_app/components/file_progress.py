"""How far each file of an upload is, as a list of bars."""

from __future__ import annotations

import html
from collections.abc import Sequence

from lakefront.config import LookTable
from lakefront.media.sources import shown
from uploads import FileProgress


def progress_list(files: Sequence[FileProgress], look: LookTable) -> str:
    """Return the list in HTML; names are text, whatever they hold."""
    lines = "".join(_line(file, look.bad if file.step == "refused" else look.primary) for file in files)
    return f'<ul class="file-progress">{lines}</ul>'


def _line(file: FileProgress, colour: str) -> str:
    name, words = html.escape(shown(file.name)), html.escape(file.words)
    return (
        f'<li data-step="{file.step}" style="accent-color: {colour}"><b title="{name}">{name}</b>'
        f'<span>{words}</span><progress value="{file.share}" aria-label="{name}"></progress></li>'
    )
