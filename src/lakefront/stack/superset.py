"""`superset`: Apache Superset in an environment of its own, over SQLite."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path
from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.errors import CheckFailedError, UnreachableError
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.download import locked
from lakefront.stack.probes import http_status
from lakefront.stack.tool import run_tool

#: What uv says when it cannot reach the package index.
_NETWORK_WORDS: Final = ("error sending request", "dns error", "failed to fetch", "timed out", "connection refused")


def environment_python(settings: Settings) -> Path | None:
    """Return the Python of Superset's own environment; None where it is not installed, or this bundle has none."""
    if not _lock_file(settings).is_file():
        return None
    python = _environment(settings) / "bin" / "python"
    return python if python.is_file() else None


def _lock_file(settings: Settings) -> Path:
    return settings.part("deploy") / "superset" / "requirements.lock"


def _environment(settings: Settings) -> Path:
    """Return the folder of Superset's virtual environment: one per lock file, shared by all homes."""
    digest = hashlib.sha256(_lock_file(settings).read_bytes() + sys.version.encode()).hexdigest()
    return settings.cache / "environments" / f"superset-{digest[:12]}"


def _prepare(context: Context) -> None:
    final = _environment(context.settings)
    if not final.exists():
        with locked(context.settings.cache, final.name, context):
            if not final.exists():
                _install(final, context)
    _bootstrap(context)


def _install(final: Path, context: Context) -> None:
    # A virtual environment holds its own path, so it is built in place and marked complete by a rename of its config.
    building = final.with_name(f".{final.name}")
    shutil.rmtree(building, ignore_errors=True)
    building.parent.mkdir(parents=True, exist_ok=True)
    lock = _lock_file(context.settings)
    uv = (sys.executable, "-m", "uv")
    context.report("installing Superset (about 700 MB)")
    _run((*uv, "venv", "--quiet", "--relocatable", "--python", sys.executable, str(building)), context)
    python = str(building / "bin" / "python")
    _run((*uv, "pip", "sync", "--quiet", "--python", python, "--require-hashes", str(lock)), context)
    building.rename(final)


def _run(argv: tuple[str, ...], context: Context, env: dict[str, str] | None = None) -> None:
    def follow(line: str) -> None:
        if line.startswith("step: "):
            context.report(line.removeprefix("step: "))

    code, tail = run_tool(Launch(argv, cwd=context.data, env=env or {}), context, on_line=follow)
    if code == 0:
        return
    last = tail.splitlines()[-1].strip() if tail else "no reason given"
    if any(word in tail.lower() for word in _NETWORK_WORDS):
        raise UnreachableError(
            "superset-install",
            f"Superset's packages could not be fetched: {last}",
            fix="check the network or the proxy, then run it again; what was fetched is kept",
        )
    raise CheckFailedError(
        "superset-prepare",
        f"`{Path(argv[0]).name} {' '.join(argv[1:4])} …` ended with exit code {code}: {last}",
        fix="see `lakefront logs superset`; to begin Superset's own data anew, move data/superset aside",
    )


def _settings_env(context: Context) -> dict[str, str]:
    settings = context.settings
    folder = settings.part("deploy") / "superset"
    return {
        "SUPERSET_CONFIG_PATH": str(folder / "superset_config.py"),
        "FLASK_APP": "superset.app:create_app()",
        "LAKEFRONT_SUPERSET_HOME": str(context.data),
        "LAKEFRONT_SUPERSET_SECRET_KEY": settings.secrets.superset_secret_key,
        "LAKEFRONT_SUPERSET_PASSWORD": settings.secrets.superset_password,
        "LAKEFRONT_SUPERSET_GUEST_SECRET": settings.secrets.guest_secret,
        "LAKEFRONT_SUPERSET_EMBED_ORIGINS": " ".join(settings.explorer_origins),
        "LAKEFRONT_SUPERSET_URL": settings.service("superset").url,
        "LAKEFRONT_ENV": settings.env_name,
        "LAKEFRONT_DATA_OWNER": settings.manifest.bundle.contact or "",
        "LAKEFRONT_LOOK": json.dumps(settings.manifest.look.model_dump()),
        "PYTHONUNBUFFERED": "1",
    }


def _bootstrap(context: Context) -> None:
    python = _environment(context.settings) / "bin" / "python"
    script = context.settings.part("deploy") / "superset" / "bootstrap.py"
    context.report("preparing Superset's database")
    _run((str(python), str(script)), context, _settings_env(context))


def _launch(context: Context) -> Launch:
    python = _environment(context.settings) / "bin" / "python"
    config = context.settings.part("deploy") / "superset" / "gunicorn.conf.py"
    figures, cache = context.data / "metrics", context.data / "cache"
    for folder in (figures, cache):  # of processes that are no more, and of settings that may be others by now
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(exist_ok=True)
    argv = (
        *(str(python), "-m", "gunicorn", "--config", str(config), "--bind", f"{LOOPBACK}:{context.port}"),
        # Two: what a dashboard asks for at once, Python does one after another. The control socket would be one file
        # for all stacks of a user.
        *("--workers", "2", "--worker-class", "gthread", "--threads", "8", "--timeout", "120"),
        *("--graceful-timeout", "10", "--keep-alive", "75", "--no-control-socket"),
        *("--access-logfile", "-", "--error-logfile", "-", "superset.app:create_app()"),
    )
    return Launch(argv, cwd=context.data, env=_settings_env(context) | {"PROMETHEUS_MULTIPROC_DIR": str(figures)})


def _probe(settings: Settings) -> str | None:
    # /health answers before pages can be drawn: a real page is what counts.
    return http_status(f"{settings.service('superset').url}/login/", timeout=10)


COMPONENT: Final = Component(
    name="superset",
    title="Superset 6.1",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=600,
    disk_mb=800,
    ready_within=180,
)
