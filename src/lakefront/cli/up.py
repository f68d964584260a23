"""`lakefront up`."""

from __future__ import annotations

import signal
from collections.abc import Sequence

import click

from lakefront.cli.context import Context
from lakefront.cli.display import Display, Line
from lakefront.cli.jobs import Job
from lakefront.config import Settings
from lakefront.errors import PartlyDoneError
from lakefront.grafana.apply import apply as apply_dashboards
from lakefront.grafana.client import LOCAL_ADMIN, grafana_token
from lakefront.semantic import layer_here
from lakefront.semantic.rollup.refresh import pick, refresh
from lakefront.stack import control, preflight
from lakefront.stack.component import Report
from lakefront.stack.grafana import missing_plugins
from lakefront.stack.state import Phase, StackState, read_state
from lakefront.superset.apply import apply
from lakefront.trino import Trino

_LAKE = ("objects", "catalog", "trino")


@click.command()
@click.option("--only", metavar="A,B", default="", help="Start these components only.")
@click.option("--without", metavar="A,B", default="", help="Start all but these components.")
@click.option("--with", "also", metavar="A,B", default="", help="Start these optional components, too: ops.")
@click.option(
    "--ports",
    type=click.Choice(["fixed", "auto"]),
    default="fixed",
    show_default=True,
    help="The manifest's ports, or free ones.",
)
@click.option("--no-seed", is_flag=True, help="Do not make sample data.")
@click.pass_obj
def up(context: Context, *, only: str, without: str, also: str, ports: str, no_seed: bool) -> None:
    """Start what is missing of the local stack, fill it with sample data, import the dashboards.

    Running it again is harmless: what runs goes on, what is there is kept.

    `ops` is OpenSearch with Trino's audit log and all logs, and Prometheus and Grafana where this machine has them;
    [stack] with = ["ops"] in lakefront.toml has it started always. Where GRAFANA_URL names a Grafana, dashboards are
    applied to that one.

    Example: lakefront up --with ops
    """
    settings = context.settings
    chosen = (_names(only), _names(without), _names(also))
    names = control.select(settings, *chosen)
    given_grafana = "grafana" in control.wanted(settings, *chosen) and settings.service("grafana").external
    if given_grafana:
        grafana_token(settings)  # without it, nothing can be applied: told before anything is started
    names, left_out = control.startable(settings, names, [*_names(only), *_names(also)])
    for name, why in left_out.items():
        context.console_err.print(f"{name}: left out, {why}")
    renewed = control.renewed(settings, names)
    if renewed:
        context.console_err.print(f"{', '.join(renewed)}: will be started anew; what it is doing now is cut short")
    was_running = read_state(settings.home.state_file).supervised
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # both ways of interrupting end tidily
    try:
        preflight.require(settings, names)
        settings = control.begin(settings, names, auto_ports=ports == "auto")
        jobs = _jobs(settings, names, with_seed=not no_seed)
        _follow(context, settings, [*names, *(name for name in renewed if name not in names)], jobs)
    except KeyboardInterrupt:
        raise _interrupted(context, settings, was_running=was_running) from None
    _say_where(context, settings, names)
    afterwards = _jobs_afterwards(settings, names, with_seed=not no_seed, given_grafana=given_grafana)
    try:
        # Nobody has to wait for these before looking around.
        if afterwards:
            _follow(context, settings, (), afterwards)
    except KeyboardInterrupt:
        raise PartlyDoneError(
            "interrupted",
            f"interrupted before this was done: {', '.join(job.title for job in afterwards if not job.done)};"
            " everything else is there and runs on",
            fix="run `lakefront up` again",
        ) from None


def _names(value: str) -> list[str]:
    return [name.strip() for name in value.split(",") if name.strip()]


def _jobs(settings: Settings, names: Sequence[str], *, with_seed: bool) -> list[Job]:
    jobs: list[Job] = []
    # Sample data goes into a lake that is all ours; `lakefront seed --yes` fills another one.
    if with_seed and all(name in names for name in _LAKE):
        jobs.append(Job("seed", "Sample data", _LAKE, lambda report: _seed(settings, report)))
        jobs.append(Job("rollups", "Rollups", _LAKE, lambda report: _refresh(settings, report), after=("seed",)))
        jobs.append(Job("duplicates", "Duplicates", _LAKE, lambda report: _look(settings, report), after=("seed",)))
    if settings.manifest.stack.access == "policies" and all(name in names for name in _LAKE):
        made = tuple(job.name for job in jobs)
        jobs.append(Job("policies", "Access rules", _LAKE, lambda report: _publish(settings, report), after=made))
    if "superset" in names:
        needs = tuple(name for name in ("trino", "superset") if name in names)
        jobs.append(Job("dashboards", "Dashboards", needs, lambda report: _apply(settings, report)))
    return jobs


