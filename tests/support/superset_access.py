"""Roles, groups and row filters as a server has them, under the names and in the form of git's files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lakefront.semantic.source import read_source
from lakefront.superset.client import SupersetClient
from lakefront.superset.text import dump, leading_comments

_ON_ASSET = re.compile(r"(database|datasource)_access \[.*\(id:(\d+)\)$")


def access_texts(client: SupersetClient, folder: Path, *, keep: str) -> dict[str, str]:
    """Return name of file -> what would stand there for this server.

    What Superset has no place for, descriptions and what is left to Trino, is taken from git, and so is the membership
    of `keep`, the account that applies, whose roles stay as they are.
    """
    server = _Server(client, keep)
    texts: dict[str, str] = {}
    for kind, read in (("roles", server.role), ("groups", server.group), ("rls", server.rules)):
        for file in sorted((folder / kind).glob("*.yaml")):
            data = dict(read_source(file).data)
            text = dump({**data, **read(data)}, leading_comments(file.read_text(encoding="utf-8")))
            texts[f"{kind}/{file.name}"] = text
    return texts


class _Server:
    def __init__(self, client: SupersetClient, keep: str) -> None:
        self.client = client
        self.keep = keep
        self.roles = {row["name"]: row["id"] for row in client.rows("/security/roles/")}
        self.users = list(client.rows("/security/users/"))
        self.rows = list(client.rows("/rowlevelsecurity/", order="name"))
        self.assets = {
            "database": {asset.id: asset for asset in client.assets("database")},
            "datasource": {asset.id: asset for asset in client.assets("dataset")},
        }

    def role(self, file: dict[str, Any]) -> dict[str, Any]:
        """Return what a role may: in general, of databases and of datasets."""
        path = f"/security/roles/{self.roles[file['name']]}/permissions/"
        general: list[str] = []
        opened: dict[str, dict[str, str]] = {"database": {}, "datasource": {}}
        for row in self.client.get(path)["result"]:
            text = f"{row['permission_name']} {row['view_menu_name']}"
            found = _ON_ASSET.match(text)
            if found:
                asset = self.assets[found[1]][int(found[2])]
                opened[found[1]][asset.title] = asset.uuid
            else:
                general.append(text)
        slugs = {uuid: name for name, uuid in file.get("databases", {}).items()}
        databases = {slugs.get(uuid, title): uuid for title, uuid in opened["database"].items()}
        own = {"permissions": sorted(general), "databases": databases} if "permissions" in file else {}
        return {**own, "datasets": opened["datasource"]}

    def group(self, file: dict[str, Any]) -> dict[str, Any]:
        """Return who has the role of a group, what it opens, and which other roles of ours they all have."""
        having = {user["username"]: {role["name"] for role in user["roles"]} for user in self.users}
        members = {name: roles for name, roles in having.items() if file["name"] in roles}
        others = {frozenset(roles - {file["name"]}) for roles in members.values()}
        assert len(others) <= 1, f"the members of {file['name']} have the same roles"
        roles = sorted(others.pop()) if others else file["roles"]
        kept = {name for name in file["members"] if name == self.keep}
        return {**self.role(file), "members": sorted(members.keys() | kept), "roles": roles}

    def rules(self, file: dict[str, Any]) -> dict[str, Any]:
        """Return the row filters of a dataset."""
        number = next(key for key, asset in self.assets["datasource"].items() if asset.uuid == file["dataset_uuid"])
        rules = [
            {"clause": row["clause"], "name": row["name"], "role": role["name"]}
            for row in self.rows
            for role in row["roles"]
            if [table["id"] for table in row["tables"]] == [number]
        ]
        return {"rules": sorted(rules, key=lambda rule: str(rule["name"]))}
