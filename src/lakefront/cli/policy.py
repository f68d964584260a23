"""`lakefront policy`: who may see what, on the command line."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any, Final

import click
from rich.markup import escape

from lakefront.cli.context import Context
from lakefront.cli.lazy import LazyGroup
from lakefront.cli.output import format_option, print_rows
from lakefront.cli.policy_publish import load, publish
from lakefront.errors import BadInputError, Location
from lakefront.semantic.policy.check import Level, check
from lakefront.semantic.policy.explain import Explanation, explain
from lakefront.semantic.policy.resolve import everybody

_FOUND: Final = ("level", "what", "where", "fix")
_EXPLAINED: Final = ("what", "says", "condition", "role", "where")


#: Commands that few questions need, by `module:attribute`.
_LAZY: Final = {
    "test": "lakefront.cli.policy_test:test_policies",
    "diff": "lakefront.cli.policy_diff:diff_policies",
    "views": "lakefront.cli.policy_views:views",
}


@click.group(cls=LazyGroup, lazy=_LAZY)
def policy() -> None:
    """Policies: who may see which rows and columns, checked, explained, and written as rules that Trino obeys.

    Example: lakefront policy explain --user ana --table sales.customers
    """


@policy.command(name="check")
@format_option
@click.pass_obj
def check_policies(context: Context, output_format: str) -> int:
    """Look for contradictions, open personal data, roles that nobody has and tables that no policy names.

    Exits 1 when something is an error; warnings are told only.

    Example: lakefront policy check
    """
    loaded = load(context.settings)
    found = check(loaded)
    if output_format == "table":
        for item in found:
            place = f"{item.where}: " if item.where else ""
            colour = "red" if item.level is Level.ERROR else "yellow"
            said = escape(f"{place}{item.what} [{item.code}]\n  to mend it: {item.fix}")
            context.console.print(f"[{colour}]{item.level.value}[/] {said}")
    else:
        rows = [
            {
                "level": item.level.value,
                "code": item.code,
                "what": item.what,
                "where": _place(item.where),
                "fix": item.fix,
            }
            for item in found
        ]
        print_rows(context.console, rows, _FOUND, output_format)
    errors = sum(item.level is Level.ERROR for item in found)
    policies = loaded.policies
    people = len(everybody(policies))
    context.console_err.print(
        f"{len(policies.roles)} roles, {people} people, {len(policies.services)} services: "
        f"{errors} errors, {len(found) - errors} warnings"
    )
    return 1 if errors else 0


@policy.command(name="explain")
@click.option("--user", required=True, metavar="NAME", help="Who asks, by the name that Trino knows.")
@click.option("--table", required=True, metavar="TABLE", help="A dataset, or schema.table.")
@click.option("--group", "groups", multiple=True, help="A group that the identity provider puts the person in.")
@format_option
@click.pass_obj
def explain_access(context: Context, user: str, table: str, groups: tuple[str, ...], output_format: str) -> None:
    """Say which rows and columns of a table a person sees, and which line of which file says so.

    Example: lakefront policy explain --user ana --table sales.customers
    """
    said = explain(load(context.settings), user, table, groups or None)
    if output_format == "json":
        context.console.print_json(json.dumps(dataclasses.asdict(said), ensure_ascii=False))
        return
    context.console_err.print(escape(_headline(said)))
    print_rows(context.console, [dataclasses.asdict(line) for line in said.lines], _EXPLAINED, output_format)


@policy.command()
@click.option("--out", type=click.Path(path_type=Path), help="Where to write (default: what the local Trino reads).")
@click.option("--offline", is_flag=True, help="Do not ask Trino which columns tables really have.")
@click.option(
    "--members",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="JSON: the groups of each person, where they come from an identity provider.",
)
@click.pass_obj
def build(context: Context, out: Path | None, offline: bool, members: Path | None) -> None:
    """Write Trino's access rules and groups. A running Trino that reads them follows within seconds.

    Without --offline, columns that no dataset describes are hidden, and the key of hashes is put in place.

    Example: lakefront policy build --out deploy/trino/access
    """
    made = publish(context.settings, out=out, offline=offline, members=members_of(members) if members else None)
    context.console_err.print(f"{made.file}: {made.groups} groups of people, {made.size:,} bytes")
    if made.followed is not None:
        said = "Trino obeys it" if made.followed else "Trino has not read it yet: see `lakefront logs trino`"
        context.console_err.print(said)
    if offline:
        context.console_err.print(
            "offline: columns that no dataset describes are not hidden, and hashes need the key of an earlier build"
        )


def _headline(said: Explanation) -> str:
    roles = f" ({', '.join(said.roles)})" if said.roles else ""
    return f"{said.user}{roles} {'may' if said.allowed else 'may not'} ask {said.table}"


def _place(where: Location | None) -> str | None:
    return str(where) if where else None


def members_of(file: Path) -> dict[str, list[str]]:
    """Read which groups each person is in. Raises BadInputError (`policy-members`)."""
    try:
        data: Any = json.loads(file.read_text(encoding="utf-8"))
        return {str(user): [str(group) for group in groups] for user, groups in data.items()}
    except (ValueError, AttributeError, TypeError, OSError):
        raise BadInputError(
            "policy-members", "this is no mapping of people to lists of groups", where=Location(file),
            fix='write {"ana": ["analysts", "staff"]}',
        ) from None  # fmt: skip
