"""How much was added, changed and removed between two states of the media."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import streamlit as st

import wording
from components.changes import COLUMNS
from lakefront.media.comparison import CHANGES, STAMPS, Change, Comparison
from language import later, t

CHANGE_WORDS: Final[Mapping[Change, str]] = {
    "added": later("Added"),
    "changed": later("Changed"),
    "removed": later("Removed"),
}
_NUMBERS: Final = "history-numbers"


def numbers(found: Comparison) -> None:
    """Draw what happened in numbers."""
    with st.grid(4, min_column_width=140):
        for change in CHANGES:
            totals = found.totals(change)
            st.metric(
                t(CHANGE_WORDS[change]),
                wording.number(totals.assets),
                help=t("{size} of originals", size=wording.size(totals.bytes)),
            )
        grown = found.bytes
        st.metric(
            t("Storage"),
            f"{'−' if grown < 0 else '+' if grown else ''}{wording.size(abs(grown))}",
            help=t("By how much the originals take more room, or less."),
        )
    table = st.expander(t("By kind, tag and column"), key=_NUMBERS, on_change="rerun")
    if table.open:
        with table:
            _breakdown(found)


def _breakdown(found: Comparison) -> None:
    """Draw the numbers of each kind and tag, and of the columns that changed."""
    heads = [t(CHANGE_WORDS[change]) for change in CHANGES]
    with st.grid(3, min_column_width=220, gap="small"):
        for words, value in ((t("Kind"), lambda cell: cell.kind), (t("Tag"), lambda cell: cell.tag)):
            rows = [
                {words: wording.kind(name) or "–"}
                | {head: counts[change] for head, change in zip(heads, CHANGES, strict=True)}
                for name, counts in found.by(value).items()
            ]
            st.dataframe(rows, hide_index=True, alt=words)
        columns = [
            {t("Column"): t(COLUMNS[name]), heads[1]: number}
            for name, number in found.columns().items()
            if name not in STAMPS
        ]
        if columns:
            st.dataframe(columns, hide_index=True, alt=t("Column"))
