"""The explorer's pages and what they share."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

import language
import login
import people
import script_runs
from address import OF_EVERY_PAGE
from components.document import document
from components.trouble import tell
from lakefront.errors import LakefrontError
from language import t
from metrics import page_view

_HERE = Path(__file__).parent

st.set_page_config(
    page_title="Lakefront", page_icon=str(_HERE / "assets" / "icon.svg"), layout="wide", initial_sidebar_state=304
)
st.logo(str(_HERE / "assets" / "logo.svg"), size="large")

# Before anything runs beside this: the parts of a page that are drawn side by side have one id.
script_runs.begin_if_new()
language.settle()
refused: LakefrontError | None = None
try:
    people.settle()
    people.viewer()
except LakefrontError as error:
    refused = error
pages = st.navigation(
    [
        st.Page("pages/home.py", title=t("Home"), icon=":material/home:", default=True),
        st.Page("pages/gallery.py", title=t("Gallery"), icon=":material/photo_library:", url_path="gallery"),
        st.Page("pages/search.py", title=t("Search"), icon=":material/search:", url_path="search"),
        st.Page("pages/duplicates.py", title=t("Duplicates"), icon=":material/content_copy:", url_path="duplicates"),
        st.Page("pages/history.py", title=t("Time machine"), icon=":material/history:", url_path="time-machine"),
        st.Page("pages/statistics.py", title=t("Statistics"), icon=":material/monitoring:", url_path="statistics"),
        st.Page("pages/upload.py", title=t("Upload"), icon=":material/upload:", url_path="upload"),
        st.Page("pages/item.py", title=t("Item"), url_path="item", visibility="hidden"),
        st.Page("pages/dashboards.py", title=t("Dashboards"), icon=":material/bar_chart:", url_path="dashboards"),
    ],
    position="hidden" if refused else "top",
)
# Logged out, a page that somebody asked for still has an address, and its name would be said to nobody.
st.set_page_config(page_title="Lakefront" if refused else f"{pages.title} · Lakefront")
document(OF_EVERY_PAGE)
# Where an account menu is expected, in the bar of the pages.
with st.container(key="corner", horizontal=True, width="content", gap="xsmall"):
    language.chooser()
    if not refused:
        people.chooser()
if refused:
    login.page(refused)
else:
    try:
        with page_view(pages.url_path or "home"):
            pages.run()
    except LakefrontError as error:  # what a page has not thought of, in words all the same
        tell(error, t("This page cannot be shown."))
