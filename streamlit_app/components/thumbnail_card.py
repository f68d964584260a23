"""The card of statistics that tells which items have no thumbnails or slow ones, why, and where they came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd
import streamlit as st

import people
import reads
import thumbnail_reads
import wording
from address import query_of
from components import notice
from components.kept import Known, known
from item_state import ItemState
from lakefront.errors import BadInputError, LakefrontError, UnreachableError
from lakefront.media.query import AssetFilter
from lakefront.media.thumbnail_outcomes import Troubled, not_kept_yet
from language import n, t

_REFRESH_SECONDS: Final = 30
_MISSING, _SLOW, _UNMEASURED = METRICS = ("missing_thumbnails", "slow_thumbnails", "unmeasured_thumbnails")
_TYPE, _SOURCE = "mime_type", "source_system"
_BY: Final = (f"media_assets.{_TYPE}", f"media_assets.{_SOURCE}")
_SEEN: Final = "_seen_thumbnails"

Row = dict[str, Any]


@dataclass(frozen=True)
class _Found:
    """The metrics by media type and source, and some of the items that are troubled."""

    rows: Sequence[Row]
    missing: Sequence[Troubled] = ()
    slow: Sequence[Troubled] = ()


@st.fragment(run_every=_REFRESH_SECONDS, parallel=True)
def thumbnail_card(wanted: AssetFilter, measured: Callable[..., list[Row]]) -> None:
    """Draw the card; it comes back by itself when Trino does.

    `wanted`: the items in question. `measured` asks the semantic layer about the very same ones, for a person:
    metrics, dimensions.
    """
    st.markdown(f"## {t('Thumbnails')}")
    place = st.empty()
    if not st.session_state.get(_SEEN):
        place.caption(t("Counting …"))
    try:
        read = known(("thumbnails", wanted), lambda: _read(wanted, measured))
    except UnreachableError:
        place.caption(t("This comes back as soon as Trino answers."))
        return
    except LakefrontError as error:
        with place.container():
            if isinstance(error, BadInputError) and not_kept_yet(error):
                st.caption(t("The table does not keep it yet: run `lakefront media thumbnails` once."))
            else:
                notice.caption(error.what, error.fix)
        return
    st.session_state[_SEEN] = True
    with place.container():
        _draw(read)


def _read(wanted: AssetFilter, measured: Callable[..., list[Row]]) -> _Found:
    viewer = people.viewer()
    rows = measured(viewer, METRICS, _BY)
    if not any(row[_MISSING] or row[_SLOW] for row in rows):
        return _Found(rows)
    return _Found(rows, *thumbnail_reads.troubled(viewer, wanted))


def _draw(read: Known[_Found]) -> None:
    found, metrics = read.value, reads.layer().metrics
    total = {name: sum(row[name] or 0 for row in found.rows) for name in METRICS}
    with st.grid(len(METRICS), min_column_width=140):
        for name in METRICS:
            words = t(" ".join(metrics[name].description.split()))
            st.metric(t(metrics[name].label or name), wording.number(total[name]), help=wording.words(words))
    if read.error:
        st.caption(f":material/cloud_off: {read.as_it_was}")
    if found.missing:
        st.markdown(f"**{t('Why there are none')}**")
        _named(found.missing, total[_MISSING], _why)
    elif not total[_UNMEASURED]:
        st.caption(t("Every item has its thumbnails."))
    if found.slow:
        st.markdown(f"**{t('The slowest')}**")
        _named(found.slow, total[_SLOW], _how_long)
    if total[_MISSING] or total[_SLOW]:
        _where_from(found.rows)
    if total[_MISSING] or total[_UNMEASURED]:
        st.caption(
            t(
                "`lakefront media thumbnails` makes those that are missing, and tells here what cannot be made and why;"
                " one that it has not looked for is counted as not measured."
            )
        )


def _named(items: Sequence[Troubled], total: int, tell: Callable[[Troubled], None]) -> None:
    """Draw a line for each item, with the way to its page and what is to be told of it."""
    for item in items:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.page_link(
                "pages/item.py",
                label=f":primary[{wording.plain(item.title or item.asset_id)}]",
                query_params=query_of(ItemState(item.asset_id)),
                width="content",
            )
            tell(item)
    left = total - len(items)
    if left > 0:
        st.caption(n("and {number} more", "and {number} more", left))


def _why(item: Troubled) -> None:
    _tell_origin(item)
    notice.caption(item.error or "")


def _how_long(item: Troubled) -> None:
    st.caption(wording.milliseconds(item.seconds or 0), width="content")
    _tell_origin(item)


def _tell_origin(item: Troubled) -> None:
    with st.container(width="content", key=f"origin-{item.asset_id}"):
        st.caption(f"{wording.plain(item.mime_type)} · {wording.plain(item.source_system)}", width="content")


def _where_from(rows: Sequence[Row]) -> None:
    """Draw how many of each media type and source there are."""
    metrics, columns = reads.layer().metrics, reads.layer().datasets["media_assets"].columns
    heads = {column.name: t(column.label or column.name) for column in columns if column.name in {_TYPE, _SOURCE}}
    heads |= {name: t(metrics[name].label or name) for name in METRICS}
    troubled = [row for row in rows if row[_MISSING] or row[_SLOW]]
    ranked = sorted(troubled, key=lambda row: [-(row[name] or 0) for name in METRICS])
    st.dataframe(
        pd.DataFrame([{words: row[name] for name, words in heads.items()} for row in ranked]),
        key="table-thumbnails",
        hide_index=True,
        alt=t("Thumbnails that are missing or slow, by media type and source"),
    )
