"""The environment that the explorer shows."""

from __future__ import annotations

import streamlit as st

from lakefront.config import Settings, load_settings


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """Return the settings that the process was started with."""
    return load_settings()
