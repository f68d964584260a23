"""Superset's dashboards as the bundle's files tell of them, kept for a moment: the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

import streamlit as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

import reads
from environment import settings
from lakefront.media import uses
from lakefront.media.assets import TABLE
from lakefront.semantic.usage import Usage, read_usage
from lakefront.superset.embedded import EmbeddedDashboards, read_embedded


@dataclass(frozen=True)
class Dashboard:
    """A Superset dashboard of the bundle, and where it opens."""

    title: str
    description: str
    address: str


@st.cache_data(ttl=60, show_spinner=False)
def embedded() -> EmbeddedDashboards:
    """Return the dashboards of the bundle that pages here may show."""
    return read_embedded(settings().part("superset_assets"))


def address_of(slug: str) -> str:
    """Return where a dashboard opens in Superset."""
    return f"{settings().service('superset').url}/superset/dashboard/{quote(slug, safe='')}/"


@st.cache_data(ttl=60, show_spinner=False)
def dashboards() -> list[Dashboard]:
    """Return the dashboards that the bundle keeps in `superset_assets`, by title."""
    found: list[Dashboard] = []
    for file in sorted((settings().part("superset_assets") / "dashboards").glob("*.yaml")):
        try:
            kept = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        except (OSError, YAMLError):
            continue  # `lakefront up` and `plan` say what is wrong with the file; a link less is no reason to fail here
        if not isinstance(kept, dict):
            continue
        told = {str(name): str(value or "") for name, value in cast("dict[object, object]", kept).items()}
        address = address_of(told.get("slug") or told.get("uuid", ""))
        found.append(Dashboard(told.get("dashboard_title", file.stem), told.get("description", ""), address))
    return found


@st.cache_data(ttl=300, show_spinner=False)
def _usage() -> Usage:
    return read_usage(settings().part("superset_assets"))


def over_media() -> list[Dashboard]:
    """Return the dashboards that have a chart over the media table. Raises ModelError."""
    found = uses.dashboards_over_media(reads.layer(), _usage(), settings().schemas.table(TABLE))
    return [Dashboard(each.title, each.description, address_of(each.slug or each.uuid)) for each in found]
