"""Fluent Bit's configuration, as far as it can be told without it: each parser reads a line of its program."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

FOLDER = Path(__file__).parents[2] / "deploy" / "fluent-bit"
LINES = {
    "spark": (
        "26/11/29 10:00:00 INFO SparkContext: Running Spark version 4.0.1",
        {"level": "INFO", "logger": "SparkContext", "message": "Running Spark version 4.0.1"},
    ),
    "hive": (
        "2026-11-29T10:00:00,123 WARN  [main] metastore.HiveMetaStore: Starting on port 9083",
        {"level": "WARN", "thread": "main", "logger": "metastore.HiveMetaStore", "message": "Starting on port 9083"},
    ),
    "seaweedfs": (
        "I1129 10:00:00.123456 volume_grpc_client_to_master.go:124 Volume Server found a new master",
        {"level": "I", "logger": "volume_grpc_client_to_master.go:124", "message": "Volume Server found a new master"},
    ),
    "airflow": (
        "[2026-11-29T10:00:00.123+0000] {taskinstance.py:1157} INFO - Marking task as SUCCESS",
        {"level": "INFO", "logger": "taskinstance.py:1157", "message": "Marking task as SUCCESS"},
    ),
    "kafka": (
        "[2026-11-29 10:00:00,123] ERROR [KafkaServer id=1] failed (kafka.server.KafkaServer)",
        {"level": "ERROR", "logger": "kafka.server.KafkaServer", "message": "[KafkaServer id=1] failed"},
    ),
}


def _read(name: str) -> Any:
    return YAML(typ="safe").load((FOLDER / name).read_text(encoding="utf-8"))


def _parsers() -> dict[str, dict[str, str]]:
    return {parser["name"]: parser for parser in _read("parsers.yaml")["parsers"]}


@pytest.mark.parametrize("name", LINES)
def test_a_line_is_read_by_its_parser(name: str) -> None:
    line, expected = LINES[name]
    # Onigmo names its groups without the P, else the two agree on all that is used here.
    found = re.fullmatch(_parsers()[name]["regex"].replace("(?<", "(?P<"), line)
    assert found
    said = found.groupdict()
    assert said.pop("time")
    assert said == expected


def test_every_parser_has_a_line_and_every_line_a_parser() -> None:
    assert set(_parsers()) == set(LINES)


def test_logs_go_where_the_template_of_our_logs_looks() -> None:
    template = json.loads((FOLDER.parent / "opensearch" / "templates" / "logs.json").read_text(encoding="utf-8"))
    (output,) = _read("fluent-bit.yaml")["pipeline"]["outputs"]
    assert template["index_patterns"] == [f"{output['logstash_prefix']}-*"]
    assert output["time_key"] in template["template"]["mappings"]["properties"]
    assert (output["generate_id"], output["retry_limit"]) == (True, False)


def test_no_secret_and_no_address_is_in_it() -> None:
    (output,) = _read("fluent-bit.yaml")["pipeline"]["outputs"]
    for key in ("host", "port", "http_user", "http_passwd"):
        assert re.fullmatch(r"\$\{OPENSEARCH_[A-Z]+\}", output[key]), key
