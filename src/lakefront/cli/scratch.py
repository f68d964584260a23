"""A stack of its own for a check: objects, catalog and Trino in a temporary home, brought down whatever happens."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Final

from lakefront.cli.context import Context
from lakefront.cli.display import Display, Line
from lakefront.config import Settings, load_settings
from lakefront.stack import control, preflight

_PARTS: Final = ("objects", "catalog", "trino")
_KEPT: Final = ("LAKEFRONT_CACHE", "LAKEFRONT_MAVEN_REPOSITORY")


@contextlib.contextmanager
def scratch_stack(context: Context, settings: Settings) -> Generator[Settings]:
    """Start a lake with the bundle's policies in force and nothing in it; stop it and remove its home at the end.

    No address, port or secret of the bundle's environments is used. Raises as `lakefront up`.
    """
    folder = Path(tempfile.mkdtemp(prefix="lakefront-scratch-"))
    try:
        (folder / "lakefront.toml").write_text(_manifest(settings), encoding="utf-8")
        environ = {k: v for k, v in settings.environ.items() if not k.startswith("LAKEFRONT_") or k in _KEPT}
        own = load_settings(bundle=folder, home=folder / "home", environ=environ)
        try:
            preflight.require(own, _PARTS)
            own = control.begin(own, _PARTS, auto_ports=True)
            _await(context, own)
            yield own
        finally:
            with _uninterrupted(), context.console_err.status("stopping the scratch stack"):
                control.stop(own)
    finally:
        with _uninterrupted():
            shutil.rmtree(folder, ignore_errors=True)


def _manifest(settings: Settings) -> str:
    env, memory = settings.env, settings.manifest.stack.memory
    tables = {
        "bundle": {"name": "scratch", "semantic_layer": str(settings.part("semantic_layer"))},
        "stack": {"access": "policies"},
        "stack.memory": {"trino_heap": memory.trino_heap, "catalog_heap": memory.catalog_heap},
        "env.local": {"iceberg_catalog": env.iceberg_catalog, "trino_user": env.trino_user},
    }
    # A JSON string is a TOML string, too.
    lines = [
        [f"[{name}]", *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in t.items())]
        for name, t in tables.items()
    ]
    return "\n".join(line for table in lines for line in table) + "\n"


def _await(context: Context, settings: Settings) -> None:
    with Display(context.console_err) as display:
        for state in control.follow(settings, _PARTS):
            display.update([Line.of(item) for item in state.components.values()])
            if control.all_ready(state, _PARTS):
                return


@contextlib.contextmanager
def _uninterrupted() -> Generator[None]:
    """Let a second Ctrl-C wait until what was started is gone."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
