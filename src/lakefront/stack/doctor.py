"""Checks of the machine and of the stack: each finding says how to mend it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import psutil
import requests
from jgo.maven import MavenContext

from lakefront.config import Settings, local_services
from lakefront.errors import LakefrontError
from lakefront.stack import grafana_home
from lakefront.stack.control import needed_memory_mb
from lakefront.stack.grafana import missing_plugins, plugins_folder
from lakefront.stack.java_runtime import java_version
from lakefront.stack.ports import holder, is_free
from lakefront.stack.preflight import free_mb
from lakefront.stack.programs import PROGRAMS, missing, program
from lakefront.stack.registry import COMPONENTS, component
from lakefront.stack.state import read_state

_PACKAGES: Final = ("lakefront", "streamlit", "trino", "pyiceberg", "boto3", "pillow", "pandas", "plotly")


class Level(StrEnum):
    """How bad a finding is. Only `bad` makes `lakefront doctor` exit 1."""

    OK = "ok"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """What one check saw, and what mends it."""

    check: str
    level: Level
    what: str
    fix: str = ""


def examine(settings: Settings) -> Iterator[Finding]:
    """Yield the finding of every check, as each is done."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _java,
        _memory,
        _disk,
        _home,
        _ports,
        _network,
        programs_here,
        grafana_here,
        _services,
    )
    for check in checks:
        yield from check(settings)


def _python(_: Settings) -> Iterator[Finding]:
    # An older Python cannot run this line: make says so before.
    what = f"Python {platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("python", Level.OK, what)


def _packages(_: Settings) -> Iterator[Finding]:
    versions: list[str] = []
    for name in _PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            yield Finding("packages", Level.BAD, f"{name} is not installed", "run `make setup`")
    yield Finding("packages", Level.OK, ", ".join(versions))


def _java(_: Settings) -> Iterator[Finding]:
    try:
        yield Finding("java", Level.OK, java_version())
    except (OSError, ValueError) as error:
        yield Finding("java", Level.BAD, f"the Java runtime does not start: {error}", "run `make clean setup`")


def _memory(settings: Settings) -> Iterator[Finding]:
    total = psutil.virtual_memory().total // 1_000_000
    wanted = needed_memory_mb(local_services(settings))
    if total < wanted:
        fix = "leave something out (`lakefront up --without superset`) or lower [stack.memory] trino_heap"
        yield Finding("memory", Level.BAD, f"{total:,} MB, and the whole stack needs about {wanted:,} MB", fix)
    else:
        yield Finding("memory", Level.OK, f"{total:,} MB, the whole stack needs about {wanted:,} MB")


def _disk(settings: Settings) -> Iterator[Finding]:
    wanted = sum(component(name).disk_mb for name in local_services(settings))
    free = free_mb(settings.cache)
    installed = (settings.cache / "servers").exists()
    level = Level.OK if free >= wanted or installed else Level.BAD
    what = f"{free:,} MB free for {settings.cache}, the software needs about {wanted:,} MB"
    yield Finding("disk", level, what, "" if level is Level.OK else "free some space or set LAKEFRONT_CACHE")


def _home(settings: Settings) -> Iterator[Finding]:
    root = settings.home.root
    existing = next(item for item in (root, *root.parents) if item.exists())
    if not os.access(existing, os.W_OK):
        yield Finding("home", Level.BAD, f"{existing} cannot be written", "change its rights, or use --home DIR")
    elif settings.home.secrets_file.exists() and settings.home.secrets_file.stat().st_mode & 0o077:
        fix = f"chmod 600 {settings.home.secrets_file}"
        yield Finding("home", Level.BAD, "the secrets file can be read by other users", fix)
    else:
        yield Finding("home", Level.OK, str(root))


def _ports(settings: Settings) -> Iterator[Finding]:
    state = read_state(settings.home.state_file)
    taken = 0
    for name in local_services(settings):
        port = settings.ports.get(name) or getattr(settings.manifest.stack.ports, name)
        if state.runs(name) or is_free(port):
            continue
        taken += 1
        fix = f"end it, change [stack.ports] {name}, or use `lakefront up --ports auto`"
        yield Finding("ports", Level.BAD, f"port {port} of {name} is held by {holder(port)}", fix)
    if not taken:
        yield Finding("ports", Level.OK, "all are free or our own")


def _network(settings: Settings) -> Iterator[Finding]:
    addresses = [settings.maven_repository] if settings.maven_repository else list(MavenContext().remote_repos.values())
    for address in addresses:
        try:
            requests.head(str(address), timeout=5)
        except requests.RequestException as error:
            level = Level.WARNING if (settings.cache / "servers").exists() else Level.BAD
            what = f"the Maven repository cannot be reached ({type(error).__name__})"
            yield Finding("network", level, what, "check the network or HTTPS_PROXY, or set LAKEFRONT_MAVEN_REPOSITORY")
        else:
            yield Finding("network", Level.OK, "the Maven repository can be reached")


def programs_here(settings: Settings) -> Iterator[Finding]:
    """Tell of the programs of `--with ops` that no package registry of ours has."""
    for name in PROGRAMS:
        if settings.service(name).external:
            continue
        path = program(settings, name)
        if path:
            yield Finding("programs", Level.OK, f"{name}: {path}")
        else:
            yield Finding("programs", Level.WARNING, *_apart(missing(name)(settings)))
    tool = shutil.which("promtool", path=settings.environ.get("PATH"))
    if tool:
        yield Finding("programs", Level.OK, f"promtool: {tool}")
    else:
        what = "there is no promtool here: `lakefront grafana validate` does not read PromQL"
        yield Finding("programs", Level.WARNING, what, "`apt install prometheus`, or put its folder on the path")


def grafana_here(settings: Settings) -> Iterator[Finding]:
    """Tell whether a Grafana can be started here, and what it lacks."""
    if settings.service("grafana").external:
        return  # `_services` asks it
    try:
        folder = grafana_home.found(settings)
    except LakefrontError as error:
        yield Finding("grafana", Level.BAD, f"{error.where}: {error.what}", error.fix)
        return
    if folder is None:
        yield Finding("grafana", Level.WARNING, *_apart(grafana_home.missing(settings)))
        return
    yield Finding("grafana", Level.OK, str(folder))
    for plugin in missing_plugins(settings):
        what = f"Grafana has no plugin {plugin}: panels that need it show nothing"
        fix = f"`lakefront up --with ops` fetches it where it can; or unpack it into {plugins_folder(settings)}"
        yield Finding("grafana", Level.WARNING, what, fix)


def _apart(reason: str | None) -> tuple[str, str]:
    """Return what `Component.missing` tells, as what is so and how to mend it."""
    what, _, fix = str(reason).partition(": ")
    return what, fix


def _services(settings: Settings) -> Iterator[Finding]:
    state = read_state(settings.home.state_file)
    started = [item for item in COMPONENTS if settings.service(item.name).external or state.runs(item.name)]
    if not started:
        yield Finding("services", Level.OK, "nothing runs now; `lakefront up` starts it")
    for item in started:
        try:
            problem = item.probe(settings)
        except LakefrontError as error:
            problem = error.what
        if problem:
            fix = f"read `lakefront logs {item.name}`, or correct its address in lakefront.toml"
            yield Finding("services", Level.BAD, f"{item.name}: {problem}", fix)
        else:
            yield Finding("services", Level.OK, f"{item.name} answers at {settings.service(item.name).url}")
