"""What is imported into a real Superset comes back as git has it, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest

from lakefront.config import Settings
from lakefront.superset.apply import apply, lakehouse_connection
from lakefront.superset.bundle import names_of, read_bundle
from lakefront.superset.canonical import OWN_KEYS, from_export, tidy, to_import
from lakefront.superset.client import Kind, SupersetClient
from lakefront.superset.text import dump, leading_comments
from tests.support.cli import ROOT
from tests.support.full_bundle import dashboard_of_all_blocks
from tests.support.superset_export import (
    canonical_texts,
    examples,
    exported,
    import_again,
    names_of_files,
    packed,
)

pytestmark = pytest.mark.stack

ASSETS = ROOT / "superset_assets"


def _export(stack: Settings) -> bytes:
    """Return the export of everything."""
    url = stack.service("superset").url
    with httpx.Client(base_url=f"{url}/api/v1", timeout=120) as http:
        login = {"username": "admin", "password": stack.secrets.superset_password, "provider": "db"}
        token = http.post("/security/login", json=login).raise_for_status().json()["access_token"]
        return http.get("/assets/export/", headers={"Authorization": f"Bearer {token}"}).raise_for_status().content


@pytest.fixture
def importing(stack: Settings) -> Iterator[Callable[[bytes], None]]:
    """Import zips; afterwards what they brought that is not of the bundle is deleted."""
    ours = {asset.uuid for asset in read_bundle(ASSETS).assets}
    brought: set[str] = set()

    def send(content: bytes) -> None:
        brought.update(data["uuid"] for data in exported(content).values())
        with SupersetClient.from_settings(stack, timeout=300) as client:
            client.import_assets(content)

    yield send
    with SupersetClient.from_settings(stack, timeout=300) as client:
        for kind in ("dashboard", "chart", "dataset", "database"):
            found = [item.id for item in client.assets(cast("Kind", kind)) if item.uuid in brought - ours]
            if kind == "database":
                for number in found:
                    client.remove(f"/database/{number}")
            else:
                client.delete(cast("Kind", kind), found)


def test_the_reference_bundle_comes_back_byte_for_byte(stack: Settings) -> None:
    apply(stack, lambda _text: None)
    connection = lakehouse_connection(stack)
    bundle = read_bundle(ASSETS)
    names = names_of(bundle, {asset.uuid: connection for asset in bundle.of("databases")})
    found = exported(_export(stack), {asset.uuid for asset in bundle.assets})
    live = {str(data["uuid"]): from_export(name.split("/")[0], data, names) for name, data in found.items()}
    for asset in bundle.assets:
        text = asset.file.read_text(encoding="utf-8")
        # These are not part of the import: they are read and set by REST.
        own = {key: asset.data[key] for key in OWN_KEYS if key in asset.data}
        assert dump({**live[asset.uuid], **own}, leading_comments(text)) == text, asset.name


def test_a_dashboard_of_all_kinds_of_blocks_and_scopes_comes_back(
    stack: Settings, importing: Callable[[bytes], None]
) -> None:
    own, names = dashboard_of_all_blocks()
    canonical = {name: tidy(name.split("/")[0], data, names) for name, data in own.items()}
    connection = lakehouse_connection(stack)
    bundle = read_bundle(ASSETS)
    known = names_of(bundle, {asset.uuid: connection for asset in bundle.of("databases")})
    base = {
        f"{asset.folder}/{asset.slug}": to_import(asset.folder, asset.data, known)
        for asset in bundle.assets
        if asset.folder in {"databases", "datasets"}
    }
    sent = {name: to_import(name.split("/")[0], data, names) for name, data in canonical.items()}
    importing(packed({**base, **sent}))
    uuids = {str(data["uuid"]) for data in own.values()}
    live = exported(_export(stack), uuids)
    git = {str(data["uuid"]): dump(data) for data in canonical.values()}
    texts = canonical_texts(live, names)
    assert {str(live[name]["uuid"]): text for name, text in texts.items()} == git


def test_superset_s_own_examples_come_back_the_same(
    stack: Settings, importing: Callable[[bytes], None], superset_package: Path
) -> None:
    connection = lakehouse_connection(stack)
    found = examples(superset_package, connection)
    here = {str(data["uuid"]): connection for name, data in found.items() if name.startswith("databases/")}
    uuids = {str(data["uuid"]) for data in found.values()}
    importing(packed(found))
    first = exported(_export(stack), uuids)
    assert {data["uuid"] for data in first.values()} == uuids, "all of them were imported"
    importing(import_again(first, names_of_files(first, here)))
    second = exported(_export(stack), uuids)
    assert canonical_texts(second, names_of_files(second, here)) == canonical_texts(first, names_of_files(first, here))
    kinds = [name.split("/")[0] for name in first]
    assert (kinds.count("dashboards"), kinds.count("charts")) >= (9, 100)


@pytest.fixture(scope="session")
def superset_package(stack: Settings) -> Path:
    """The folder of Superset's own package, in the environment that the stack made for it."""
    places = stack.cache.glob("environments/superset-*/lib/python*/site-packages/superset")
    return max(places, key=lambda place: place.stat().st_mtime)
