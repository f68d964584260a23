"""The query of the address bar, as it stands after what was done last, whether the browser has heard of it or not.

Streamlit takes it from the browser at the beginning of each run. A click that comes before the browser has heard where
the one before it led brings the query of before: taken at its word, it would undo what the first one did, and leave the
page and its address apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

import script_runs

Query = dict[str, list[str]]
_STEPS: Final = "_steps"


@dataclass
class _Steps:
    """What was put into the address of a page, and what had stood there before, as far as the browser may not know.

    `run`: the one that looked last whether the browser does.
    """

    page: str
    now: Query
    left: list[Query]
    run: object


def said() -> Query:
    """Return the query: values by name."""
    _steps()
    return _said()


def one(name: str) -> str | None:
    """Return the last value of a name; None where the query has none."""
    return (said().get(name) or [None])[-1]


def put(query: Mapping[str, str | Iterable[str]]) -> None:
    """Put a query in place of the one that is there: one step in the browser's history."""
    steps = _steps()
    left = _said()
    st.query_params.from_dict(query)
    steps.now = _said()
    steps.left = [each for each in (*steps.left, left) if each != steps.now]


def put_one(name: str, value: str | None) -> None:
    """Put one value into the query, which stays as it is otherwise; None takes it out."""
    rest = {key: values for key, values in said().items() if key != name}
    put(rest if value is None else rest | {name: [value]})


def _said() -> Query:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def _steps() -> _Steps:
    """Return the page's steps; at a run's first look, take the last one again if the browser has not heard of it."""
    steps: _Steps | None = st.session_state.get(_STEPS)
    run = script_runs.this_run()
    if steps and steps.run is run:
        return steps
    context: Any = get_script_run_ctx()
    asked, page = _said(), context.page_script_hash
    if not steps or steps.page != page or context.is_history_navigation or asked not in steps.left:
        steps = st.session_state[_STEPS] = _Steps(page, asked, [], run)
        return steps
    steps.run = run
    st.query_params.from_dict(steps.now)
    return steps
