"""OpenSearch beside Trino: what is written for both, what the bundle says, and what is old."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import threading
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from lakefront.config import OPTIONAL_SERVICES, Settings, load_settings
from lakefront.errors import BadInputError
from lakefront.semantic import load_layer
from lakefront.stack import control
from lakefront.stack.audit import listener
from lakefront.stack.component import Artifact, Context
from lakefront.stack.download import unpacked
from lakefront.stack.opensearch import server_config
from lakefront.stack.opensearch_setup import Template, read_setup
from tests.support.cli import ROOT

TODAY = dt.date(2026, 10, 31)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "lakefront.toml").write_text('[bundle]\nname = "x"\n', encoding="utf-8")
    found = load_settings(bundle=tmp_path, home=tmp_path / "a: home", environ={})
    found.home.prepare()
    return dataclasses.replace(found, ports={"opensearch": 29483, "trino": 29482})


def context(settings: Settings, name: str = "opensearch") -> Context:
    return Context(name, settings, lambda *_: None, threading.Event())


class TestChoice:
    def test_it_is_started_only_where_it_is_asked_for(self, settings: Settings) -> None:
        assert "opensearch" not in control.select(settings, [], [])
        assert control.select(settings, ["trino"], [], ["ops"]) == ["trino", *OPTIONAL_SERVICES]
        assert "opensearch" in control.select(settings, [], [], ["opensearch"])
        assert control.select(settings, ["ops"], []) == [*OPTIONAL_SERVICES]
        assert "opensearch" not in control.select(settings, [], ["ops"], ["ops"])

    def test_the_manifest_can_ask_for_it_always(self, settings: Settings) -> None:
        manifest = settings.bundle / "lakefront.toml"
        manifest.write_text('[bundle]\nname = "x"\n[stack]\nwith = ["ops"]\n', encoding="utf-8")
        again = load_settings(bundle=settings.bundle, environ={})
        assert control.select(again, [], [])[-len(OPTIONAL_SERVICES) :] == [*OPTIONAL_SERVICES]
        assert control.select(again, ["trino"], []) == ["trino"]
        assert "opensearch" not in control.select(again, [], ["ops"])

    def test_an_unknown_part_is_told_with_its_place(self, settings: Settings) -> None:
        manifest = settings.bundle / "lakefront.toml"
        manifest.write_text('[bundle]\nname = "x"\n[stack]\nwith = ["opps"]\n', encoding="utf-8")
        with pytest.raises(BadInputError) as caught:
            load_settings(bundle=settings.bundle, environ={})
        assert str(caught.value.where) == f"{manifest}:4:1"
        assert 'with = ["ops"]' in caught.value.fix

    def test_an_unknown_group_gets_the_nearest(self, settings: Settings) -> None:
        with pytest.raises(BadInputError, match="Did you mean 'opensearch'"):
            control.select(settings, [], [], ["opensaerch"])

    def test_an_existing_one_is_not_started(self, settings: Settings) -> None:
        given = dataclasses.replace(settings, environ={"LAKEFRONT_OPENSEARCH_URL": "https://logs.example.com"})
        assert control.select(given, [], [], ["ops"]) == [*control.select(settings, [], []), *OPTIONAL_SERVICES[1:]]
        assert not listener.has_opensearch(given)


class TestConfiguration:
    def test_one_node_that_only_this_machine_reaches(self, settings: Settings) -> None:
        config = yaml.safe_load(server_config(context(settings)))
        assert config["network.host"] == "127.0.0.1"
        assert config["http.port"] == 29483
        assert config["discovery.type"] == "single-node"
        assert config["path.data"] == str(settings.home.data / "opensearch"), "a path with ': ' is one text"
        assert config["cluster.routing.allocation.disk.threshold_enabled"] is False

    def test_trino_sends_each_finished_query_through_the_pipeline_of_the_bundle(self, settings: Settings) -> None:
        properties = listener.listeners(context(settings, "trino"))["opensearch"]
        address = "http://127.0.0.1:29483/trino-audit/_doc?pipeline=trino-audit"
        assert properties["event-listener.name"] == "http"
        assert properties["http-event-listener.connect-ingest-uri"] == address
        assert [file.stem for file in read_setup(ROOT / "deploy").pipelines] == ["trino-audit"]

    def test_trino_reads_it_as_a_catalog(self, settings: Settings) -> None:
        properties = listener.opensearch_catalog(context(settings, "trino"))
        assert properties["connector.name"] == "opensearch"
        assert (properties["opensearch.host"], properties["opensearch.port"]) == ("127.0.0.1", "29483")

    def test_trino_is_told_nothing_without_it(self, settings: Settings) -> None:
        assert listener.has_opensearch(settings)
        without = dataclasses.replace(settings, ports={"trino": 29482})
        assert not listener.has_opensearch(without)
        assert listener.listeners(context(without, "trino")) == {}


def template(period: str, keep_days: int | None) -> Template:
    return Template(Path("x.json"), "logs-", {}, period, keep_days, open=True)


class TestRetention:
    @pytest.mark.parametrize(
        ("index", "old"),
        [
            ("logs-2026.10.31", False),
            ("logs-2026.10.17", False),
            ("logs-2026.10.16", True),
            ("logs-2025.12.31", True),
            ("logs-2026.11.01", False),
            ("logs-2026.13.01", False),
            ("logs-archive", False),
            ("logs", False),
            ("other-2020.01.01", False),
        ],
    )
    def test_a_day_goes_when_all_of_it_is_older(self, index: str, old: bool) -> None:
        assert template("day", 14).is_old(index, TODAY) is old

    @pytest.mark.parametrize(
        ("index", "old"),
        [("logs-2026.10", False), ("logs-2026.08", False), ("logs-2026.07", True), ("logs-2025.12", True)],
    )
    def test_a_month_goes_when_its_last_day_is_older(self, index: str, old: bool) -> None:
        # 90 days before 31 October is 2 August: a row of 31 July may go, one of August may not.
        assert template("month", 90).is_old(index, TODAY) is old

    def test_without_a_limit_all_is_kept(self) -> None:
        assert not template("month", None).is_old("logs-1999.01", TODAY)

    def test_today_is_in_the_index_of_its_period(self) -> None:
        assert template("day", 1).index_of(TODAY) == "logs-2026.10.31"
        assert template("month", 1).index_of(TODAY) == "logs-2026.10"


class TestSetup:
    def write(self, folder: Path, name: str, text: str) -> Path:
        file = folder / "opensearch" / name
        file.parent.mkdir(parents=True)
        file.write_text(text, encoding="utf-8")
        return file

    def test_a_bundle_without_it_is_fine(self, tmp_path: Path) -> None:
        assert read_setup(tmp_path).templates == ()

    def test_broken_json_is_told_with_line_and_column(self, tmp_path: Path) -> None:
        file = self.write(tmp_path, "pipelines/p.json", '{\n  "processors": [,]\n}')
        with pytest.raises(BadInputError) as caught:
            read_setup(tmp_path)
        assert str(caught.value.where) == f"{file}:2:18"

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({"index_patterns": ["logs"]}, "one pattern that ends with -*"),
            ({"index_patterns": ["a-*", "b-*"]}, "one pattern that ends with -*"),
            ({"index_patterns": ["a-*"], "_meta": {"period": "week"}}, "_meta.period is 'week'"),
            ({"index_patterns": ["a-*"], "_meta": {"keep_days": "90"}}, "_meta.keep_days is '90'"),
            ({"index_patterns": ["a-*"], "_meta": {"keep_days": 0}}, "_meta.keep_days is 0"),
            ([], "a JSON object is wanted here"),
        ],
    )
    def test_a_template_that_says_nonsense_is_refused(self, tmp_path: Path, body: Any, words: str) -> None:
        file = self.write(tmp_path, "templates/t.json", json.dumps(body))
        with pytest.raises(BadInputError) as caught:
            read_setup(tmp_path)
        assert words in caught.value.what
        assert caught.value.where is not None
        assert caught.value.where.file == file

    def test_the_model_has_every_field_of_the_audit_log_with_its_type(self) -> None:
        (found,) = [item for item in read_setup(ROOT / "deploy").templates if item.file.stem == "trino-audit"]
        mappings = found.body["template"]["mappings"]
        arrays = mappings["_meta"]["trino"]
        types = {"keyword": "varchar", "text": "varchar", "long": "bigint", "date": "timestamp(3)"}
        fields = {
            name: f"array({types[field['type']]})" if name in arrays else types[field["type"]]
            for name, field in mappings["properties"].items()
        }
        dataset = load_layer(ROOT / "semantic_layer").datasets["queries"]
        assert {column.name: column.type for column in dataset.columns} == fields
        assert (
            dataset.source == f"{listener.OPENSEARCH_CATALOG}.default.{next(iter(found.body['template']['aliases']))}"
        )


def test_a_zip_is_unpacked_without_what_is_left_out(settings: Settings, tmp_path: Path) -> None:
    artifact = Artifact("g", "server", "1", "0" * 64, 1, packaging="zip")
    cached = dataclasses.replace(settings, cache=tmp_path / "cache")
    archive = cached.cache / "artifacts" / artifact.sha256[:12] / artifact.filename
    archive.parent.mkdir(parents=True)
    with zipfile.ZipFile(archive, "w") as file:
        for name in ("lib/a.jar", "modules/wanted/b.jar", "modules/other/c.jar"):
            file.writestr(f"server-1/{name}", name)
        file.writestr("server-1/plugins/", "")
    folder = unpacked(artifact, context(cached), without=("modules/other",))
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "lib/a.jar",
        "modules/wanted/b.jar",
    ]
    assert (folder / "plugins").is_dir(), "an empty folder that the server wants"
    assert not archive.exists()
