"""`semantic_layer/policies/*.yml` -> checked policies, each mistake told with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lakefront.config import Schemas, Settings
from lakefront.errors import BadInputError, Location
from lakefront.semantic.load import ModelError, layer_here
from lakefront.semantic.model import Dataset, SemanticLayer
from lakefront.semantic.names import unknown
from lakefront.semantic.policy.language import check_language
from lakefront.semantic.policy.model import Policies, Policy, Role, datasets_meant, models_of
from lakefront.semantic.source import Path_, Source
from lakefront.semantic.validation import parse_files

PREFIX = "policy"
_EMPTY = "a policy is a mapping with version, name, description, owner, roles, …"


class PolicyError(ModelError):
    """All that is wrong with the policies, in the order of the files. The error itself is the first."""


@dataclass(frozen=True)
class Loaded:
    """Checked policies over a checked layer, with the files that they were read from."""

    policies: Policies
    layer: SemanticLayer
    parsed: tuple[tuple[Source, Policy], ...]

    def place(self, role: str, *path: str | int) -> Location:
        """Return where something of a role is written."""
        for source, policy in self.parsed:
            for number, item in enumerate(policy.roles):
                if item.name == role:
                    here = ("roles", number, *path)
                    return source.at_key(here) if here in source.keys else source.at_value(here)
        raise KeyError(role)  # checked policies name no other role

    def granted_at(self, role: Role, dataset: str) -> Location | None:
        """Return where a role itself names a dataset; None where it does not."""
        models = models_of(self.layer)
        for number, selector in enumerate(role.datasets):
            if dataset in datasets_meant(selector, models):
                return self.place(role.name, "datasets", number)
        return None


def has_policies(folder: Path) -> bool:
    """Tell whether there are policies below a `semantic_layer` folder."""
    return bool(_files(folder))


def load_policies(folder: Path, layer: SemanticLayer) -> Loaded:
    """Read and check all policies below a `semantic_layer` folder.

    Raises PolicyError, or BadInputError (`policies-missing`) when there are none. Errors name files as `folder` does.
    """
    files = _files(folder)
    if not files:
        raise BadInputError(
            "policies-missing",
            "there are no policies here, so nobody may see anything",
            where=Location(folder / "policies"),
            fix="write one as access.yml, or correct semantic_layer in lakefront.toml",
        )
    return load_policy_files(files, layer)


def policies_here(settings: Settings) -> Loaded:
    """Read and check a bundle's models and policies, over the tables of its environment. Raises as `load_policies`."""
    return load_policies(settings.part("semantic_layer"), layer_here(settings))


def require_maintainer(loaded: Loaded, user: str) -> None:
    """Raise BadInputError (`policy-no-maintainer`) unless an environment's own user of Trino is one that maintains."""
    service = loaded.policies.services.get(user)
    if service is None or service.does != "maintain":
        raise BadInputError(
            "policy-no-maintainer",
            f"'{user}' loads, refreshes and checks tables, and no policy lists it as a service that does `maintain`",
            where=Location(loaded.policies.files[0]) if loaded.policies.files else None,
            fix=f"add `services: [{{name: {user}, description: …, does: maintain}}]`, or set `trino_user`"
            " in lakefront.toml to one that is listed",
        )


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "policies").glob("*.yml"))


def load_policy_files(files: Iterable[Path], layer: SemanticLayer) -> Loaded:
    """Read and check policies. Raises PolicyError with every problem found."""
    parsed, problems = parse_files(files, Policy, empty=_EMPTY, prefix=PREFIX)
    if not problems:
        problems.extend(_duplicates(parsed))
    if not problems:
        problems.extend(_references(parsed, layer))
    if problems:
        raise PolicyError(problems)
    policies = Policies(
        policies=tuple(_here(policy, layer.schemas) for _, policy in parsed),
        files=tuple(source.file for source, _ in parsed),
    )
    return Loaded(policies, layer, tuple(parsed))


def _here(policy: Policy, schemas: Schemas) -> Policy:
    """Return a policy whose roles open tables by the names of the layer's environment."""
    roles = tuple(
        role.model_copy(update={"tables": tuple(schemas.table(name) for name in role.tables)}) for role in policy.roles
    )
    return policy.model_copy(update={"roles": roles})


def _duplicates(parsed: list[tuple[Source, Policy]]) -> Iterator[BadInputError]:
    first: dict[tuple[str, str], Location] = {}
    for source, policy in parsed:
        for kind in ("roles", "groups", "users", "services"):
            for number, item in enumerate(getattr(policy, kind)):
                where = source.at_value((kind, number, "name"))
                # A person and a service share Trino's one list of names.
                space = "users" if kind == "services" else kind
                # Groups of people are called after their roles in lower case.
                key = (space, item.name.lower() if kind == "roles" else item.name)
                if key in first:
                    what = f"'{item.name}' is already in use, at {first[key]}"
                    yield BadInputError("policy-duplicate", what, where=where, fix="rename or remove one of them")
                first.setdefault(key, where)


def _references(parsed: list[tuple[Source, Policy]], layer: SemanticLayer) -> Iterator[BadInputError]:
    roles = {role.name: role for _, policy in parsed for role in policy.roles}
    for source, policy in parsed:
        for number, role in enumerate(policy.roles):
            yield from _role(source, ("roles", number), role, roles, layer)
        for kind in ("groups", "users"):
            for number, item in enumerate(getattr(policy, kind)):
                for place, name in enumerate(item.roles):
                    if name not in roles:
                        yield unknown(source, (kind, number, "roles", place), name, "role", roles, prefix=PREFIX)
    yield from check_language(parsed, layer)


def _role(
    source: Source, path: Path_, role: Role, roles: dict[str, Role], layer: SemanticLayer
) -> Iterator[BadInputError]:
    for number, name in enumerate(role.inherits):
        if name not in roles:
            yield unknown(source, (*path, "inherits", number), name, "role", roles, prefix=PREFIX)
        elif role.name in _above(name, roles):
            yield BadInputError(
                "policy-circle", f"the role {role.name} inherits from itself by way of {name}",
                where=source.at_value((*path, "inherits", number)), fix="break the circle",
            )  # fmt: skip
    models = models_of(layer)
    for number, selector in enumerate(role.datasets):
        where = (*path, "datasets", number)
        if selector.startswith("model:") and selector.removeprefix("model:") not in models:
            yield unknown(source, where, selector.removeprefix("model:"), "model", models, prefix=PREFIX)
        elif not selector.startswith(("model:", "*")) and selector not in layer.datasets:
            yield unknown(source, where, selector, "dataset", layer.datasets, prefix=PREFIX)
    for key in role.columns:
        dataset, column = key.split(".")
        yield from _known(source, (*path, "columns", key), dataset, column, layer.datasets)
    for kind, names in (("rows", role.rows), ("edits", role.edits)):
        for name in names:
            yield from _known(source, (*path, kind, name), name, None, layer.datasets)


def _known(
    source: Source, path: Path_, dataset: str, column: str | None, datasets: dict[str, Dataset]
) -> Iterator[BadInputError]:
    found = datasets.get(dataset)
    names = datasets if found is None else [item.name for item in found.columns]
    if found is not None and (column is None or found.column(column)):
        return
    what, name = ("dataset", dataset) if found is None else (f"column of {dataset}", column or "")
    problem = unknown(source, path, name, what, names, prefix=PREFIX)
    problem.where = source.at_key(path)
    yield problem


def _above(name: str, roles: dict[str, Role]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        if current not in found and current in roles:
            found.add(current)
            waiting.extend(roles[current].inherits)
    return found
