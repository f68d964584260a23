"""Two commits of a bundle, or a commit and its files as they are now -> who may see more or less."""

from __future__ import annotations

import tempfile
from pathlib import Path

from lakefront.config import MANIFEST_NAME
from lakefront.errors import BadInputError, Location
from lakefront.semantic.policy.diff import Change, diff
from lakefront.semantic.policy.revision import Repository, load_side


def compare(bundle: Path, revisions: str, *, catalog: str) -> list[Change]:
    """Return what is different between `BASE..HEAD`, `BASE...HEAD`, or `BASE` and the files; `catalog` is the lake's.

    Raises BadInputError where a side cannot be read, or neither has policies (`policies-missing`).
    """
    repository = Repository(bundle)
    asked = repository.range_of(revisions)
    name = asked.base[:12] if "..." in revisions else revisions.split("..", maxsplit=1)[0] or "HEAD"
    with tempfile.TemporaryDirectory(prefix="lakefront-diff-") as folder:
        roots = Path(folder, "base").resolve(), Path(folder, "head").resolve()
        before = load_side(repository.write(asked.base, roots[0]), roots[0], catalog=catalog, name=name)
        if asked.head:
            after = load_side(repository.write(asked.head, roots[1]), roots[1], catalog=catalog)
        else:
            after = load_side(repository.bundle, repository.root, catalog=catalog)
        if before.loaded is None and after.loaded is None:
            raise BadInputError(
                "policies-missing", "neither side has policies, so there is nothing to compare",
                where=Location(bundle / MANIFEST_NAME), fix="write semantic_layer/policies/access.yml",
            )  # fmt: skip
        return diff(before, after)
