"""What the table tells of thumbnails, as the person who looks may see it, kept for a moment."""

from __future__ import annotations

import streamlit as st

import reads
from lakefront.media.query import AssetFilter
from lakefront.media.thumbnail_outcomes import Troubled
from lakefront.media.thumbnail_outcomes import troubled as ask

#: Assets that are named, of those without thumbnails and of those with slow ones.
_MISSING, _SLOW = 10, 5


@reads.of_media
@st.cache_data(ttl=60, max_entries=500, show_spinner=False)
def troubled(viewer: str, wanted: AssetFilter) -> tuple[list[Troubled], list[Troubled]]:
    """Return assets without thumbnails and assets with slow ones, some of each. Raises as `thumbnail_outcomes`."""
    missing, slow = ask(reads.engine(viewer), wanted, most=_MISSING)
    return missing, slow[:_SLOW]