def _jobs_afterwards(settings: Settings, names: Sequence[str], *, with_seed: bool, given_grafana: bool) -> list[Job]:
    jobs: list[Job] = []
    if with_seed and all(name in names for name in _LAKE):
        jobs.append(Job("quality", "Quality rules", _LAKE, lambda report: _check(settings, report)))
    if given_grafana:
        # Last, so that a Grafana that is away stops nothing else.
        made = tuple(job.name for job in jobs)
        jobs.append(Job("to-grafana", "Grafana", (), lambda report: _apply_to_grafana(settings, report), after=made))
    return jobs


def _seed(settings: Settings, report: Report) -> str:
    from lakefront.sample.seed import seed  # noqa: PLC0415 - loads the media libraries: not before the servers start

    made = [item for item in seed(settings, report) if item.created]
    return f"{sum(item.rows for item in made):,} rows in {len(made)} tables" if made else "already there"


def _refresh(settings: Settings, report: Report) -> str:
    layouts = pick(layer_here(settings), ())
    trino = Trino.from_settings(settings, source="lakefront-refresh")
    made = list(refresh(trino, layouts, catalog=settings.env.iceberg_catalog, report=report))
    renewed = [item for item in made if item.mode != "current"]
    return f"{len(renewed)} of {len(made)} renewed" if renewed else "current"


def _look(settings: Settings, report: Report) -> str:
    # Loads the catalog's client, as the seed does.
    from lakefront.cli.media_duplicates import in_words, look_for_duplicates  # noqa: PLC0415

    found = look_for_duplicates(settings, report)
    return "known" if found and not found.changed else in_words(found)


def _check(settings: Settings, report: Report) -> str:
    from lakefront.cli.quality import check_once  # noqa: PLC0415 - read when its time has come, as the seed is

    found = check_once(settings, report)
    return "ran before" if found is None else found


def _publish(settings: Settings, report: Report) -> str:
    from lakefront.cli.policy_publish import publish  # noqa: PLC0415 - loads the catalog's client, as the seed does

    report("looking at the columns of tables")
    made = publish(settings)
    return f"{made.groups} groups of people" + ("" if made.followed else ", not read by Trino yet")


def _apply(settings: Settings, report: Report) -> str:
    applied = apply(settings, report)
    return f"{len(applied.dashboards)} in Superset"


def _apply_to_grafana(settings: Settings, report: Report) -> str:
    applied = apply_dashboards(settings, report)
    return "; ".join([f"{len(applied.dashboards)} dashboards", *applied.plan.warnings])


def _follow(context: Context, settings: Settings, names: Sequence[str], jobs: Sequence[Job]) -> None:
    with Display(context.console_err) as display:
        for state in control.follow(settings, names):
            display.update(_lines(state, names, jobs))
            done = {job.name: job.done for job in jobs}
            for job in jobs:
                if job.error:
                    raise job.error
                if control.all_ready(state, job.needs) and all(done[name] for name in job.after):
                    job.start_once()
            if control.all_ready(state, names) and all(job.done for job in jobs):
                display.update(_lines(state, names, jobs))
                return


def _lines(state: StackState, names: Sequence[str], jobs: Sequence[Job]) -> list[Line]:
    components = [
        Line.of(item) for item in state.components.values() if item.name in names or item.phase is Phase.EXTERNAL
    ]
    return [*components, *(job.line for job in jobs)]


def _interrupted(context: Context, settings: Settings, *, was_running: bool) -> PartlyDoneError:
    if was_running:
        return PartlyDoneError(
            "interrupted", "interrupted; what was running before still runs", fix="run `lakefront up` again"
        )
    with context.console_err.status("interrupted, stopping what was started"):
        control.stop(settings)
    return PartlyDoneError(
        "interrupted",
        "interrupted; what had been started is stopped, downloads and data are kept",
        fix="run `lakefront up` again",
    )


def _say_where(context: Context, settings: Settings, names: Sequence[str]) -> None:
    hints = {
        "superset": "user admin, password by `lakefront password`",
        "explorer": "images, audio and video",
        "trino": _trino_hint(settings),
        "opensearch": "logs of all parts, and who asked Trino what",
        "prometheus": "figures of all parts",
        "grafana": _grafana_hint(settings),
    }
    shown = [name for name in hints if settings.service(name).external or name in names]
    width = max(map(len, shown), default=0)
    for name in shown:
        context.console.print(f"{name:<{width}}  {settings.service(name).url}  ({hints[name]})")


def _grafana_hint(settings: Settings) -> str:
    if settings.service("grafana").external:
        return "dashboards of the operations"
    lacking = missing_plugins(settings)
    without = f"; no data of {', '.join(lacking)}: see `lakefront doctor`" if lacking else ""
    return f"user {LOCAL_ADMIN}, password by `lakefront password --of grafana`{without}"


def _trino_hint(settings: Settings) -> str:
    if settings.manifest.stack.access == "open" or settings.service("trino").external:
        return "SQL, any user name"
    return "SQL, as a person of the policies"
