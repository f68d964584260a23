"""What the page of an item says of its address, its place and its facts, and which tables are asked about it."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from lakefront.media.uses import dashboards_over_media, leading_here
from lakefront.semantic import load_layer
from lakefront.semantic.usage import read_usage

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "streamlit_app"))
asset = importlib.import_module("components.asset")
ItemState = importlib.import_module("item_state").ItemState


def test_an_address_names_an_item_and_a_state_and_nothing_else() -> None:
    state = ItemState.from_params({"id": ["01a2261d-2678-7c7e-9ed1-15778b1bdf3a"], "as-of": ["7"], "x": ["y"]})
    assert state.to_params() == {"id": "01a2261d-2678-7c7e-9ed1-15778b1bdf3a", "as-of": "7"}
    assert state.of(None).to_params() == {"id": state.id}
    assert state.showing("another").to_params() == {"id": "another", "as-of": "7"}
    assert ItemState.from_params({"id": ["../../etc"], "as-of": ["now; DROP"]}) == ItemState()
    assert ItemState.from_params({}).to_params() == {}


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [("91", "0"), ("0", "180.5"), ("nan", "0"), ("inf", "0"), ("", "7"), ("<b>", "7"), ("46.5", "")],
)
def test_what_is_no_place_on_earth_has_no_map(latitude: str, longitude: str) -> None:
    assert asset.place({"GPSLatitude": latitude, "GPSLongitude": longitude}) is None
    assert asset.place({"GPSLatitude": latitude}) is None


def test_a_place_is_told_in_words_and_as_an_address() -> None:
    told = asset.place({"GPSLatitude": "-33.856784", "GPSLongitude": "151.215297"})
    assert told["text"] == "33.85678° S, 151.21530° E"
    assert told["address"] == "geo:-33.85678,151.21530"
    assert told["plain"] == "-33.85678, 151.21530"


def test_numbers_of_cameras_have_units_and_words_stay_as_they_are() -> None:
    tags = {"ExposureTime": "0.004", "FNumber": "2.8", "FocalLength": "50", "Model": "N7", "ISOSpeedRatings": "400 {}"}
    told = {fact["name"]: fact["value"] for fact in asset.exif(tags | {"GPSAltitude": "12", "Lens": "{}"})}
    assert told == {
        "ExposureTime": "1/250 s",
        "FNumber": "f/2.8",
        "FocalLength": "50 mm",
        "Model": "N7",
        "ISOSpeedRatings": "400 {}",
        "GPSAltitude": "12 m",
        "Lens": "{}",
    }


def test_tables_that_name_an_asset_are_those_that_a_relationship_leads_from() -> None:
    layer = load_layer(ROOT / "semantic_layer")
    assert [(each.from_, each.from_columns) for each in leading_here(layer)] == [("media_duplicates", ("asset_id",))]
    assert leading_here(layer, "another.table") == []
    usage = read_usage(ROOT / "superset_assets")
    assert [dashboard.title for dashboard in dashboards_over_media(layer, usage)] == ["Media"]
    assert dashboards_over_media(layer, usage, "another.table") == []
