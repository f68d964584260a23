"""dbt's manifest -> models: one file with its semantic models, tests, metrics and saved queries."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from lakefront.semantic.exchange.dbt_filter import reference, templates
from lakefront.semantic.exchange.dbt_manifest import Item, Manifest, read_dbt
from lakefront.semantic.exchange.dbt_metrics import Metrics
from lakefront.semantic.exchange.dbt_tables import Table, dialect_of, place_of, relationships
from lakefront.semantic.exchange.dbt_tests import add_rule
from lakefront.semantic.exchange.draft import Data, Draft, ImportOptions
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.naming import free_name, to_description, to_label
from lakefront.semantic.exchange.ossie_fields import own_name

__all__ = ["import_dbt", "read_dbt"]


def import_dbt(manifest: Manifest, options: ImportOptions) -> Draft:
    """Return the models of a manifest, and what could not be carried over."""
    draft = Draft()
    if not manifest.schema_known:
        draft.note(str(manifest.file), "the manifest is not of version 12; it is read as if it were")
    dialect = dialect_of(manifest)
    tables = {table.name: table for table in _tables(manifest, dialect, draft)}
    for table in tables.values():
        table.read()
    joins = relationships(tables)
    measures = {measure.name: (table, measure) for table in tables.values() for measure in table.item.items("measures")}
    metrics = Metrics(tables, measures, manifest.owners, dialect, draft, options).read(manifest.metrics)
    _tests(manifest, tables)
    datasets = list(_datasets(tables, options, draft))
    known = {data["name"]: data for data in datasets}
    views = [view for query in manifest.saved_queries for view in _view(query, metrics, tables, draft)]
    name = own_name(_project(manifest))
    draft.files[f"{name}.yml"] = {
        "version": 1,
        "name": name,
        "description": f"Made from dbt's project {_project(manifest)}.",
        "owner": options.owner,
        "datasets": datasets,
        "relationships": [item for item in joins if item["from"] in known and item["to"] in known],
        "metrics": metrics,
        "views": views,
    }
    return draft


def _project(manifest: Manifest) -> str:
    packages = [str(item.data.get("package_name") or "") for item in manifest.semantic_models]
    return next(filter(None, packages), "dbt")


def _tables(manifest: Manifest, dialect: str, draft: Draft) -> Iterator[Table]:
    names: set[str] = set()
    items = manifest.semantic_models or list(_plain_models(manifest))
    for item in items:
        nodes = cast("list[Any]", item.map("depends_on").get("nodes") or [])
        node = next((manifest.nodes[str(name)] for name in nodes if str(name) in manifest.nodes), None)
        name = free_name(item.name, names)
        names.add(name)
        draft.origins["datasets", name] = item.place
        yield Table(item, node, name, dialect, draft)


def _plain_models(manifest: Manifest) -> Iterator[Item]:
    """Yield dbt's models with columns as if they were semantic models, for projects that have none of those."""
    for name, node in manifest.nodes.items():
        if node.data.get("resource_type") in ("model", "seed", "snapshot") and node.map("columns"):
            relation = {"relation_name": node.text("relation_name"), "alias": node.text("alias"),
                        "schema_name": node.text("schema"), "database": node.text("database")}  # fmt: skip
            made: Data = {"name": node.name, "package_name": node.text("package_name"), "node_relation": relation}
            yield Item(made | {"depends_on": {"nodes": [name]}}, node.place)


def _tests(manifest: Manifest, tables: dict[str, Table]) -> None:
    by_node = {table.node.name: table for table in tables.values() if table.node}
    for node in manifest.nodes.values():
        if node.data.get("resource_type") != "test" or node.map("config").get("enabled") is False:
            continue
        attached = manifest.nodes.get(str(node.data.get("attached_node")))
        table = by_node.get(attached.name) if attached else None
        if table:
            add_rule(node, table, by_node)


def _datasets(tables: dict[str, Table], options: ImportOptions, draft: Draft) -> Iterator[Data]:
    for table in tables.values():
        try:
            yield table.dataset(options)
        except UnsayableError as error:
            draft.lose(table.item.place, f"the dataset '{table.name}' is left out: {error}")


def _view(query: Item, metrics: list[Data], tables: dict[str, Table], draft: Draft) -> Iterator[Data]:
    """Yield a view that shows what a saved query asks for."""
    parameters = query.map("query_params")
    names = [own_name(str(name)) for name in cast("list[Any]", parameters.get("metrics") or [])]
    try:
        root = _root(names, metrics, tables)
        columns = [f"{root.name}.{root.time}"]
        for text in cast("list[Any]", parameters.get("group_by") or []):
            table, column = place_of(reference(str(text)), root, tables)
            columns.append(f"{table.name}.{column}")
    except UnsayableError as error:
        draft.lose(query.place, f"the saved query '{query.name}' is left out: {error}")
        return
    for key in ("order_by", "limit"):
        if parameters.get(key):
            draft.lose(query.place, f"{key} of the saved query '{query.name}' is not kept")
    for template in templates(parameters.get("where")):
        draft.lose(query.place, f"the condition of the saved query '{query.name}' is not kept: {template.strip()}")
    if query.data.get("exports"):
        draft.lose(query.place, f"exports of the saved query '{query.name}' are not kept")
    name = own_name(query.name)
    draft.origins["views", name] = query.place
    yield {
        "name": name,
        "label": query.text("label") or to_label(query.name),
        "description": query.text("description") or to_description(query.name),
        "root": root.name,
        "time": root.time,
        "columns": list(dict.fromkeys(columns)),
        "metrics": names,
    }


def _root(names: list[str], metrics: list[Data], tables: dict[str, Table]) -> Table:
    """Return the one table that metrics are over. Raises UnsayableError."""
    by_name = {data["name"]: data for data in metrics}
    roots = {root for name in names for root in _roots(name, by_name)}
    if len(roots) != 1:
        raise UnsayableError(f"its metrics are over {', '.join(sorted(roots)) or 'nothing'}, and a view has one root")
    root = tables[roots.pop()]
    if root.time is None:
        raise UnsayableError(f"'{root.name}' has no time dimension")
    return root


def _roots(name: str, metrics: dict[str, Data]) -> set[str]:
    """Return the datasets that a metric is over."""
    data = metrics.get(name)
    if data is None:
        raise UnsayableError(f"there is no metric '{name}'")
    if "dataset" in data:
        return {data["dataset"]}
    inputs = [data[key] for key in ("numerator", "denominator", "metric") if key in data]
    if data["type"] == "derived":
        inputs = [other for other in metrics if other in data["expression"].replace("(", " ").replace(")", " ").split()]
    return {root for part in inputs for root in _roots(part, metrics)}
