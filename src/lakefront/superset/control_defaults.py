"""What Superset takes for each parameter that a chart leaves out: the defaults of the controls of its page.

A dashboard fills them in before it asks and draws, and Explore writes all of them down on every save. So a chart means
the same without them, and a change that is made by hand is small only where they are left out.

They are in Superset's JavaScript and nowhere else. `control_defaults.json` was read off the pages of Superset 6.1 by
`make chart-defaults`; browser tests compare it with them, and see that dashboards fill in each. Not in it: defaults
that depend on the dataset, and what Explore has and dashboards do not fill in (the grain of time).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, cast

#: Where the table is, in this package.
FILE: Final = "control_defaults.json"


@cache
def defaults_of(viz_type: str) -> Mapping[str, Any]:
    """Return parameter -> default of a type of chart; nothing where the type is not known."""
    table = _table()
    own = table["types"].get(viz_type)
    return {} if own is None else {**table["shared"], **own}


def without_control_defaults(viz_type: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chart's parameters without those that say what Superset takes anyway."""
    defaults = defaults_of(viz_type)
    return {name: value for name, value in params.items() if not (name in defaults and _same(value, defaults[name]))}


def packed(types: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return type -> defaults as the table has them: what all types share is written once."""
    first, *others = types.values()
    shared = {name: value for name, value in first.items() if all(name in o and _same(o[name], value) for o in others)}
    own = {
        viz_type: {name: value for name, value in found.items() if name not in shared}
        for viz_type, found in types.items()
    }
    return {"shared": shared, "types": own}


@cache
def _table() -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(files("lakefront.superset").joinpath(FILE).read_text(encoding="utf-8")))


def _same(one: Any, other: Any) -> bool:
    # To Python True is 1, and to a chart it is not.
    return one == other and isinstance(one, bool) == isinstance(other, bool)
