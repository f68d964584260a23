"""`grafana`: dashboards and alerts of the operations. Optional: `lakefront up --with ops`.

One is started where there is a release of it: GRAFANA_HOME, or what `lakefront install grafana` put here. What it is
told is in the environment of its process, which wins over all files that it reads.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from lakefront.config import LOOPBACK, Settings
from lakefront.errors import CheckFailedError
from lakefront.grafana.build import DASHBOARDS, PROVISIONING
from lakefront.grafana.client import LOCAL_ADMIN
from lakefront.grafana.load import load_definitions
from lakefront.grafana.provisioning import INSTALLED
from lakefront.grafana.started import start_files
from lakefront.stack.alert_routes import silent
from lakefront.stack.component import Component, Context, Launch
from lakefront.stack.grafana_home import command, missing, required
from lakefront.stack.probes import http_status
from lakefront.stack.tool import run_tool

#: Where its plugins are, when somebody says so; else in its data.
_PLUGINS: Final = "GF_PATHS_PLUGINS"
#: Section and key of Grafana's settings -> value. It asks nobody outside, and nobody can sign up.
_SETTINGS: Final[Mapping[tuple[str, str], str]] = {
    ("server", "protocol"): "http",
    ("server", "http_addr"): LOOPBACK,
    ("server", "domain"): LOOPBACK,
    ("security", "admin_user"): LOCAL_ADMIN,
    ("security", "disable_gravatar"): "true",
    ("users", "allow_sign_up"): "false",
    ("auth_anonymous", "enabled"): "false",
    ("snapshots", "external_enabled"): "false",
    ("analytics", "reporting_enabled"): "false",
    ("analytics", "check_for_updates"): "false",
    ("analytics", "check_for_plugin_updates"): "false",
    ("news", "news_feed_enabled"): "false",
    ("plugins", "preinstall_disabled"): "true",
    ("log", "mode"): "console",
    ("log_console", "format"): "json",
}


def _prepare(context: Context) -> None:
    home = required(context.settings)
    context.report("asking for its version")
    _run(context, home, "server", "-v")
    for plugin in missing_plugins(context.settings):
        context.report(f"fetching its plugin {plugin}")
        folder = plugins_folder(context.settings)
        folder.mkdir(parents=True, exist_ok=True)
        # Without it, panels of one source say so and the others show what they have: its log tells why.
        _run(context, home, "cli", f"--pluginsDir={folder}", "plugins", "install", plugin, needed=False)
    context.report("writing its configuration")
    for name in (DASHBOARDS, PROVISIONING):
        shutil.rmtree(context.etc / name, ignore_errors=True)
    settings = context.settings
    told_elsewhere = {"prometheus", "alertmanager"} <= settings.ports.keys()
    start_files(settings, context.etc, unset=_unset(settings), told_elsewhere=told_elsewhere).write()


def _run(context: Context, home: Path, part: str, *arguments: str, needed: bool = True) -> None:
    program = command(home, part)
    if program is None and not needed:
        return
    try:
        code, said = run_tool(Launch((*(program or ()), *arguments), cwd=context.data), context)
    except OSError as error:
        code, said = 1, error.strerror or str(error)
    if code and needed:
        last = said.splitlines()[-1] if said else f"it ended with {code} and said nothing"
        raise CheckFailedError(
            "grafana-broken",
            f"Grafana in {home} cannot be started: {last}",
            fix="name a release for this machine in GRAFANA_HOME, or run `lakefront install grafana`",
        )


def _unset(settings: Settings) -> list[str]:
    notifications = load_definitions(settings.part("grafana_dashboards")).notifications
    return silent(notifications[1], settings.env_name, settings.environ) if notifications else []


def plugins_folder(settings: Settings) -> Path:
    """Return where a local Grafana's plugins are."""
    return Path(settings.environ.get(_PLUGINS) or settings.home.data / "grafana" / "plugins").absolute()


def missing_plugins(settings: Settings) -> list[str]:
    """Return the plugins that a local Grafana has to have, for its data sources, and has not."""
    folder = plugins_folder(settings)
    return [name for name in INSTALLED if not (folder / name).is_dir()]


def _launch(context: Context) -> Launch:
    home = required(context.settings)
    argv = (*(command(home) or ()), f"--homepath={home}")
    return Launch(argv, cwd=context.data, env=dict(environment(context)))


def environment(context: Context) -> Iterator[tuple[str, str]]:
    """Yield what Grafana's process is told: its settings, its secrets, and what its provisioning files name."""
    settings = context.settings
    said = {
        **_SETTINGS,
        ("server", "http_port"): str(context.port),
        ("server", "root_url"): f"{settings.service('grafana').url}/",
        ("paths", "data"): str(context.data),
        ("paths", "logs"): str(context.data / "log"),
        ("paths", "plugins"): str(plugins_folder(settings)),
        ("paths", "provisioning"): str(context.etc / PROVISIONING),
        ("security", "admin_password"): settings.secrets.grafana_password,
        ("security", "secret_key"): settings.secrets.grafana_secret_key,
    }
    for (section, key), value in said.items():
        yield f"GF_{section}_{key}".upper(), value
    for name in ("prometheus", "opensearch", "trino"):
        yield f"LAKEFRONT_{name.upper()}_URL", context.url(name)
    yield "LAKEFRONT_GRAFANA_DASHBOARDS", str(context.etc / DASHBOARDS)
    password = settings.optional_secret("LAKEFRONT_GRAFANA_TRINO_PASSWORD")
    if password:
        yield "LAKEFRONT_GRAFANA_TRINO_PASSWORD", password


def _probe(settings: Settings) -> str | None:
    return http_status(f"{settings.service('grafana').url}/api/health")


COMPONENT: Final = Component(
    name="grafana",
    title="Grafana",
    prepare=_prepare,
    launch=_launch,
    probe=_probe,
    memory_mb=300,
    disk_mb=100,
    ready_within=180,
    missing=missing,
    beside=("trino", "opensearch", "alertmanager", "prometheus"),
)
