"""What the receiver says of itself: health in words, and figures for Prometheus."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from prometheus_client import CollectorRegistry, Histogram, generate_latest

if TYPE_CHECKING:  # the intake counts by what is told here
    from lakefront.stack.audit.intake import Intake
    from lakefront.stack.audit.writer import Upkeep, Writer

_HELP: Final = {
    "accepted_total": "Events that were made safe.",
    "left_out_total": "Readiness checks of the stack itself, which are not kept.",
    "repeated_total": "Events that Trino sent again and that were there.",
    "refused_total": "Events that could not be made safe: Trino tries again.",
    "dead_letters_total": "What was sent and is no event.",
    "written_total": "Events that were added to the table.",
    "duplicates_total": "Events that were in the table before.",
    "commits_total": "Batches that were added to the table.",
    "failures_total": "Attempts to write that failed.",
    "upkeep_failures_total": "Attempts to put files together or drop old ones that failed.",
    "waiting": "Events in the spool.",
    "waiting_bytes": "Bytes in the spool.",
    "oldest_waiting_seconds": "Since when the oldest event waits.",
    "last_commit_seconds": "How long the last batch took.",
}


#: What people look at -> the source that its queries name. docs/operations/metrics.md
_PROGRAMS: Final = {"superset": "superset", "lakefront-explorer": "explorer", "grafana": "grafana"}


class DashboardQueries:
    """How long queries took that somebody waited for who looked at a dashboard or a page."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "lakefront_dashboard_query_seconds",
            "Duration of queries for a person who looks at a dashboard or a page.",
            ["program"],
            buckets=(0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 120),
            registry=self._registry,
        )

    def add(self, row: Mapping[str, Any]) -> None:
        """Count a query, if it is one of them and has ended."""
        program, took = _PROGRAMS.get(str(row.get("source"))), row.get("total_ms")
        if program and isinstance(took, int):
            self._seconds.labels(program).observe(took / 1000)

    def told(self) -> str:
        """Return the figures."""
        return generate_latest(self._registry).decode()


def health(intake: Intake, writer: Writer) -> dict[str, Any]:
    """Return the state: `ok`, `behind` (taken, but not written), or `full` (not taken: `taking` is false)."""
    problem = intake.problem or writer.done.problem
    return {
        "state": "full" if intake.problem else "behind" if problem else "ok",
        "taking": intake.problem is None,
        "problem": problem,
        "waiting": intake.spool.events,
        "waiting_bytes": intake.spool.size,
        "oldest_waiting_seconds": _age(intake.spool.oldest),
        "dead_letters": intake.dead_letters.count,
    }


def metrics(intake: Intake, writer: Writer, upkeep: Upkeep) -> str:
    """Return the figures. https://prometheus.io/docs/instrumenting/exposition_formats/"""
    values = {
        "accepted_total": intake.accepted,
        "left_out_total": intake.left_out,
        "repeated_total": intake.repeated,
        "refused_total": intake.refused,
        "dead_letters_total": intake.dead_letters.count,
        "written_total": writer.done.events,
        "duplicates_total": writer.done.duplicates,
        "commits_total": writer.done.commits,
        "failures_total": writer.done.failures,
        "upkeep_failures_total": upkeep.failures,
        "waiting": intake.spool.events,
        "waiting_bytes": intake.spool.size,
        "oldest_waiting_seconds": _age(intake.spool.oldest),
        "last_commit_seconds": round(writer.done.last_commit_seconds, 3),
    }
    lines: list[str] = []
    for name, value in values.items():
        full = f"lakefront_audit_{name}"
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {full} {_HELP[name]}", f"# TYPE {full} {kind}", f"{full} {value}"]
    return "\n".join(lines) + "\n" + intake.waited_for.told()


def _age(since: float | None) -> float:
    return 0.0 if since is None else round(time.monotonic() - since, 3)
