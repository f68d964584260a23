"""Start, find and stop the supervisor of a home, from another process."""

from __future__ import annotations

import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from typing import Final

from lakefront.config import GROUPS, Settings, generate_secrets, local_services, parts, write_json
from lakefront.errors import BadInputError, CheckFailedError, UnreachableError, did_you_mean, from_dict
from lakefront.stack.ports import choose_ports
from lakefront.stack.process import Identity, end
from lakefront.stack.registry import COMPONENTS, component
from lakefront.stack.state import Phase, StackState, read_state
from lakefront.stack.supervisor import end_orphans, write_wanted

#: Seconds between two looks at what the supervisor, another process, wrote down: nothing tells of a change of a file.
_LOOK_EVERY: Final = 0.15


def select(settings: Settings, only: Sequence[str], without: Sequence[str], also: Sequence[str] = ()) -> list[str]:
    """Return the components to start here, in order.

    `also` are optional ones. Every name may be a group's. Raises BadInputError (`unknown-component`).
    """
    names = wanted(settings, only, without, also)
    return [item.name for item in COMPONENTS if item.name in names and not settings.service(item.name).external]


def wanted(settings: Settings, only: Sequence[str], without: Sequence[str], also: Sequence[str] = ()) -> set[str]:
    """Return the components that are asked for: to be started here, or given by address. Raises as `select`."""
    known = [item.name for item in COMPONENTS]
    for name in (*only, *without, *also):
        if name not in known and name not in GROUPS:
            raise BadInputError(
                "unknown-component",
                f"there is no component '{name}'.{did_you_mean(name, [*known, *GROUPS])}",
                fix=f"use one of: {', '.join([*known, *GROUPS])}",
            )
    otherwise = [*local_services(settings), *parts(settings.manifest.stack.with_)]
    return {*(parts(only) or otherwise), *parts(also)} - set(parts(without))


def startable(settings: Settings, names: Sequence[str], asked: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return those of the components that this machine can start, and of the others why not.

    `asked`: names that somebody has said, not a group's. Raises CheckFailedError (`component-missing`) for one of them.
    """
    reasons = {name: why for name in names if (why := component(name).missing(settings))}
    for name in reasons.keys() & set(asked):
        what, _, fix = reasons[name].partition(": ")
        raise CheckFailedError("component-missing", what, fix=fix)
    return [name for name in names if name not in reasons], reasons


def renewed(settings: Settings, names: Sequence[str]) -> list[str]:
    """Return the running components that starting the named ones will start anew, to configure them for those."""
    state = read_state(settings.home.state_file)
    joining = {name for name in names if name not in state.components} if state.supervised else set[str]()
    return [item.name for item in COMPONENTS if joining.intersection(item.beside) and state.runs(item.name)]


def begin(settings: Settings, names: Sequence[str], *, auto_ports: bool) -> Settings:
    """Have the named components run, starting a supervisor if none runs. Return settings with the ports in use.

    Raises BadInputError for a taken port; nothing is started then.
    """
    home = settings.home
    home.prepare()
    generate_secrets(home)
    state = read_state(home.state_file)
    if state.supervised:
        return _extend(settings, state, names, auto_ports=auto_ports)
    end_orphans(settings)
    ports = choose_ports(settings, names, auto=auto_ports)
    write_json(home.ports_file, ports)
    write_wanted(settings, names)
    home.state_file.unlink(missing_ok=True)
    settings = dataclasses.replace(settings, ports=ports)
    argv = (sys.executable, "-m", "lakefront.stack", str(settings.bundle), str(home.root), settings.env_name)
    log = (home.logs / "supervisor-crash.log").open("wb")
    with log:
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd=home.root,
            env=dict(settings.environ) or None,
        )  # fmt: skip
    deadline = time.monotonic() + 20
    while not home.state_file.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise UnreachableError(
                "supervisor-start", "the supervisor did not start", fix=f"read {home.logs / 'supervisor-crash.log'}"
            )
        time.sleep(_LOOK_EVERY)
    return settings


def _extend(settings: Settings, state: StackState, names: Sequence[str], *, auto_ports: bool) -> Settings:
    running = [name for name, item in state.components.items() if item.phase is not Phase.EXTERNAL]
    missing = [name for name in names if name not in running]
    ports = {**settings.home.ports()}
    if missing:
        ports |= choose_ports(settings, missing, auto=auto_ports)
        write_json(settings.home.ports_file, ports)
    failed = [name for name in names if name in running and state.components[name].phase is Phase.FAILED]
    if missing or failed:
        write_wanted(settings, [*running, *missing])
        supervisor = state.supervisor.process() if state.supervisor else None
        if supervisor:
            supervisor.send_signal(signal.SIGHUP)
            _await_wish(settings, state, [*missing, *failed])
    return dataclasses.replace(settings, ports=ports)


def _await_wish(settings: Settings, before: StackState, names: Sequence[str]) -> None:
    """Wait until the supervisor has taken up the named components, so that old failures are not seen as new ones."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        now = read_state(settings.home.state_file).components
        if all(name in now and now[name] != before.components.get(name) for name in names):
            return
        time.sleep(_LOOK_EVERY)


def follow(settings: Settings, names: Sequence[str]) -> Generator[StackState]:
    """Yield the stack's state, a few times a second, for as long as the caller wants it.

    Raises what the first failed component reported, or UnreachableError when the supervisor is gone.
    """
    while True:
        state = read_state(settings.home.state_file)
        yield state
        for name in names:
            item = state.components.get(name)
            if item and item.phase is Phase.FAILED and item.error:
                raise from_dict(item.error)
        if not state.supervised:
            raise UnreachableError(
                "supervisor-gone",
                "the supervisor has ended",
                fix="run `lakefront up` again; see `lakefront logs supervisor`",
            )
        time.sleep(_LOOK_EVERY)


def all_ready(state: StackState, names: Sequence[str]) -> bool:
    """Whether every named component is ready."""
    return all(name in state.components and state.components[name].phase is Phase.READY for name in names)


def stop(settings: Settings, *, within: float = 60.0) -> list[str]:
    """Stop everything that this home started. Return the names of what was running."""
    state = read_state(settings.home.state_file)
    running = [name for name in state.components if state.runs(name)]
    if state.supervisor and state.supervised:
        end_supervisor(state.supervisor, within=within)
    end_orphans(settings)
    return running


def end_supervisor(supervisor: Identity, *, within: float) -> None:
    """Ask the supervisor to stop its components and itself; force it after `within` seconds."""
    process = supervisor.process()
    if process is None:
        return
    process.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + within
    while supervisor.alive and time.monotonic() < deadline:
        time.sleep(_LOOK_EVERY)
    end(supervisor, within=5)


def needed_memory_mb(names: Sequence[str]) -> int:
    """Return what the named components need together, in MB."""
    return sum(component(name).memory_mb for name in names)
