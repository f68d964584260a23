"""Rules about recorded series: those that are asked for are calculated."""

from __future__ import annotations

from collections.abc import Iterator

from lakefront.errors import did_you_mean
from lakefront.grafana.recording_model import recorded_names
from lakefront.grafana.validate.problem import Problem
from lakefront.grafana.validate.rule import Bundle, Here, Rule


class Recorded(Rule):
    """A panel or an alert of a series that nobody calculates is empty for ever."""

    name = "recorded"
    about = "Each series `level:metric:operation` that is asked for is one of recording/*.yml, and is there once."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        known = set[str]()
        for here, rule, _ in bundle.recorded():
            if rule.name in known:
                yield self.broken(f"'{rule.name}' is recorded twice", here.at("name"), "remove one", here.accepted)
            known.add(rule.name)
        for here, key, promql in _asked(bundle):
            for name in sorted(recorded_names(promql) - known):
                what = f"nothing records '{name}'.{did_you_mean(name, known)}"
                fix = "record it in recording/*.yml, or correct its name"
                yield self.broken(what, here.at(*key), fix, here.accepted)


def _asked(bundle: Bundle) -> Iterator[tuple[Here, tuple[str | int, ...], str]]:
    for here, panel, _ in bundle.panels():
        for number, query in enumerate(panel.queries):
            if query.promql:
                yield here, ("queries", number, "promql"), query.promql
    for here, variable, _ in bundle.variables():
        if variable.promql:
            yield here, ("promql",), variable.promql
    for here, rule, _ in bundle.alerts():
        if rule.promql:
            yield here, ("promql",), rule.promql
    for here, rule, _ in bundle.recorded():
        yield here, ("promql",), rule.promql
