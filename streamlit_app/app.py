"""The explorer's pages and what they share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import login
import people
from lakefront.errors import LakefrontError

_HERE = Path(__file__).parent

st.set_page_config(
    page_title="Lakefront", page_icon=str(_HERE / "assets" / "icon.svg"), layout="wide", initial_sidebar_state=304
)
st.logo(str(_HERE / "assets" / "logo.svg"), size="large")
st.html(_HERE / "assets" / "chrome.html")

refused: LakefrontError | None = None
try:
    people.settle()
    people.viewer()
except LakefrontError as error:
    refused = error
pages = st.navigation(
    [
        st.Page("pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("pages/gallery.py", title="Gallery", icon=":material/photo_library:", url_path="gallery"),
        st.Page("pages/duplicates.py", title="Duplicates", icon=":material/content_copy:", url_path="duplicates"),
        st.Page("pages/statistics.py", title="Statistics", icon=":material/monitoring:", url_path="statistics"),
        st.Page("pages/upload.py", title="Upload", icon=":material/upload:", url_path="upload"),
        st.Page("pages/dashboards.py", title="Dashboards", icon=":material/bar_chart:", url_path="dashboards"),
    ],
    position="hidden" if refused else "top",
)
if refused:
    login.page(refused)
else:
    people.chooser()
    pages.run()
