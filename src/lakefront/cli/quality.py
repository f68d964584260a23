"""`lakefront quality`: the quality rules of the models, on the command line."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import click

from lakefront.cli.context import Context
from lakefront.cli.output import format_option, print_rows
from lakefront.config import Settings
from lakefront.errors import BadInputError, PartlyDoneError
from lakefront.semantic.quality.bind import BoundRule
from lakefront.semantic.quality.load import load_rules
from lakefront.semantic.quality.run import Finding, Run, Status, run_rules
from lakefront.semantic.quality.store import RESULTS_TABLE, has_results, split_name, store
from lakefront.stack.component import Report
from lakefront.trino import Trino

_FOUND: Final = ("status", "severity", "dataset", "rule", "failing_rows", "checked_rows", "bound", "seen", "owner")
_LISTED: Final = ("dataset", "rule", "columns", "bound", "severity", "owner", "description")
_STATEMENT_SECONDS: Final = 600.0

_dataset_option = click.option("--dataset", metavar="NAME", help="The rules of this dataset only.")


@click.group()
def quality() -> None:
    """Quality rules of the datasets: list them, run them, keep what they find.

    Example: lakefront quality run
    """


@quality.command(name="list")
@_dataset_option
@format_option
@click.pass_obj
def list_rules(context: Context, dataset: str | None, output_format: str) -> None:
    """List the rules, with what they ask, their severity and owner.

    Example: lakefront quality list --dataset orders
    """
    rules = load_rules(context.settings.part("semantic_layer"), dataset=dataset)
    print_rows(context.console, [_listed(rule, output_format) for rule in rules], _LISTED, output_format)


@quality.command()
@_dataset_option
@click.option("--now", metavar="TIME", help="Reference time in ISO form (default: the clock; the sample's last day).")
@click.option("--all", "show_all", is_flag=True, help="Show passed rules, too.")
@click.option("--results", metavar="SCHEMA.TABLE", default=RESULTS_TABLE, show_default=True, help="Where to keep them.")
@click.option("--no-store", is_flag=True, help="Keep nothing.")
@format_option
@click.pass_obj
def run(
    context: Context,
    *,
    dataset: str | None,
    now: str | None,
    show_all: bool,
    results: str,
    no_store: bool,
    output_format: str,
) -> int:
    """Run the rules on Trino, print those that failed, keep all results in an Iceberg table.

    Exits 1 when a rule of severity error failed, 5 when one could not be run. Rules over a part of the stack that does
    not run are skipped, and counted.

    Example: lakefront quality run --dataset orders --now 2026-10-31T23:59:59Z
    """
    settings = context.settings
    moment = reference_time(settings, now)
    split_name(results)  # told before a long run, not after
    rules = load_rules(settings.part("semantic_layer"), settings.schemas, dataset=dataset)
    trino = Trino.from_settings(settings, source="lakefront-quality", timeout=_STATEMENT_SECONDS)
    with context.console_err.status("compiling") as status:
        done = run_rules(
            trino, rules, moment, lambda name, at, total: status.update(f"{name} (query {at + 1} of {total})")
        )
    shown = [finding for finding in done.findings if show_all or finding.status is not Status.PASSED]
    if shown or output_format != "table":
        print_rows(context.console, [_found(finding, output_format) for finding in shown], _FOUND, output_format)
    if not no_store:  # after printing: a table that cannot be written to must not hide what was found
        store(trino, done, catalog=settings.env.iceberg_catalog, table=results)
    context.console_err.print(_summary(done, None if no_store else settings.schemas.table(results)))
    return exit_code(done)


def check_once(settings: Settings, report: Report) -> str | None:
    """Run all rules where no result of them is kept yet, and keep it. Return what was found, None if there is one."""
    trino = Trino.from_settings(settings, source="lakefront-quality", timeout=_STATEMENT_SECONDS)
    catalog = settings.env.iceberg_catalog
    if has_results(trino, catalog=catalog):
        return None
    rules = load_rules(settings.part("semantic_layer"), settings.schemas)
    done = run_rules(trino, rules, reference_time(settings, None), report)
    store(trino, done, catalog=catalog)
    return _counts(done)


def reference_time(settings: Settings, text: str | None) -> dt.datetime:
    """Return what a run takes for now.

    It is `text` if given; where the lake is our own local one, the end of the sample's last day; else the clock.
    A day means its end. Raises BadInputError (`bad-time`).
    """
    if text is not None:
        try:
            if len(text) == len("2026-10-31"):
                return _end_of(dt.date.fromisoformat(text))
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            raise BadInputError(
                "bad-time", f"--now: '{text}' is not a time", fix="write 2026-10-31 or 2026-10-31T08:00:00Z"
            ) from None
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    if settings.service("trino").external:
        return dt.datetime.now(dt.UTC)
    return _end_of(settings.manifest.sample.until)


def _end_of(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.max, tzinfo=dt.UTC)


def _listed(rule: BoundRule, output_format: str) -> dict[str, Any]:
    columns = list(rule.columns)
    return {
        "dataset": rule.dataset.name,
        "rule": rule.name,
        "kind": str(rule.kind),
        "columns": columns if output_format == "json" else ", ".join(columns),
        "bound": rule.bound,
        "severity": str(rule.severity),
        "owner": rule.owner,
        "description": " ".join((rule.rule.description or "").split()) or None,
    }


def _found(finding: Finding, output_format: str) -> dict[str, Any]:
    row = _listed(finding.rule, output_format)
    keys = ", ".join(finding.sample_keys)
    return {
        **row,
        "status": str(finding.status),
        "failing_rows": finding.failing_rows,
        "checked_rows": finding.checked_rows,
        "share": finding.share,
        "observed": finding.observed,
        "sample_keys": list(finding.sample_keys),
        "seen": finding.observed or (f"e.g. {keys}" if keys else None),
        "duration_ms": finding.duration_ms,
    }


def _summary(done: Run, kept_in: str | None) -> str:
    skipped = [finding for finding in done.findings if finding.status is Status.SKIPPED]
    kept = f"; kept in {kept_in}, run_id {done.run_id}" if kept_in and done.findings else ""
    why = "".join(f"\nskipped: {reason}" for reason in dict.fromkeys(finding.observed for finding in skipped))
    return f"{_counts(done)}, as of {done.now:%Y-%m-%d %H:%M:%S %Z}{kept}{why}"


def _counts(done: Run) -> str:
    failed = sum(finding.fails_the_run for finding in done.findings)
    warned = sum(finding.status is Status.FAILED for finding in done.findings) - failed
    missing = [finding for finding in done.findings if finding.status is Status.NOT_RUN]
    parts = [f"{len(done.findings)} rules", f"{failed} failed", f"{warned} warnings"]
    parts += [f"{len(missing)} could not be run"] if missing else []
    skipped = [finding for finding in done.findings if finding.status is Status.SKIPPED]
    parts += [f"{len(skipped)} skipped"] if skipped else []
    return ", ".join(parts)


def exit_code(done: Run) -> int:
    """Return 1 if a rule of severity error failed, else 5 if one could not be run or all were skipped, else 0."""
    if any(finding.fails_the_run for finding in done.findings):
        return 1
    seen = {finding.status for finding in done.findings}
    if Status.NOT_RUN in seen or seen == {Status.SKIPPED}:
        return PartlyDoneError.exit_code
    return 0
