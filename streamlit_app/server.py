"""The explorer's server: Streamlit's pages and our own routes in one process.

streamlit run streamlit_app/server.py --server.address 127.0.0.1 --server.port 8501
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config as streamlit_config
from streamlit.runtime.pages_manager import PagesManager

import login
import logs
from api.routes import routes
from app_shell import AppShell
from lakefront.config import load_settings
from lakefront.errors import LakefrontError
from lakefront.request_ids import RequestIds
from requests_told import RequestsTold

try:
    _settings = load_settings()
    _login, _routes = _settings.login, routes(_settings)
except LakefrontError as error:
    sys.stderr.write(f"{error}\n")
    sys.exit(error.exit_code)
logs.write_json()

#: What pages import: they are scripts, and are not imported themselves.
_NEEDED: Final = (
    "pandas",
    "plotly.graph_objects",
    "people",
    "reads",
    "components.charts",
    "components.changes",
    "components.details",
    "components.duplicates",
    "components.embedded",
    "components.filters",
    "components.grid",
    "components.history",
    "components.search_form",
    "components.views",
    "uploads",
)


@asynccontextmanager
async def _warm(_app: st.App) -> AsyncGenerator[None]:
    """Import what pages need before the first visitor comes, who would wait for it otherwise.

    Streamlit collects garbage after every run of a script, which stops all others meanwhile: without these modules'
    hundreds of thousands of objects it takes a hundredth of the time.
    """
    logs.take_over_server()
    for module in _NEEDED:
        await asyncio.to_thread(importlib.import_module, module)
    gc.collect()
    gc.freeze()
    yield


# Streamlit would run a file of pages/ by itself, without app.py, when a link to it is the first thing asked for.
PagesManager.uses_pages_directory = False

if _login:
    # It signs who began to log in, which another replica may have to read; Streamlit takes it before it takes secrets.
    streamlit_config.set_option("server.cookieSecret", _login.cookie_secret)

app = st.App(
    Path(__file__).parent / "app.py",
    routes=_routes,
    middleware=[Middleware(RequestIds), Middleware(RequestsTold), Middleware(AppShell)],
    secrets=login.secrets(_login),
    lifespan=_warm,
)
