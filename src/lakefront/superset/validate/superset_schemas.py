"""Run in Superset's own environment: load assets by the schemas of its import, and write what those say.

Usage: python superset_schemas.py ASSETS.json SAYS.json. Shapes: {name below the bundle: asset} -> {name: messages} of
those that are refused. Nothing is imported: its database is an empty one beside SAYS.json.
"""

from __future__ import annotations

import json
import secrets
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_SCHEMAS: Final = {
    "databases": "ImportV1DatabaseSchema",
    "datasets": "ImportV1DatasetSchema",
    "charts": "ImportV1ChartSchema",
    "dashboards": "ImportV1DashboardSchema",
}
_CONFIG: Final = "superset_schemas_config"


def main(assets_file: str, says_file: str) -> None:
    """Load every asset and write the messages."""
    assets: dict[str, dict[str, Any]] = json.loads(Path(assets_file).read_text(encoding="utf-8"))
    app = _app(Path(says_file).with_name("superset.db"))
    with app.app_context():
        # The schema of databases asks whether a database exists already.
        database: Any = import_module("superset.extensions").db
        import_module("superset.models.core").Database.metadata.create_all(database.engine)
        schemas: dict[str, Any] = {
            folder: getattr(import_module(f"superset.{folder}.schemas"), name)() for folder, name in _SCHEMAS.items()
        }
        says = {name: said for name, data in assets.items() if (said := _load(schemas[name.split("/")[0]], data))}
    Path(says_file).write_text(json.dumps(says), encoding="utf-8")


def _app(database: Path) -> Any:
    config = ModuleType(_CONFIG)
    defaults = vars(import_module("superset.config"))
    vars(config).update({key: value for key, value in defaults.items() if key.isupper()})
    vars(config).update(SQLALCHEMY_DATABASE_URI=f"sqlite:///{database}", SECRET_KEY=secrets.token_hex())
    sys.modules[_CONFIG] = config
    return import_module("superset.app").create_app(superset_config_module=_CONFIG)


def _load(schema: Any, data: dict[str, Any]) -> Any:
    if "XXXXXXXXXX" in str(data.get("sqlalchemy_uri")):
        data = {**data, "password": "given beside the files"}
    try:
        schema.load(data)
    except import_module("marshmallow").ValidationError as error:
        return error.messages
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        # A schema that stumbles over a value: the import would, too.
        return {"_schema": [f"{type(error).__name__}: {error}"]}
    return None


if __name__ == "__main__":
    main(*sys.argv[1:])
