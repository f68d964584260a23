"""Superset's own import schemas, asked in Superset's own environment: one process for the whole bundle."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, cast

from lakefront.config import read_json, write_json
from lakefront.errors import BadInputError, CheckFailedError
from lakefront.semantic.source import Path_
from lakefront.superset.bundle import AssetFile, Bundle, names_of
from lakefront.superset.canonical import to_import
from lakefront.superset.names import Names
from lakefront.superset.validate.problem import Problem
from lakefront.superset.values import listed, mapping

_SCRIPT: Final = Path(__file__).with_name("superset_schemas.py")
_SECONDS: Final = 300
#: A database whose address the environment gives.
_NO_ADDRESS: Final = "trino://superset@localhost/iceberg"


@dataclass(frozen=True)
class SchemaCheck:
    """How to ask. `python`: of Superset's environment; `cache`: a folder that remembers answers by what was asked."""

    python: Path
    cache: Path | None = None
    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def __call__(self, bundle: Bundle) -> list[Problem]:
        """Return what the schemas refuse. Raises CheckFailedError (`superset-schemas`) where they do not answer."""
        names = names_of(bundle)
        assets = {asset.name: data for asset in bundle.assets if (data := as_imported(asset, names))}
        asked = json.dumps(assets, sort_keys=True, ensure_ascii=False)
        says = self._remembered(asked)
        found: list[Problem] = []
        for asset in bundle.assets:
            found += [_problem(asset, path, what) for path, what in _messages(says.get(asset.name), asset.data, ())]
        return found

    def _remembered(self, asked: str) -> dict[str, Any]:
        if self.cache is None:
            return self._ask(asked)
        script = _SCRIPT.read_text(encoding="utf-8")
        digest = hashlib.sha256("\0".join((str(self.python), script, asked)).encode()).hexdigest()
        file = self.cache / f"superset-schemas-{digest[:24]}.json"
        known = read_json(file)
        if "says" not in known:
            known = {"says": self._ask(asked)}
            self.cache.mkdir(parents=True, exist_ok=True)
            write_json(file, known)
        return mapping(known["says"])

    def _ask(self, asked: str) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="lakefront-schemas-") as name:
            question, answer = Path(name) / "assets.json", Path(name) / "says.json"
            question.write_text(asked, encoding="utf-8")
            argv = [str(self.python), "-I", str(_SCRIPT), str(question), str(answer)]
            environ = {**self.environ, "SUPERSET_HOME": name}
            try:
                done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=_SECONDS, check=False)  # noqa: S603 - a fixed script
            except (OSError, subprocess.TimeoutExpired) as error:
                raise _silent(str(error)) from None
            if done.returncode != 0 or not answer.is_file():
                raise _silent((done.stderr.strip().splitlines() or ["it said nothing"])[-1])
            return cast("dict[str, Any]", json.loads(answer.read_text(encoding="utf-8")))


def as_imported(asset: AssetFile, names: Names) -> dict[str, Any] | None:
    """Return an asset as Superset's import gets it; None where it cannot be made, which the other checks tell."""
    try:
        data = to_import(asset.folder, asset.data, names)
    except (BadInputError, ValueError, TypeError, KeyError, AttributeError):
        return None
    if asset.folder == "databases" and not data.get("sqlalchemy_uri"):
        data["sqlalchemy_uri"] = _NO_ADDRESS
    return data


def _silent(why: str) -> CheckFailedError:
    return CheckFailedError(
        "superset-schemas",
        f"Superset's import schemas could not be asked: {why}",
        fix="run `lakefront up` to install its environment anew, or use --no-schemas",
    )


def _messages(said: Any, data: Any, path: Path_) -> Iterator[tuple[Path_, str]]:
    """Yield (path in the file, words) of marshmallow's messages, whose list positions JSON has made texts."""
    for word in listed(said):
        yield path, str(word)
    for key, inner in mapping(said).items():
        if key in ("_schema", "key", "value") and key not in mapping(data):
            yield from _messages(inner, data, path)
        elif isinstance(data, list) and key.isdigit() and int(key) < len(listed(data)):
            yield from _messages(inner, listed(data)[int(key)], (*path, int(key)))
        else:
            yield from _messages(inner, mapping(data).get(key), (*path, key))


def _problem(asset: AssetFile, path: Path_, what: str) -> Problem:
    named = ".".join(str(part) for part in path) or "it"
    says = f"{what[:1].lower()}{what[1:].rstrip('.')}"
    return Problem(
        "asset-schema",
        f"Superset's import refuses '{named}': {says}",
        asset.source.at_key(path) if path and path in asset.source.keys else asset.source.at_value(path),
        "write what Superset's export would have there, or remove the key",
    )
