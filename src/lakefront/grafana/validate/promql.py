"""PromQL is read by promtool, Prometheus' own checker, where it is installed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from lakefront.errors import Location
from lakefront.grafana.alerts import seconds
from lakefront.grafana.asking import interpolate
from lakefront.grafana.asking.interpolate import Chosen, choices
from lakefront.grafana.model import Accepted
from lakefront.grafana.validate.problem import Problem
from lakefront.grafana.validate.rule import Bundle, Rule

_TIMEOUT: Final = 60
#: promtool names the rule that it refuses by its group and number.
_REFUSED: Final = re.compile(r'group "(?P<group>[^"]+)", rule (?P<rule>\d+), "[^"]*": (?P<says>.+)')


def promtool() -> str | None:
    """Return the path of promtool; None where it is not installed."""
    return shutil.which("promtool")


class PromQl(Rule):
    """PromQL that cannot be read shows an empty panel."""

    name = "promql"
    about = (
        "All PromQL of panels, variables, alerts and recording rules can be read, as promtool says;"
        " told when that is not installed."
    )

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        tool = promtool()
        if tool is None:
            return
        asked = list(_queries(bundle))
        for number, says in _refused(tool, [text for text, _, _ in asked]):
            text, where, accepted = asked[number]
            yield self.broken(f"{says}: {text}", where, "correct the PromQL", accepted)


def _queries(bundle: Bundle) -> Iterator[tuple[str, Location, tuple[Accepted, ...]]]:
    now = interpolate.dt.datetime.now(interpolate.dt.UTC)
    chosen = {said.uid: next(choices(said, now, bundle.tables.each)) for _, said in bundle.definitions.dashboards}
    for here, panel, said in bundle.panels():
        for number, query in enumerate(panel.queries):
            if query.promql:
                where = here.at("queries", number, "promql")
                yield interpolate.promql(query.promql, chosen[said.uid]), where, here.accepted
    for here, rule, _ in bundle.alerts():
        if rule.promql:
            window = interpolate.dt.timedelta(seconds=seconds(rule.window))
            yield interpolate.promql(rule.promql, Chosen(now - window, now)), here.at("promql"), here.accepted
    for here, rule, _ in bundle.recorded():
        yield rule.promql, here.at("promql"), here.accepted
    for source, said in bundle.definitions.dashboards:
        if said.present_when:
            yield said.present_when, source.at_value(("present_when",)), said.accept
        for number, row in enumerate(said.rows):
            if row.present_when:
                yield row.present_when, source.at_value(("rows", number, "present_when")), said.accept


def _refused(tool: str, queries: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the numbers of queries that promtool refuses, and what it says."""
    if not queries:
        return
    rules: list[dict[str, Any]] = [
        {"record": "checked", "expr": text, "labels": {"n": str(n)}} for n, text in enumerate(queries)
    ]
    groups = {"groups": [{"name": "checked", "rules": rules}]}
    with tempfile.TemporaryDirectory(prefix="lakefront-") as folder:
        file = Path(folder) / "rules.json"
        file.write_text(json.dumps(groups), encoding="utf-8")
        done = subprocess.run(  # noqa: S603 - promtool itself, with fixed arguments
            [tool, "check", "rules", str(file)], capture_output=True, text=True, timeout=_TIMEOUT, check=False
        )
    for found in _REFUSED.finditer(done.stdout + done.stderr):
        yield int(found["rule"]) - 1, found["says"].removeprefix("could not parse expression: ").strip()
