"""Who and what a Superset knows by name: its accounts, roles and themes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Self

from lakefront.errors import CheckFailedError, did_you_mean
from lakefront.superset.client import SupersetClient, several
from lakefront.superset.extras.common import Ids, stem
from lakefront.superset.values import inner


@dataclass(frozen=True)
class Directory:
    """A moment's names. `me`: the account that is signed in; `accounts`, `roles`: name -> id; `themes`: uuid -> id.

    `system_themes`: name -> id of the themes that Superset makes of its settings (THEME_DEFAULT, THEME_DARK).
    `account_rows`, `role_rows`, `theme_rows`: all that Superset tells of them, for those who compare more than names.
    `explorer`: the origins of the environment's explorer, which files call by that word.
    """

    me: str
    accounts: Mapping[str, int]
    roles: Mapping[str, int]
    themes: Mapping[str, int]
    system_themes: Mapping[str, int]
    account_rows: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    role_rows: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    theme_rows: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    explorer: Sequence[str] = ()

    @classmethod
    def read(cls, client: SupersetClient, explorer: Sequence[str] = ()) -> Self:
        """Ask a Superset. Raises as SupersetClient."""
        # The list of roles, unlike `/security/roles/`, says what each role may: else that is a request for each.
        paths, orders = ("/theme/", "/security/users/", "/security/roles/search/"), ("theme_name", "id", "id")
        with several() as at_once:
            me = at_once.submit(client.one, "/me/")
            themes, accounts, roles = at_once.map(partial(_listed, client), paths, orders)
        return cls(
            me=str(me.result()["username"]),
            accounts={str(row["username"]): int(row["id"]) for row in accounts},
            roles={str(row["name"]): int(row["id"]) for row in roles},
            themes={str(row["uuid"]): int(row["id"]) for row in themes if not row["is_system"]},
            system_themes={str(row["theme_name"]): int(row["id"]) for row in themes if row["is_system"]},
            account_rows=accounts,
            role_rows=roles,
            theme_rows=themes,
            explorer=explorer,
        )

    def owners(self, row: Mapping[str, Any], wanted: Iterable[str]) -> list[str]:
        """Return a row's owners by username, sorted.

        The import makes the account that imports an owner of everything, so it counts only where `wanted` names it.
        """
        names = {number: name for name, number in self.accounts.items()}
        found = {names[int(owner["id"])] for owner in inner(row, "owners") if int(owner["id"]) in names}
        return sorted(found if self.me in wanted else found - {self.me})

    def owner_ids(self, row: Mapping[str, Any], wanted: Sequence[str]) -> list[int]:
        """Return the ids that a row's owners should be: those named that have an account.

        Where that is nobody, the account that is signed in stays if it is there.
        """
        ids = sorted(self.accounts[name] for name in set(wanted) if name in self.accounts)
        live = {int(owner["id"]) for owner in inner(row, "owners")}
        return ids or sorted(live & {self.accounts.get(self.me, -1)})

    def missing(self, what: str, wanted: Iterable[str]) -> tuple[str, ...]:
        """Return warnings of owners of `what` who have no account here."""
        return tuple(
            f"{what}: '{name}' has no account in this Superset and does not become an owner"
            for name in wanted
            if name not in self.accounts
        )

    def role_ids(self, wanted: Sequence[str]) -> list[int]:
        """Return the ids of roles by name. Raises CheckFailedError (`superset-role`)."""
        for name in wanted:
            if name not in self.roles:
                # Left out without a word, a dashboard would be open to other people than the file says.
                raise CheckFailedError(
                    "superset-role",
                    f"this Superset has no role '{name}'.{did_you_mean(name, self.roles)}",
                    fix="correct `roles` of the dashboard; roles of the policies are named 'Lakefront: NAME'",
                )
        return sorted(self.roles[name] for name in set(wanted))

    def theme_id(self, slug: str, ids: Ids) -> int:
        """Return the id of the theme that files call so. Raises CheckFailedError (`superset-theme`)."""
        for uuid, number in self.themes.items():
            if uuid == slug or ids.names.get(uuid) == f"themes/{slug}.yaml":
                return number
        if slug in self.system_themes:
            return self.system_themes[slug]
        raise CheckFailedError(
            "superset-theme",
            f"Superset has no theme '{slug}'",
            fix=f"run `lakefront superset apply`, which brings themes/{slug}.yaml",
        )

    def theme_slug(self, number: int, ids: Ids) -> str | None:
        """Return how files call a theme; None for one that is not there any more."""
        for uuid, found in self.themes.items():
            if found == number:
                return stem(ids.names[uuid]) if uuid in ids.names else uuid
        return next((name for name, found in self.system_themes.items() if found == number), None)


def _listed(client: SupersetClient, path: str, order: str) -> list[dict[str, Any]]:
    return list(client.rows(path, order=order))
