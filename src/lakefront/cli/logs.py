"""`lakefront logs`."""

from __future__ import annotations

import json
import time
from collections import deque
from pathlib import Path
from typing import Any, cast

import click
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.config import COMPANIONS, OPTIONAL_SERVICES, SERVICES
from lakefront.errors import BadInputError, did_you_mean

_COLOURS = {"ERROR": "red", "FATAL": "red", "CRITICAL": "red", "WARN": "yellow", "DEBUG": "dim", "TRACE": "dim"}


@click.command()
@click.argument("component", required=False)
@click.option("-n", "--lines", default=50, show_default=True, help="How many of the newest lines of each component.")
@click.option("-f", "--follow", is_flag=True, help="Go on as new lines come.")
@click.option("--format", "output_format", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def logs(context: Context, component: str | None, lines: int, follow: bool, output_format: str) -> None:
    """Show the newest log lines of a component, or of all by time.

    Example: lakefront logs trino -n 100 --follow
    """
    known = [*SERVICES, *COMPANIONS, *OPTIONAL_SERVICES, "supervisor"]
    if component and component not in known:
        raise BadInputError(
            "unknown-component",
            f"there is no component '{component}'.{did_you_mean(component, known)}",
            fix=f"use one of: {', '.join(known)}",
        )
    files = [context.settings.home.logs / f"{name}.log" for name in ([component] if component else known)]
    offsets = {file: file.stat().st_size if file.exists() else 0 for file in files}
    newest = [line for file in files for line in _tail(file, lines)]
    for line in sorted(newest, key=_timestamp):
        _show(context, line, output_format)
    while follow:
        time.sleep(0.3)  # soon enough for who reads along; files tell nobody that they have grown
        for file in files:
            for line in _since(file, offsets):
                _show(context, line, output_format)


def _tail(file: Path, count: int) -> deque[str]:
    if not file.exists():
        return deque()
    with file.open(encoding="utf-8", errors="replace") as stream:
        return deque((line for line in stream if line.strip()), maxlen=count)


def _since(file: Path, offsets: dict[Path, int]) -> list[str]:
    size = file.stat().st_size if file.exists() else 0
    start = 0 if size < offsets[file] else offsets[file]  # smaller: it was rotated
    if size == start:
        return []
    with file.open("rb") as stream:
        stream.seek(start)
        complete, newline, _ = stream.read(size - start).rpartition(b"\n")
    offsets[file] = start + len(complete) + len(newline)
    # Not `splitlines`: a message may hold what that takes for the end of a line.
    return [line for line in complete.decode("utf-8", errors="replace").split("\n") if line.strip()]


def _record(line: str) -> dict[str, Any]:
    """Return the fields of a line; of one that a full disk has cut off, the line."""
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        said = None
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {"message": line.rstrip()}


def _timestamp(line: str) -> str:
    return str(_record(line).get("timestamp", ""))


def _show(context: Context, line: str, output_format: str) -> None:
    if output_format == "json":
        click.echo(line.rstrip())
        return
    record = _record(line)
    level = str(record.get("level", "INFO"))
    colour = _COLOURS.get(level)
    text = escape(
        f"{record.get('timestamp', ''):<26} {record.get('service', ''):<10} {level:<5} {record.get('message')}"
    )
    context.console.print(f"[{colour}]{text}[/]" if colour else text)
    if "stackTrace" in record:
        context.console.print(f"[dim]{escape(str(record['stackTrace']).rstrip())}[/]")
