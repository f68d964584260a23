"""`lakefront policy diff`: who may see more or less after a change of policies or models."""

from __future__ import annotations

import dataclasses
import html
import json
from collections.abc import Sequence
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.output import print_rows, report_format_option
from lakefront.semantic.policy.compare import compare
from lakefront.semantic.policy.diff import Change

_COLUMNS: Final = ("change", "who", "what", "before", "after", "where")
#: Beyond so many lines, a comment on a pull request folds them.
_FOLDED: Final = 10


@click.command(name="diff")
@click.argument("revisions", default="HEAD", metavar="[BASE[..HEAD]]")
@report_format_option
@click.option("--fail-on-gain", is_flag=True, help="Exit 1 when anybody may see or do more.")
@click.pass_obj
def diff_policies(context: Context, revisions: str, output_format: str, *, fail_on_gain: bool) -> int:
    """Say who gains or loses which tables, rows, columns and powers between two commits.

    BASE alone is compared with the files as they are now; BASE...HEAD is compared from where the two parted.
    Models count as well as policies. What is not proven to show less is told as a gain.

    Example: lakefront policy diff main..HEAD --fail-on-gain
    """
    settings = context.settings
    changes = compare(settings.bundle, revisions, catalog=settings.env.iceberg_catalog)
    gains = sum(change.gain for change in changes)
    if output_format == "json":
        context.console.print_json(json.dumps([_as_dict(change) for change in changes], ensure_ascii=False))
    elif output_format == "markdown":
        context.console.out("\n".join(_markdown(changes)), highlight=False)
    elif changes:
        print_rows(context.console, [_row(change) for change in changes], _COLUMNS, "table")
    if output_format != "markdown":
        context.console_err.print(_summary(changes))
    return 1 if fail_on_gain and gains else 0


def _as_dict(change: Change) -> dict[str, Any]:
    return {"change": change.kind, **dataclasses.asdict(change)}


def _row(change: Change) -> dict[str, str | None]:
    word = "gain, loss" if change.gain and change.loss else change.kind
    return {
        "change": word,
        "who": ", ".join(change.who),
        "what": _what(change),
        "before": change.before,
        "after": change.after,
        "where": change.where,
    }


def _what(change: Change) -> str:
    if not change.tables:
        return change.what
    tables = ", ".join(change.tables)
    if change.what == "columns":
        return f"{tables}: {', '.join(change.columns)}"
    return f"{tables}: rows" if change.what == "rows" else tables


def _summary(changes: Sequence[Change]) -> str:
    if not changes:
        return "nobody may see or do more or less"
    gains = [change for change in changes if change.gain]
    if not gains:
        return f"nobody gains anything; {len(changes)} losses"
    people = sorted({name for change in gains for name in change.who})
    many = "" if len(people) <= 6 else f" and {len(people) - 6} more"
    return f"{len(gains)} gains ({', '.join(people[:6])}{many}), {len(changes) - len(gains)} losses"


def _markdown(changes: Sequence[Change]) -> list[str]:
    lines = ["### Who may see what", "", f"{_cell(_summary(changes)).capitalize()}.", ""]
    for kind, title, mark in (("gain", "Gains", "**"), ("loss", "Losses", "")):
        mine = [change for change in changes if change.kind == kind]
        if not mine:
            continue
        table = ["| who | what | before | after | where |", "| --- | --- | --- | --- | --- |"]
        for change in mine:
            row = _row(change)
            both = " (and a loss: neither is within the other)" if change.gain and change.loss else ""
            cells = [_cell(row[key] or "") for key in ("who", "what", "before", "after")]
            cells = [f"{mark}{cells[0]}{mark}", f"{mark}{cells[1]}{mark}", cells[2], cells[3] + both]
            lines_at = f"`{row['where']}`" if row["where"] else ""
            table.append("| " + " | ".join([*cells, lines_at]) + " |")
        if len(mine) > _FOLDED:
            # Gains are never out of sight: the first are shown, whatever is folded.
            shown = table[: 2 + (_FOLDED if kind == "gain" else 0)]
            folded = [*table[:2], *table[len(shown) :]]
            rest = len(folded) - 2
            lines += [f"**{title}: {len(mine)}**", ""]
            lines += [*shown, ""] if len(shown) > 2 else []
            title_rest = f"{rest} more" if len(shown) > 2 else f"{rest} in all"
            lines += [f"<details><summary>{title}: {title_rest}</summary>", "", *folded, "", "</details>", ""]
        else:
            lines += [f"**{title}: {len(mine)}**", "", *table, ""]
    return lines[:-1]


def _cell(text: str) -> str:
    """Return a text that stays in its cell: names and conditions may come from someone else's pull request."""
    plain = html.escape(" ".join(text.split()), quote=False)
    for mark in ("\\", "|", "*", "_", "`", "[", "]", "~", "@"):
        plain = plain.replace(mark, f"\\{mark}" if mark != "@" else "&#64;")
    return plain
