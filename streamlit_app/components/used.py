"""Where one item is used, asked when somebody wants to know."""

from __future__ import annotations

from typing import Final

import streamlit as st

import bundle_dashboards
import people
import reads
import wording
from components.trouble import tell
from lakefront.errors import LakefrontError
from lakefront.media.query import Asset
from lakefront.media.uses import MOST_NAMED, Use
from language import n, t

_KEY: Final = "used"


def used(asset: Asset, as_of: str | None) -> None:
    """Draw what names an item: other tables, copies of its content, dashboards over the table that it is in."""
    box = st.expander(t("Where it is used"), icon=":material/hub:", key=_KEY, on_change="rerun")
    if not box.open:
        return
    with box:
        viewer = people.viewer()
        try:
            found = reads.uses_of(viewer, asset.asset_id, as_of)
            copies = len(reads.duplicates_of(viewer, asset.asset_id).get("same", ()))
            shown = bundle_dashboards.over_media()
        except LakefrontError as error:
            tell(error, t("Where it is used cannot be read."))
            return
        lines = [_line(use) for use in found]
        if copies:
            said = n(
                "{count} other item has the same content; it is shown above.",
                "{count} other items have the same content; they are shown above.",
                copies,
                count=copies,
            )
            lines.append(f"- {said}")
        nowhere = t("Nowhere: no other table names it, and nothing shares its content.")
        st.markdown("\n".join(lines) or nowhere)
        if shown:
            st.markdown(t("**Dashboards** that count it among the others:"))
            links = ((f"[{wording.plain(each.title)}]({each.address})", each.description) for each in shown)
            st.markdown("\n".join(f"- {link}: {wording.plain(about)}" for link, about in links))


def _line(use: Use) -> str:
    name, about = f"`{use.dataset}`", wording.plain(use.description)
    if use.error:
        return t("- {table} cannot be asked: {reason}", table=name, reason=wording.sentence(use.error.what))
    columns = ", ".join(f"`{column}`" for column in use.columns)
    rows = n("{count} row", "{count} rows", use.rows, count=f"{use.rows:,}")
    line = t("- {table}: {rows} by {columns}", table=name, rows=rows, columns=columns)
    keys = ", ".join(wording.plain(key) for key in use.keys)
    more = " …" if use.rows > MOST_NAMED else ""
    return f"{line} ({keys}{more})  \n  :gray[{about}]" if keys else f"{line}  \n  :gray[{about}]"
