"""One stack with names of its own for schemas, for the tests of those names and for those that follow a request.

Each needs a sample, Superset and whoever asks Trino; starting them costs more than all that is asked of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from lakefront.semantic.emit.superset import asset_uuid
from tests.support import own_stack
from tests.support.bundles import with_own_assets
from tests.support.cli import ROOT
from tests.support.own_stack import OwnStack

PARTS = "objects,catalog,trino,superset,explorer,audit,opensearch,shipper,monitor"
#: A dataset that is over a table as it is.
ORDERS = "a2f3f6a2-8ad1-4c0c-9d54-5a3a6b3f2d10"
#: What a person wrote of it into git beside the generated datasets.
_PHYSICAL = f"""\
version: 1.0.0
uuid: {ORDERS}
database_uuid: {asset_uuid("database", "lakehouse")}
table_name: orders
schema: sales
columns:
  - column_name: order_id
    type: BIGINT
metrics:
  - metric_name: rows
    expression: COUNT(*)
"""


@pytest.fixture(scope="package")
def renamed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnStack]:
    """A stack whose schemas begin with `x_`, but for that of marketing; its bundle may be changed.

    Only datasets and alerts name schemas, and all of these are here: of dashboards one is enough.
    """
    folder = tmp_path_factory.mktemp("renamed")
    bundle = with_own_assets(folder / "bundle", "sales-overview")
    (bundle / "superset_assets" / "datasets" / "lakehouse" / "orders.yaml").write_text(_PHYSICAL, encoding="utf-8")
    manifest = bundle / "lakefront.toml"
    manifest.unlink()
    text = (ROOT / "lakefront.toml").read_text(encoding="utf-8")
    prefixed, times = re.subn(r"^\[env\.local\]$", '[env.local]\nschema_prefix = "x_"', text, flags=re.MULTILINE)
    assert times == 1
    # What is asked here is asked of names, not of numbers.
    small, times = re.subn(r"^\[sample\]$", "[sample]\nscale = 0.05", prefixed, flags=re.MULTILINE)
    assert times == 1
    manifest.write_text(f'{small}\n[env.local.schemas]\nmarketing = "campaigns_here"\n', encoding="utf-8")
    with own_stack.running(folder / "home", "--only", PARTS, bundle=bundle):
        yield OwnStack(bundle, folder / "home")
