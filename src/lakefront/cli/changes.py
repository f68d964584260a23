"""What a plan and a pull say, the same of every server whose things are kept in git."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from lakefront.cli.context import Context
from lakefront.errors import PartlyDoneError
from lakefront.versions.edits import FileEdit, Left


def print_plan(
    context: Context,
    output_format: str,
    *,
    lines: Iterable[str],
    data: Mapping[str, Any],
    markdown: str,
    summary: str,
    warnings: Iterable[str],
) -> None:
    """Print a plan on stdout in one of its forms, its summary and warnings on stderr. Markdown holds the summary."""
    if output_format == "json":
        context.console.print_json(json.dumps(data, ensure_ascii=False, default=str))
    elif output_format == "markdown":
        context.console.out(markdown, end="", highlight=False)
    else:
        for line in lines:
            context.console.out(line, highlight=False)
    if output_format != "markdown":
        context.console_err.print(summary, markup=False)
    for warning in warnings:
        context.console_err.print(f"warning: {warning}", markup=False)


def print_pull(
    context: Context,
    files: Sequence[FileEdit],
    left: Sequence[Left],
    *,
    things: str,
    diff_only: bool,
    gone: Iterable[Path] = (),
) -> None:
    """Print what a pull wrote, or would write, and what it left alone. `things`: what they are called, such as assets.

    Raises PartlyDoneError (`pull-left`) where something was left.
    """
    for item in files:
        context.console.out(item.patch, end="", highlight=False)
    for item in left:
        context.console_err.print(f"{item.name}: {item.because}", markup=False)
    written = "would change" if diff_only else "written"
    names = ", ".join(item.name for item in files)
    context.console_err.print(f"{written}: {names}" if files else "nothing to pull", markup=False)
    for path in gone:
        context.console_err.print(f"{'would remove' if diff_only else 'removed'}: {path.name}", markup=False)
    if left:
        raise PartlyDoneError(
            "pull-left",
            f"{len(left)} edited {things} were not pulled: {', '.join(item.name for item in left)}",
            fix="each is told above with what to do",
        )
