"""`lakefront status`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.config import Settings, local_services
from lakefront.stack.registry import COMPONENTS
from lakefront.stack.state import ComponentState, Phase, read_state

_SHORT = ("component", "state", "url", "up_for", "restarts", "memory_mb", "detail")
_LONG = ("component", "software", "state", "ready", "url", "pid", "since", "up_for", "restarts", "memory_mb", "detail")
_HEALTHY = {Phase.READY, Phase.EXTERNAL}


@click.command()
@format_option
@click.pass_obj
def status(context: Context, output_format: str) -> int:
    """Show each component: state, address, memory, restarts. Exits 4 when one is not ready.

    Example: lakefront status --format json
    """
    rows = component_rows(context.settings)
    columns = _SHORT if output_format == "table" else _LONG
    print_rows(context.console, rows, columns, output_format)
    return 0 if all(row["ready"] for row in rows) else 4


def component_rows(settings: Settings) -> list[dict[str, Any]]:
    """Return one row a component, in words; external services are asked now."""
    state = read_state(settings.home.state_file)
    rows: list[dict[str, Any]] = []
    local = local_services(settings)
    for item in COMPONENTS:
        service = settings.service(item.name)
        known = state.components.get(item.name)
        if service.external:
            problem = item.probe(settings)
            rows.append(
                _row(item.name, item.title, "external", ready=problem is None, url=service.url, detail=problem or "")
            )
        elif known is None and item.name not in local:
            continue  # optional, and nobody asked for it
        elif known is None:
            rows.append(_row(item.name, item.title, "not started", ready=False, url=service.url, detail=""))
        else:
            rows.append(_known_row(known, supervised=state.supervised))
    return rows


def _row(name: str, title: str, state: str, *, ready: bool, url: str, detail: str) -> dict[str, Any]:
    return {
        "component": name,
        "software": title,
        "state": state,
        "ready": ready,
        "url": url,
        "pid": None,
        "since": None,
        "up_for": None,
        "restarts": 0,
        "memory_mb": None,
        "detail": detail,
    }


def _known_row(known: ComponentState, *, supervised: bool) -> dict[str, Any]:
    phase, detail = str(known.phase), known.detail
    alive = known.identity is not None and known.identity.alive
    if not supervised and known.phase not in {Phase.STOPPED, Phase.FAILED}:
        # The supervisor was killed: what it wrote last is not true any more.
        phase = "orphaned" if alive else "stopped"
        detail = "its supervisor was killed; `lakefront up` mends that" if alive else "it was killed"
    if known.error:
        detail = f"{known.error['what']}; to mend it: {known.error['fix']}"
    ready = supervised and known.phase in _HEALTHY
    row = _row(known.name, known.title, phase, ready=ready, url=known.url, detail=detail)
    row["restarts"] = known.restarts
    row["since"] = known.since or None
    if known.identity and alive:
        started = dt.datetime.fromtimestamp(known.identity.started, dt.UTC)
        row["pid"] = known.identity.pid
        row["up_for"] = str(dt.datetime.now(dt.UTC) - started).split(".", maxsplit=1)[0]
        row["memory_mb"] = round(known.identity.memory_bytes() / 1e6)
    return row
