"""Rules about alerts: pages that help, texts that Grafana does not change, windows that fit."""

from __future__ import annotations

from collections.abc import Iterator

from lakefront.grafana.alerts import seconds
from lakefront.grafana.validate.problem import Problem, Severity
from lakefront.grafana.validate.rule import Bundle, Rule


class Runbooks(Rule):
    """Who is woken up needs to be told what to do."""

    name = "runbook"
    about = "The page that an alert links exists, as docs/operations/runbooks/NAME.md."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, rule, _ in bundle.alerts():
            page = bundle.runbooks / f"{rule.runbook}.md"
            if not page.is_file():
                what = f"there is no page for '{rule.title}'"
                yield self.broken(what, here.at("runbook"), f"write {page.name} in {bundle.runbooks}", here.accepted)


class NoDollar(Rule):
    """Grafana replaces `$NAME` in provisioned files by its environment."""

    name = "alert-dollar"
    about = "No query, text or label of an alert has a `$`; labels are {{ .Labels.job }}."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, rule, _ in bundle.alerts():
            texts = {
                "promql": rule.promql, "search": rule.search, "sql": rule.sql, "title": rule.title,
                "summary": rule.summary, "description": rule.description, **rule.labels,
            }  # fmt: skip
            for key, text in texts.items():
                if text and "$" in text:
                    yield self.broken(
                        f"`{key}` of '{rule.title}' has a $, which Grafana replaces by its environment", here.at(key),
                        "write {{ .Labels.name }} and {{ .Value }}; in SQL, now() and intervals", here.accepted,
                    )  # fmt: skip


class UniqueAlerts(Rule):
    """Grafana refuses a file in which a uid is twice."""

    name = "unique-alert"
    about = "Alerts have uids and titles of their own."

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        seen = set[str]()
        for here, rule, _ in bundle.alerts():
            for key, value in (("uid", rule.uid), ("title", rule.title)):
                if f"{key}:{value}" in seen:
                    yield self.broken(f"another alert has the {key} '{value}'", here.at(key), "give this one its own")
                seen.add(f"{key}:{value}")


class Intervals(Rule):
    """Grafana refuses a `for` that is no multiple of how often the group is looked at."""

    name = "alert-interval"
    about = "An alert lasts for whole steps of its group, and is shown by a dashboard."
    severity = Severity.WARNING

    def check(self, bundle: Bundle) -> Iterator[Problem]:
        for here, rule, file in bundle.alerts():
            if seconds(rule.lasting) % seconds(file.every):
                what = f"'{rule.title}' lasts {rule.lasting}, and the group is looked at each {file.every}"
                yield self.broken(what, here.at("lasting"), "make it a multiple", here.accepted)
            if not rule.dashboard:
                what = f"no dashboard shows what '{rule.title}' is about"
                yield self.broken(what, here.at("title"), "add `dashboard:` and `panel:`", here.accepted)
