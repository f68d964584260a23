"""The zip that goes to Superset: what is in it, that it is always the same, and what is refused before it is sent."""

from __future__ import annotations

import base64
import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lakefront.config import Settings, load_settings
from lakefront.errors import BadInputError
from lakefront.semantic.emit.superset import asset_uuid
from lakefront.superset.apply import lakehouse_connection
from lakefront.superset.bundle import read_bundle
from lakefront.superset.names import Connection
from tests.support.cli import ROOT
from tests.support.superset_export import pack

ASSETS = ROOT / "superset_assets"
LAKEHOUSE = asset_uuid("database", "lakehouse")
HERE = Connection(
    "trino://superset@127.0.0.1:9482/iceberg", {"engine_params": {"connect_args": {"source": "superset"}}}
)


@pytest.fixture
def assets(tmp_path: Path) -> Path:
    """A copy of the reference bundle's assets, to be broken."""
    return Path(shutil.copytree(ASSETS, tmp_path / "superset_assets"))


def _yaml(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def _files(packed: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: _yaml(archive.read(name).decode()) for name in archive.namelist()}


def test_the_zip_holds_every_asset_once_in_superset_s_layout() -> None:
    files = _files(pack(read_bundle(ASSETS), {LAKEHOUSE: HERE}))
    folders = ("databases", "datasets", "charts", "dashboards")
    found = (file for folder in folders for file in (ASSETS / folder).rglob("*.yaml"))
    on_disk = {f"bundle/{file.relative_to(ASSETS).as_posix()}" for file in found}
    assert set(files) == on_disk | {"bundle/metadata.yaml"}
    assert files["bundle/metadata.yaml"]["type"] == "assets"
    database = files["bundle/databases/lakehouse.yaml"]
    assert database["sqlalchemy_uri"] == HERE.uri
    assert database["impersonate_user"] is True
    assert database["expose_in_sqllab"] is False, "SQL has a database of its own"
    assert files["bundle/databases/lakehouse_sql.yaml"]["expose_in_sqllab"] is True
    assert "metadata_cache_timeout" not in database["extra"], "Superset would keep one list of tables for everybody"
    assert database["extra"]["engine_params"] == {"connect_args": {"source": "superset"}}
    assert database["extra"]["allows_virtual_table_explore"] is True, "what the file says besides stays"


def test_a_dashboard_s_charts_are_numbered_for_the_import() -> None:
    position = _files(pack(read_bundle(ASSETS), {}))["bundle/dashboards/sales-overview.yaml"]["position"]
    numbers = [b["meta"]["chartId"] for b in position.values() if isinstance(b, dict) and b["type"] == "CHART"]
    assert len(numbers) >= 8
    assert len(set(numbers)) == len(numbers)


def test_the_same_files_make_the_same_zip(assets: Path) -> None:
    assert pack(read_bundle(assets), {LAKEHOUSE: HERE}) == pack(read_bundle(ASSETS), {LAKEHOUSE: HERE})


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        ("charts/sales-by-country.yaml", "dataset_uuid: 759b", "dataset_uuid: 159b", "dataset_uuid names 159b"),
        ("charts/sales-by-country.yaml", "uuid: ", "uid: ", "'uuid' is missing"),
        ("charts/sales-by-country.yaml", "slice_name: ", "name: ", "'slice_name' is missing"),
        ("charts/sales-by-country.yaml", "version: 1.0.0", "version: [", "not valid YAML"),
        (
            "datasets/lakehouse/sales.yaml",
            "database_uuid: 6",
            "database_uuid: 7",
            "no file in databases/ has that uuid",
        ),
        ("dashboards/sales-overview.yaml", "datasetUuid: 0bcf", "datasetUuid: 1bcf", "the filter 'Region' names 1bcf"),
    ],
)
def test_a_broken_reference_is_refused_before_it_is_sent(
    assets: Path, name: str, old: str, new: str, says: str
) -> None:
    file = assets / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInputError) as raised:
        read_bundle(assets)
    assert str(raised.value).startswith(str(file))
    assert says in str(raised.value)


def test_a_dashboard_that_names_a_missing_chart_is_refused(assets: Path) -> None:
    # Superset would import it, and silently unlink other charts of the same dashboard.
    (assets / "charts" / "sales-by-country.yaml").unlink()
    with pytest.raises(BadInputError, match="layout names the chart 'sales-by-country'"):
        read_bundle(assets)


def test_two_assets_with_one_uuid_are_refused(assets: Path) -> None:
    shutil.copy(assets / "charts" / "sales-by-country.yaml", assets / "charts" / "twin.yaml")
    with pytest.raises(BadInputError, match="has the same uuid"):
        read_bundle(assets)


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no Superset assets here"):
        read_bundle(tmp_path)


def _settings(tmp_path: Path, **environ: str) -> Settings:
    (tmp_path / "lakefront.toml").write_text(
        '[bundle]\nname = "b"\n[env.local]\n[env.dev]\ntrino = "https://trino.example.com"\niceberg_catalog = "lake"\n',
        encoding="utf-8",
    )
    names = ("S3_ACCESS_KEY", "S3_SECRET_KEY", "SUPERSET_SECRET_KEY", "SUPERSET_PASSWORD", "SIGNING_KEY")
    secrets = {f"LAKEFRONT_{name}": "x" for name in names}
    return load_settings(bundle=tmp_path, environ={**secrets, **environ})


def test_the_connection_is_the_environment_s(tmp_path: Path) -> None:
    local = lakehouse_connection(_settings(tmp_path))
    assert local.uri == "trino://superset@127.0.0.1:9482/iceberg"
    arguments = local.extra["engine_params"]["connect_args"]
    assert arguments["source"] == "superset"
    assert base64.b64decode(arguments["http_headers"]["Authorization"].removeprefix("Basic ")) == b"superset:"
    dev = lakehouse_connection(_settings(tmp_path, LAKEFRONT_ENV="dev"))
    assert dev.uri == "trino://superset@trino.example.com:443/lake"
    assert dev.extra["engine_params"]["connect_args"] == {
        "source": "superset",
        "session_properties": {"query_max_run_time": "120s"},
        "http_scheme": "https",
    }


def test_a_password_is_sent_beside_the_zip_never_in_it(tmp_path: Path) -> None:
    dev = lakehouse_connection(_settings(tmp_path, LAKEFRONT_ENV="dev", LAKEFRONT_TRINO_PASSWORD="open sesame"))
    assert dev.password == "open sesame"
    assert dev.uri == "trino://lakefront:XXXXXXXXXX@trino.example.com:443/lake"
    files = _files(pack(read_bundle(ASSETS), {LAKEHOUSE: dev}))
    assert "sesame" not in str(files)
