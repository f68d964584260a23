"""An Apache Ossie document -> models. What our own extensions say is put back, so that nothing is lost on the way.

Where another tool has changed a document of ours, what stands outside the extensions counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, cast

from pydantic import ValidationError

from lakefront.semantic.exchange.draft import Data, Draft, ImportOptions
from lakefront.semantic.exchange.metric_to_sql import UnsayableError
from lakefront.semantic.exchange.naming import free_name, to_description
from lakefront.semantic.exchange.ossie_export import VENDOR, VERSIONS
from lakefront.semantic.exchange.ossie_fields import DatasetReader, own_name
from lakefront.semantic.exchange.ossie_metrics import MetricsReader
from lakefront.semantic.exchange.ossie_spec import Named, OssieDocument, OssieModel, OssieRelationship, Part
from lakefront.semantic.joins import routes_from
from lakefront.semantic.model import Relationship
from lakefront.semantic.source import Path_

_READ_BEFORE: Final = frozenset({"0.1.0", "1.0", *VERSIONS})


def import_ossie(document: OssieDocument, options: ImportOptions) -> Draft:
    """Return the models of a document, and what could not be carried over."""
    draft = Draft()
    if document.version not in _READ_BEFORE:
        said = f"version {document.version}" if document.version else "no version"
        draft.note(document.place(), f"the file has {said}; it is read as {VERSIONS[0]}")
    for path, model in document.models:
        _Importer(document, path, model, options, draft).run()
    return draft


@dataclass
class _Importer:
    document: OssieDocument
    path: Path_
    model: OssieModel
    options: ImportOptions
    draft: Draft
    #: Our name of each dataset, by theirs in lower case.
    names: dict[str, str] = field(default_factory=dict[str, str])
    readers: dict[str, DatasetReader] = field(default_factory=dict[str, DatasetReader])

    def run(self) -> None:
        own = self._own(self.model, *self.path)
        self._tell_rest(self.model, *self.path)
        catalog = own.get("catalog")
        columns = dict(self._columns(catalog if isinstance(catalog, str) else None))
        relationships = list(self._relationships())
        self._keys()
        datasets = list(self._datasets(columns))
        known = {data["name"]: data for data in datasets}
        leads = _leads_to(known, relationships)
        metrics = MetricsReader(
            self.draft, self.options, known, relationships, self.names, self._field_names(known), leads
        )
        for number, item in enumerate(self.model.metrics):
            here = (*self.path, "metrics", number)
            self._tell_rest(item, *here, synonyms=True)
            metrics.add(item, self._own(item, *here), self.document.place(*here), synonyms_of(item))
        for data in own.get("metrics", ()):
            metrics.add_unsaid(data)
        parts = {"datasets": datasets, "relationships": relationships, "metrics": metrics.made()}
        self._share_out(parts, own)

    def _own(self, item: Named, *path: str | int) -> Data:
        """Return what our extension says of a part; tell of the extensions of others."""
        found: Data = {}
        for number, extension in enumerate(item.custom_extensions):
            place = self.document.place(*path, "custom_extensions", number)
            if extension.vendor_name.upper() != VENDOR:
                self.draft.lose(place, f"what {extension.vendor_name} adds to '{item.name}' is not kept")
                continue
            try:
                data = json.loads(extension.data)
            except json.JSONDecodeError:
                data = None
            if isinstance(data, dict):
                found |= cast("Data", data)
            else:
                self.draft.lose(place, f"our own extension of '{item.name}' is not a JSON object")
        return found

    def _tell_rest(self, item: Named, *path: str | int, synonyms: bool = False) -> None:
        """Tell what a part says that models have no place for."""
        place = self.document.place(*path)
        for part in _parts(item):
            for key in part.model_extra or {}:
                if not (part is self.model and key == "version"):
                    self.draft.lose(place, f"'{key}' of '{item.name}' is not known and not kept")
        context = item.ai_context
        if isinstance(context, str):
            self.draft.lose(place, f"the ai_context of '{item.name}' is not kept")
        elif context:
            kept = ("synonyms",) if synonyms else ()
            for key in context:
                if key not in kept:
                    self.draft.lose(place, f"ai_context.{key} of '{item.name}' is not kept")

    def _columns(self, catalog: str | None) -> Iterator[tuple[str, list[Data]]]:
        for number, item in enumerate(self.model.datasets):
            here = (*self.path, "datasets", number)
            place = self.document.place(*here)
            self._tell_rest(item, *here)
            name = own_name(item.name)
            name = name if name not in self.readers else free_name(name, self.readers)
            if name != item.name:
                self.draft.note(place, f"the dataset '{item.name}' is written as '{name}'")
            self.names.setdefault(item.name.lower(), name)
            own = self._own(item, *here)
            reader = DatasetReader(item, name, own, catalog, self.options, self.draft, place)
            self.readers[name] = reader
            paths = [(*here, "fields", at) for at in range(len(item.fields))]
            for entry, path in zip(item.fields, paths, strict=True):
                self._tell_rest(entry, *path, synonyms=True)
            owned = [
                self._own(entry, *path) | ({"synonyms": synonyms_of(entry)} if synonyms_of(entry) else {})
                for entry, path in zip(item.fields, paths, strict=True)
            ]
            yield name, reader.columns([self.document.place(*path) for path in paths], owned)

    def _relationships(self) -> Iterator[Data]:
        pairs: set[tuple[str, str]] = set()
        taken: set[str] = set()
        for number, item in enumerate(self.model.relationships):
            here = (*self.path, "relationships", number)
            place = self.document.place(*here)
            self._tell_rest(item, *here)
            own = self._own(item, *here)
            try:
                data = self._relationship(item, own, taken)
            except UnsayableError as error:
                self.draft.lose(place, f"the relationship '{item.name}' is left out: {error}")
                continue
            pair = (data["from"], data["to"])
            if pair in pairs and "as" not in data:
                data["as"] = free_name(item.name, {*self.readers})
                self.draft.note(place, f"a second way from '{pair[0]}' to '{pair[1]}': its rows are '{data['as']}'")
            pairs.add(pair)
            taken.add(data["name"])
            self.draft.origins["relationships", data["name"]] = place
            yield data

    def _relationship(self, item: OssieRelationship, own: Data, taken: set[str]) -> Data:
        sides: dict[str, tuple[str, list[str]]] = {}
        for key, dataset, columns in (("from", item.from_, item.from_columns), ("to", item.to, item.to_columns)):
            name = self.names.get(dataset.lower())
            if name is None:
                raise UnsayableError(f"there is no dataset '{dataset}'")
            sides[key] = name, [self.readers[name].column(column, f"'{item.name}' joins by it") for column in columns]
        name = item.name if item.name == own_name(item.name) and item.name not in taken else free_name(item.name, taken)
        return {
            "name": name,
            "from": own.get("from", sides["from"][0]),
            "to": sides["to"][0],
            "from_columns": sides["from"][1],
            "to_columns": sides["to"][1],
            **{key: value for key, value in own.items() if key != "from"},
        }

    def _keys(self) -> None:
        """See that the columns of keys exist."""
        for reader in self.readers.values():
            for name in [*reader.item.primary_key, *(name for key in reader.item.unique_keys for name in key)]:
                try:
                    reader.column(name, "it is part of a key")
                except UnsayableError as error:
                    self.draft.lose(reader.place, f"a key of '{reader.name}': {error}")

    def _datasets(self, columns: dict[str, list[Data]]) -> Iterator[Data]:
        joined = {item.to.lower(): item.to_columns for item in reversed(self.model.relationships)}
        for name, reader in self.readers.items():
            try:
                data = reader.finish(columns[name])
            except UnsayableError as error:
                self.draft.lose(reader.place, f"the dataset '{reader.item.name}' is left out: {error}")
                continue
            self.draft.origins["datasets", name] = reader.place
            if not data["columns"]:
                self.draft.lose(reader.place, f"the dataset '{name}' is left out: it has no fields")
                continue
            if not data["primary_key"]:
                guess = next(iter(reader.item.unique_keys), None) or joined.get(reader.item.name.lower())
                data["primary_key"] = [reader.column(key, "key") for key in guess or [data["columns"][0]["name"]]]
                told = ", ".join(data["primary_key"])
                if guess:
                    self.draft.note(reader.place, f"'{name}' says no primary key; {told} is unique")
                else:
                    self.draft.lose(reader.place, f"'{name}' says no primary key; {told} is a guess: to be checked")
            yield data

    def _field_names(self, known: dict[str, Data]) -> dict[str, dict[str, str]]:
        names: dict[str, dict[str, str]] = {}
        for name, data in known.items():
            made = {column["name"] for column in data["columns"]}
            names[name] = {made_name: made_name for made_name in made} | {
                theirs: ours for theirs, ours in self.readers[name].names.items() if ours in made
            }
        return names

    def _share_out(self, parts: dict[str, list[Data]], own: Data) -> None:
        """Put the parts into the files that they came from; into one where that is not said."""
        models = cast("list[Data]", own.get("models") or [])
        if not models:
            name = own_name(self.model.name)
            data: Data = {
                "version": 1,
                "name": name,
                "description": self.model.description or to_description(self.model.name),
                "owner": self.options.owner,
            }
            self._add_file(f"{name}.yml", data | {key: items for key, items in parts.items() if items})
            return
        left = {key: {item["name"]: item for item in items} for key, items in parts.items()}
        files: list[tuple[str, Data]] = []
        for model in models:
            data = {key: value for key, value in model.items() if key not in ("file", *parts)}
            for key in parts:
                data[key] = self._taken(key, model.get(key, ()), left[key])
            files.append((str(model.get("file") or f"{model['name']}.yml"), data))
        for key, items in left.items():  # added by another tool
            files[0][1][key] += items.values()
        for name, data in files:
            self._add_file(name, {key: value for key, value in data.items() if value or key not in parts})

    def _taken(self, key: str, names: list[str], left: dict[str, Data]) -> list[Data]:
        gone = [name for name in names if name not in left]
        for name in gone:
            self.draft.note(self.document.place(*self.path), f"'{name}' is no longer among the {key}")
        return [left.pop(name) for name in names if name in left]

    def _add_file(self, name: str, data: Data) -> None:
        stem = name.removesuffix(".yml")
        plain = stem if stem and "/" not in stem and "\\" not in stem and not stem.startswith(".") else own_name(stem)
        file = f"{plain}.yml"
        while file in self.draft.files:
            file = f"{free_name(plain, {name.removesuffix('.yml') for name in self.draft.files})}.yml"
        self.draft.files[file] = data


def synonyms_of(item: Named) -> list[str]:
    """Return the synonyms of a part."""
    context = item.ai_context
    found = context.get("synonyms") if isinstance(context, dict) else None
    return [str(word) for word in cast("list[Any]", found) if str(word).strip()] if isinstance(found, list) else []


def _parts(item: Part) -> Iterator[Part]:
    """Yield a part and what is inside it, without those that have names of their own."""
    yield item
    for name in type(item).model_fields:
        value = getattr(item, name)
        for inner in cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,):
            if isinstance(inner, Part) and not isinstance(inner, Named):
                yield from _parts(inner)


def _leads_to(known: dict[str, Data], relationships: list[Data]) -> dict[str, set[str]]:
    sound: list[Relationship] = []
    for data in relationships:
        try:
            sound.append(Relationship.model_validate(data))
        except ValidationError:
            continue  # told when the models are checked
    return {name: set(routes_from(name, sound).reached) for name in known}
