"""A bad lakefront.toml gets one clear error with its place; a good one becomes types."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from lakefront.config import load_manifest, load_settings
from lakefront.errors import BadInputError
from tests.support.cli import ROOT

GOOD = '[bundle]\nname = "mine"\n\n[stack.ports]\ntrino = 9482\n\n[env.local]\nregion = "us-east-1"\n'


def write(folder: Path, text: str) -> Path:
    path = folder / "lakefront.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_reference_bundle_has_four_environments() -> None:
    manifest = load_manifest(ROOT / "lakefront.toml")
    assert list(manifest.env) == ["local", "dev", "staging", "prod"]
    assert manifest.sample.until == dt.date(2026, 10, 31)
    assert manifest.env["prod"].address("trino") == "https://trino.example.com"
    assert manifest.env["local"].address("trino") is None


def test_everything_but_the_name_has_a_default(tmp_path: Path) -> None:
    manifest = load_manifest(write(tmp_path, '[bundle]\nname = "mine"\n'))
    assert manifest.stack.ports.superset == 8088
    assert list(manifest.env) == ["local"]


@pytest.mark.parametrize(
    ("text", "place", "code", "words"),
    [
        ('[bundle]\nname = "x\n', ":2:10", "manifest-syntax", "not valid TOML"),
        ("[bundle\n", ":1:8", "manifest-syntax", "not valid TOML"),
        ("[bundle]\n", ":1:1", "manifest-missing-key", "'bundle.name' is missing"),
        (GOOD.replace("trino = 9482", "trinno = 9482"), ":5:1", "manifest-unknown-key", "Did you mean 'trino'?"),
        (GOOD.replace("9482", "94820"), ":5:1", "manifest-invalid", "a port is a whole number from 1 to 65535"),
        (GOOD.replace("9482", '"many"'), ":5:1", "manifest-invalid", "a port is a whole number"),
        (GOOD + 'trino = "dev:8080"\n', ":9:1", "manifest-invalid", "'env.local.trino' = 'dev:8080'"),
        (GOOD + 'colour = "red"\n', ":9:1", "manifest-unknown-key", "'env.local.colour' is not a setting"),
        (GOOD + '[look]\nprimary = "blue"\n', ":10:1", "manifest-invalid", "'look.primary' = 'blue'"),
        (GOOD + "[sample]\nuntil = 31\n", ":10:1", "manifest-invalid", "'sample.until' = 31"),
        (GOOD + 'thumbnails_url = "cdn.example.com"\n', ":9:1", "manifest-invalid", "'env.local.thumbnails_url'"),
        (GOOD + 'thumbnails_url = "https://cdn.example.com/?a=b"\n', ":9:1", "manifest-invalid", "thumbnails_url"),
        (GOOD + 'schema_prefix = "Stg"\n', ":9:1", "manifest-invalid", "'env.local.schema_prefix' = 'Stg'"),
        (GOOD + '[env.local.schemas]\nsales = "a b"\n', ":10:1", "manifest-invalid", "'env.local.schemas.sales'"),
        (GOOD + '[env.local.schemas]\n"a b" = "c"\n', ":10:1", "manifest-invalid", "'env.local.schemas.a b'"),
        (GOOD + '[env.local.schemas]\ncrm.main = "x.y"\n', ":9:1", "manifest-invalid", "'env.local.schemas.crm'"),
        (
            GOOD + '[env.local.schemas]\nsales = "x"\n"crm.main" = "y"\n',
            *(":11:1", "manifest-schemas", "catalog.schema another catalog.schema"),
        ),
        (
            GOOD + '[env.local.schemas]\n"iceberg.sales" = "iceberg.x"\n',
            *(":10:1", "manifest-schemas", "iceberg is the lake of the environment 'local'"),
        ),
        (
            GOOD + '[env.local.schemas]\nsales = "x"\n  shop = "x"\n',
            *(":11:3", "manifest-schemas-collide", "'sales' and 'shop' of the bundle would both be 'x'"),
        ),
        (
            GOOD + '[env.local.schemas]\nsales = "x"\n"crm.main" = "iceberg.x"\n',
            *(":11:1", "manifest-schemas-collide", "'sales' and 'crm.main' of the bundle would both be 'iceberg.x'"),
        ),
        (GOOD + "[stakc]\n", ":9:1", "manifest-unknown-key", "Did you mean 'stack'?"),
    ],
)
def test_a_mistake_is_told_with_its_place(tmp_path: Path, text: str, place: str, code: str, words: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(BadInputError) as caught:
        load_manifest(path)
    assert caught.value.code == code
    assert str(caught.value.where) == f"{path}{place}"
    assert words in caught.value.what
    assert caught.value.fix
    assert caught.value.exit_code == 2


def test_a_manifest_that_is_not_text(tmp_path: Path) -> None:
    path = tmp_path / "lakefront.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInputError, match="cannot be read"):
        load_manifest(path)


def test_names_of_schemas_that_only_the_bundle_shows_to_collide(tmp_path: Path) -> None:
    text = '[env.local]\nschema_prefix = "x_"\n[env.local.schemas]\nsales = "x_media"\n[bundle]\nname = "mine"\n'
    path = write(tmp_path, text)
    schemas = load_settings(bundle=tmp_path, environ={}).schemas
    assert (schemas.table("sales.orders"), schemas.table("shop.orders")) == ("x_media.orders", "x_shop.orders")
    with pytest.raises(BadInputError, match="'media' and 'sales'") as caught:
        schemas.table("media.assets")
    assert str(caught.value.where) == f"{path}:4:1"
