"""Make a Superset's roles, row-level security and people what the bundle says; touch nothing else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lakefront.errors import CheckFailedError
from lakefront.semantic.emit.superset_access import GROUP_PREFIX, ROLE_PREFIX
from lakefront.superset.access_files import AccessBundle
from lakefront.superset.client import SupersetClient, several
from lakefront.superset.extras import Directory
from lakefront.superset.values import inner

#: Domain of the addresses of accounts that were made here; no mail is ever sent there.
OURS: Final = "people.lakefront.local"
#: Stands for the id of what would be made.
_NOT_YET: Final = -1
_IN_PLAN: Final = {"made": "make", "set": "set", "put": "put", "removed": "remove", "closed": "close"}
_ON_ASSET: Final = re.compile(r"\(id:(\d+)\)$")


@dataclass(frozen=True)
class AccessApplied:
    """What was changed, in words; empty when everything was so already. The other numbers are what there is now."""

    changes: tuple[str, ...]
    roles: int
    rules: int
    people: int


def apply_access(
    client: SupersetClient,
    wanted: AccessBundle,
    directory: Directory,
    ids: Mapping[str, Mapping[str, int]],
    *,
    password: str | None,
    keep: str,
    coming: Collection[str] | None = None,
) -> AccessApplied:
    """Make roles, row filters and people's roles as wanted. Datasets must be there already.

    `directory`: what there is now; `ids`: kind -> uuid -> id of what there is now of databases and datasets.
    `password`: of accounts that are made for people who have none; None makes no accounts, because people come from
    single sign-on. The account `keep` never loses a role. `coming`: uuids of databases and datasets that are not there
    yet; when it is given, nothing is written, and the changes are those that there would be. Raises CheckFailedError
    (`superset-permission`, `superset-dataset`) for names that this Superset does not know, and as SupersetClient.
    """
    return _Applier(client, wanted, directory, ids, password=password, keep=keep, coming=coming).run()


class _Applier:
    def __init__(
        self,
        client: SupersetClient,
        wanted: AccessBundle,
        directory: Directory,
        ids: Mapping[str, Mapping[str, int]],
        *,
        password: str | None,
        keep: str,
        coming: Collection[str] | None,
    ) -> None:
        self.client = client
        self.wanted = wanted
        self.password = password
        self.keep = keep
        self.dry = coming is not None
        self.coming = coming or ()
        self.changes: list[str] = []
        self.roles = dict(directory.roles)
        self.held = {int(row["id"]): set[int](row["permission_ids"]) for row in directory.role_rows}
        self.accounts = {str(row["username"]): row for row in directory.account_rows}
        self.datasets, self.databases = ids["dataset"], ids["database"]
        with several() as at_once:
            rules = at_once.submit(lambda: list(client.rows("/rowlevelsecurity/", order="name")))
            self.permissions, self.of_assets = _permissions(client.rows("/security/permissions-resources/"))
        self.live_rules = {str(row["name"]): row for row in rules.result() if _ours(str(row["name"]))}

    def run(self) -> AccessApplied:
        for role in self.wanted.roles:
            known = [self._permission(text) for text in role.permissions]
            opened = self._on("database_access", self.databases, role.databases)
            opened += self._on("datasource_access", self.datasets, role.datasets)
            self._role(role.name, {*known, *opened})
        for group in self.wanted.groups:
            self._role(group.name, set(self._on("datasource_access", self.datasets, group.datasets)))
        rules = self._rules()
        people = self._people()
        # Last, so that nobody is without her filters in between.
        self._prune_roles()
        return AccessApplied(
            tuple(self.changes), len(self.wanted.roles) + len(self.wanted.groups), rules, people
        )  # fmt: skip

    def _permission(self, text: str) -> int:
        if text not in self.permissions:
            raise CheckFailedError(
                "superset-permission",
                f"this Superset knows no permission '{text}'",
                fix="use the version of Superset that deploy/superset locks",
            )
        return self.permissions[text]

    def _on(self, permission: str, known: Mapping[str, int], wanted: Mapping[str, str]) -> list[int]:
        found: list[int] = []
        for name, uuid in wanted.items():
            if uuid in self.coming:
                found.append(_NOT_YET)
                continue
            number = self.of_assets.get((permission, known.get(uuid, -1)))
            if number is None:
                raise CheckFailedError(
                    "superset-dataset",
                    f"a role opens '{name}', which this Superset does not have",
                    fix=f"add it to superset_assets (its uuid is {uuid}), then run `lakefront superset apply` again",
                )
            found.append(number)
        return found

    def _role(self, name: str, permissions: set[int]) -> None:
        if name not in self.roles:
            self.changes.append(f"made the role {name}")
            if self.dry:
                self.roles[name] = _NOT_YET
                return
            self.roles[name] = int(self.client.post("/security/roles/", {"name": name})["id"])
        number = self.roles[name]
        if self.held.get(number, set()) != permissions:
            self._post(f"/security/roles/{number}/permissions", {"permission_view_menu_ids": sorted(permissions)})
            self.changes.append(f"set the permissions of {name}")

    def _post(self, path: str, body: Mapping[str, Any]) -> None:
        if not self.dry:
            self.client.post(path, body)

    def _put(self, path: str, body: Mapping[str, Any]) -> None:
        if not self.dry:
            self.client.put(path, body)

    def _remove(self, path: str, ids: Iterable[int] | None = None) -> None:
        if not self.dry:
            self.client.remove(path, ids)

    def _dataset(self, uuid: str) -> int:
        return _NOT_YET if uuid in self.coming else self.datasets[uuid]

    def _rules(self) -> int:
        live = self.live_rules
        names: set[str] = set()
        for file in self.wanted.rules:
            for rule in file.rules:
                names.add(rule.name)
                body: dict[str, Any] = {
                    "name": rule.name,
                    "description": "Made of the policies by Lakefront; edits are put right.",
                    "filter_type": "Regular",
                    "tables": [self._dataset(file.dataset_uuid)],
                    "roles": [self.roles[rule.role]],
                    "group_key": None,
                    "clause": rule.clause,
                }
                found = live.get(rule.name)
                if found is None:
                    self._post("/rowlevelsecurity/", body)
                    self.changes.append(f"made the row filter {rule.name}")
                elif _rule_as_sent(found) != {key: body[key] for key in _COMPARED}:
                    self._put(f"/rowlevelsecurity/{found['id']}", body)
                    self.changes.append(f"put the row filter {rule.name} right")
        for name in sorted(live.keys() - names):
            self._remove("/rowlevelsecurity/", [int(live[name]["id"])])
            self.changes.append(f"removed the row filter {name}")
        return len(names)

    def _people(self) -> int:
        wanted = {name: roles for name, roles in self.wanted.people.items() if name != self.keep}
        there = 0
        for name, roles in sorted(wanted.items()):
            ids = sorted(self.roles[role] for role in roles)
            account = self.accounts.get(name)
            if account is not None:
                self._set_roles(name, account, ids)
                there += 1
            elif self.password is not None:
                body = {
                    "username": name,
                    "first_name": name.capitalize(),
                    "last_name": "-",
                    "email": f"{name}@{OURS}" if "@" not in name else name,
                    "active": True,
                    "password": self.password,
                    "roles": ids,
                }
                self._post("/security/users/", body)
                self.changes.append(f"made an account for {name}")
                there += 1
        for name, account in sorted(self.accounts.items()):
            gone = name not in wanted and name != self.keep
            if gone and account.get("active") and self._holds_ours(account):
                # Her charts stay hers: an account that is removed would take them along.
                self._put(f"/security/users/{account['id']}", {"active": False})
                self.changes.append(f"closed the account of {name}, whom the policies do not name")
        return there

    def _set_roles(self, name: str, account: Mapping[str, Any], ids: list[int]) -> None:
        live = sorted(int(role["id"]) for role in inner(account, "roles"))
        if live != ids or not account.get("active"):
            self._put(f"/security/users/{account['id']}", {"roles": ids, "active": True})
            self.changes.append(f"set the roles of {name}")

    def _holds_ours(self, account: Mapping[str, Any]) -> bool:
        return self.password is not None and any(_ours(str(role["name"])) for role in inner(account, "roles"))

    def _prune_roles(self) -> None:
        kept = {role.name for role in self.wanted.roles} | {group.name for group in self.wanted.groups}
        for name in sorted(name for name in self.roles if _ours(name) and name not in kept):
            self._remove(f"/security/roles/{self.roles[name]}")
            self.changes.append(f"removed the role {name}")


_COMPARED: Final = ("name", "filter_type", "tables", "roles", "group_key", "clause")


def _rule_as_sent(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule of the server's list in the form that it is sent in."""
    same = {key: row.get(key) or None for key in ("name", "filter_type", "group_key", "clause")}
    return same | {key: [int(item["id"]) for item in inner(row, key)] for key in ("tables", "roles")}


