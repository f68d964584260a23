"""An edit that was made in Grafana -> the same edit of the definition, comments and layout of the file kept.

Only what a definition can say is carried over. Whether that is all of the edit is seen by compiling the result again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from ruamel.yaml import YAML

from lakefront.config import LookTable
from lakefront.grafana.dashboard import TAG, numbers_of
from lakefront.grafana.model import Dashboard, Kind
from lakefront.grafana.panels import KINDS_OF
from lakefront.versions.merge import Leaf
from lakefront.versions.plain import listed, mapping

_DEFAULTS: Final = ("unit", "decimals", "min", "max")
_SIZES: Final = {"w": "width", "h": "height"}
_QUERIES: Final = {"expr": "promql", "legendFormat": "legend", "rawSQL": "sql", "query": "lucene"}
Json = dict[str, Any]


def rewritten(text: str, said: Dashboard, live: Mapping[str, Any], leaves: Iterable[Leaf], look: LookTable) -> str:
    """Return the text of a definition with edits. `live`: as Grafana has the dashboard; `leaves`: what was edited."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    tree = yaml.load(text)
    _Rewriter(tree, said, live, look).carry_over(leaves)
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue()


class _Rewriter:
    def __init__(self, tree: Any, said: Dashboard, live: Mapping[str, Any], look: LookTable) -> None:
        self.tree = tree
        self.live = live
        self.look = look
        self.panels: dict[str, Any] = {}
        numbers = iter(numbers_of(said))
        for row in tree["rows"]:
            for panel in row["panels"]:
                self.panels[str(next(numbers))] = panel
        self.live_panels = {str(panel.get("id")): panel for panel in _panels(live)}

    def carry_over(self, leaves: Iterable[Leaf]) -> None:
        """Edit the tree."""
        moved = False
        for leaf in leaves:
            if leaf.path[0] == "panels" and len(leaf.path) > 1:
                moved |= "gridPos" in leaf.path
                self._panel(leaf.path[1], leaf.path[2:])
            else:
                self._top(leaf.path)
        if moved:
            self._order()

    def _top(self, path: tuple[str, ...]) -> None:
        key = path[0]
        if key in ("title", "description", "refresh"):
            _set(self.tree, key, self.live.get(key) or None)
        elif key == "tags":
            _set(self.tree, "tags", [tag for tag in listed(self.live.get("tags")) if tag != TAG])
        elif key == "time":
            time = mapping(self.live.get("time"))
            for name, word in (("since", "from"), ("until", "to")):
                if time.get(word) and (name == "since" or time[word] != "now" or name in self.tree["time"]):
                    self.tree["time"][name] = time[word]

    def _panel(self, number: str, path: tuple[str, ...]) -> None:
        panel, live = self.panels.get(number), self.live_panels.get(number)
        if panel is None:
            return
        if live is None:
            self._remove(number)
            return
        key = path[0] if path else ""
        if key in ("title", "description"):
            if key == "title":
                panel.setdefault("id", int(number))  # by itself, it would be made of the new title
            _set(panel, key, live.get(key))
        elif key == "type" and live.get("type") in KINDS_OF:
            panel["kind"] = KINDS_OF[str(live["type"])].value
        elif key == "gridPos":
            for word, name in _SIZES.items():
                panel[name] = mapping(live.get("gridPos")).get(word, panel.get(name))
        elif path[:2] == ("fieldConfig", "defaults") and len(path) > 2:
            self._default(panel, live, path[2])
        elif key == "targets" and len(path) > 2:
            self._query(panel, live, path[1], path[2])

    def _default(self, panel: Any, live: Mapping[str, Any], key: str) -> None:
        defaults = mapping(mapping(live.get("fieldConfig")).get("defaults"))
        if key in _DEFAULTS and not (key == "min" and panel["kind"] == Kind.TIMESERIES and defaults.get("min") == 0):
            _set(panel, key, defaults.get(key))
        elif key == "thresholds":
            said = self._thresholds(listed(mapping(defaults.get("thresholds")).get("steps")))
            if said is not None:
                _set(panel, "thresholds", said or None)

    def _thresholds(self, steps: list[Any]) -> Json | None:
        """Return steps in the words of a definition; None where it has no words for them."""
        colours = {self.look.good: "good", self.look.warning: "warning", self.look.bad: "bad"}
        named = [(colours.get(str(step.get("color"))), step.get("value")) for step in map(mapping, steps)]
        words = [word for word, _ in named]
        if words in (["good", "warning", "bad"], ["good", "warning"], ["good", "bad"]):
            return {str(word): value for word, value in named[1:]}
        if words and words[-1] == "good" and None not in words:
            # From below, each bound belongs to the colour that is under it.
            bounds = {str(words[n]): named[n + 1][1] for n in range(len(named) - 1)}
            return {**bounds, "falling": True}
        return None

    def _query(self, panel: Any, live: Mapping[str, Any], letter: str, key: str) -> None:
        place = ord(letter[:1]) - ord("A")
        targets = {str(mapping(item).get("refId")): mapping(item) for item in listed(live.get("targets"))}
        queries = cast("list[Any]", panel.get("queries") or [])
        if key not in _QUERIES or letter not in targets or not 0 <= place < len(queries):
            return
        query, value = queries[place], targets[letter].get(key)
        name = _QUERIES[key]
        if name == "legend":
            _set(query, "legend", value if value != "__auto" else None)
        elif name == "lucene" and "lucene" in query:
            query["lucene"]["search"] = re.sub(r"\$\{(\w+):raw\}", r"$\1", str(value))
        elif name in query:
            query[name] = re.sub(r"\$\{(\w+):sqlstring\}", r"$\1", str(value)) if name == "sql" else value

    def _remove(self, number: str) -> None:
        gone = self.panels.pop(number)
        for row in list(self.tree["rows"]):
            for place, panel in enumerate(list(row["panels"])):
                if panel is gone:
                    del row["panels"][place]
            if not row["panels"]:
                self.tree["rows"].remove(row)

    def _order(self) -> None:
        """Put the panels of each row into the order in which they stand in Grafana."""
        numbers = {id(panel): number for number, panel in self.panels.items()}

        def place(panel: Any) -> tuple[int, int]:
            grid = mapping(mapping(self.live_panels.get(numbers.get(id(panel), ""))).get("gridPos"))
            return (int(grid.get("y") or 0), int(grid.get("x") or 0))

        for row in self.tree["rows"]:
            ordered = sorted(row["panels"], key=place)
            if [id(panel) for panel in ordered] != [id(panel) for panel in row["panels"]]:
                row["panels"][:] = ordered


def _panels(dashboard: Mapping[str, Any]) -> list[Json]:
    found: list[Json] = []
    for item in listed(dashboard.get("panels")):
        found += [mapping(item), *(cast("list[Json]", mapping(item).get("panels") or []))]
    return found


def _set(node: Any, key: str, value: Any) -> None:
    if value is None:
        node.pop(key, None)
    else:
        node[key] = value
