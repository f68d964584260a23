"""All static checks, in one call: no server, no network, nothing executed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakefront.semantic.model import SemanticLayer
from lakefront.superset.bundle import AssetFile, Bundle
from lakefront.superset.validate.charts import check_charts
from lakefront.superset.validate.dashboards import check_dashboards
from lakefront.superset.validate.identity import check_identity
from lakefront.superset.validate.index import Index
from lakefront.superset.validate.jinja import check_jinja
from lakefront.superset.validate.links import check_links
from lakefront.superset.validate.problem import Problem, Problems
from lakefront.superset.validate.quality import check_quality
from lakefront.superset.validate.read import read_assets
from lakefront.superset.validate.sources import check_databases, check_datasets

_CHECKS: Final[tuple[Callable[[Index], None], ...]] = (
    check_identity,
    check_links,
    check_databases,
    check_datasets,
    check_charts,
    check_dashboards,
    check_jinja,
    check_quality,
)


@dataclass(frozen=True)
class Checked:
    """What was read and what is wrong with it, by file and line. `bundle`: the assets that could be read."""

    bundle: Bundle
    problems: tuple[Problem, ...]


def validate(
    bundle: Bundle,
    layer: SemanticLayer | None,
    others: Iterable[AssetFile] = (),
    unread: frozenset[str] = frozenset(),
) -> list[Problem]:
    """Return all that is wrong with a bundle, by file and line.

    `layer`: to tell a metric that no view shows from one that does not exist. `others`: files of themes/, roles/ and
    the like, and `unread`: folders where files could not be read, both as `read_assets` gives them.
    """
    index = Index(bundle, layer, others, unread)
    for check in _CHECKS:
        check(index)
    return index.found.ordered()


def validate_folder(
    folder: Path, layer: SemanticLayer | None, schemas: Callable[[Bundle], Iterable[Problem]] | None = None
) -> Checked:
    """Read `superset_assets`, whatever is wrong in it, and return all problems of it by file and line.

    `schemas`: a SchemaCheck, which runs meanwhile; raises as it does.
    """
    found = Problems()
    bundle, others, unread = read_assets(folder, found)
    with ThreadPoolExecutor(max_workers=1) as pool:
        running = pool.submit(schemas, bundle) if schemas else None
        found.extend(validate(bundle, layer, others, unread))
        if running:
            # What is told in our own words already is not told again in marshmallow's.
            told = {problem.where for problem in found}
            found.extend(problem for problem in running.result() if problem.where not in told)
    return Checked(bundle, tuple(found.ordered()))