def _ours(name: str) -> bool:
    return name.startswith((ROLE_PREFIX, GROUP_PREFIX))


def _permissions(rows: Iterable[Mapping[str, Any]]) -> tuple[dict[str, int], dict[tuple[str, int], int]]:
    """Return the ids of permissions by `what on-which`, and of those on one asset by (what, id of the asset)."""
    named: dict[str, int] = {}
    of_assets: dict[tuple[str, int], int] = {}
    for row in rows:
        what, which = str(row["permission"]["name"]), str(row["view_menu"]["name"])
        named[f"{what} {which}"] = int(row["id"])
        found = _ON_ASSET.search(which)
        if found:
            of_assets[what, int(found[1])] = int(row["id"])
    return named, of_assets


def in_words(applied: AccessApplied) -> str:
    """Return what was done in one line; many changes of one kind are counted."""
    if not applied.changes:
        return "as they were"
    if len(applied.changes) <= 3:
        return ", ".join(applied.changes)
    kinds = Counter(" ".join(change.split()[:3]) for change in applied.changes)
    return ", ".join(f"{kind} ({count})" for kind, count in kinds.items())


def as_plan(changes: Iterable[str]) -> tuple[str, ...]:
    """Return changes in words as what is to be done."""
    split = (change.split(" ", 1) for change in changes)
    return tuple(f"{_IN_PLAN[verb]} {rest}" for verb, rest in split)
