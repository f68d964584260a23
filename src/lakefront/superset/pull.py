"""Edits made in Superset, brought back into the files of `superset_assets/`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from lakefront.config import Settings
from lakefront.errors import BadInputError, did_you_mean
from lakefront.semantic.emit.superset import HEADER
from lakefront.superset.bundle import KINDS
from lakefront.superset.client import SupersetClient
from lakefront.superset.entries import Entry
from lakefront.superset.look import Look, files_read_aside, look
from lakefront.superset.text import dump, leading_comments
from lakefront.superset.wanted import linked
from lakefront.versions.edits import FileEdit, Left
from lakefront.versions.merge import merge, ours_first, theirs_first
from lakefront.versions.steps import WHOLE, Action, Step

_TIMEOUT: Final = 180.0
#: What new assets bring with them where it is new too. A database is taken only where it is named.
_TAKEN_ALONG: Final = ("datasets", "charts")


@dataclass(frozen=True)
class Pull:
    """What a pull does, or did."""

    files: tuple[FileEdit, ...]
    left: tuple[Left, ...]


@dataclass(frozen=True)
class Choice:
    """What to pull. `names`: files, slugs or titles, none for all; `new`: also what no file is for."""

    names: tuple[str, ...] = ()
    new: bool = False
    theirs: bool = False


def pull(settings: Settings, choice: Choice, report: Callable[[str], None], *, write: bool) -> Pull:
    """Merge what was edited in Superset into the files; what git changed meanwhile stays.

    A field that both changed is left as git has it, unless `choice.theirs`, and the file is not written. Generated
    files are never written. Raises BadInputError (`pull-unknown` for names that nothing has) and as SupersetClient.
    """
    with files_read_aside(settings) as reading, SupersetClient.from_settings(settings, timeout=_TIMEOUT) as client:
        found = look(settings, client, reading, report)
    report("comparing")
    result = _Puller(found, choice).run()
    if write:
        for item in result.files:
            item.write()
    return result


class _Puller:
    def __init__(self, found: Look, choice: Choice) -> None:
        self.look = found
        self.choice = choice
        self.wanted = found.wanted
        self.files: list[FileEdit] = []
        self.left: list[Left] = []
        #: What was new and gets a file.
        self.taken: set[str] = set()

    def run(self) -> Pull:
        steps = {step.key: step for step in self.look.plan(guard=False).steps}
        managed = [step for step in steps.values() if step.drifted]
        new = list(self.look.unmanaged) if self.choice.new else []
        if self.choice.names:
            chosen = self._named(new)
            managed = [step for step in steps.values() if step.key in chosen]
            new = [key for key in new if key in chosen]
        for step in managed:
            self._edited(step)
        for key in self._with_what_it_needs(new):
            self._new(key)
        return Pull(tuple(self.files), tuple(self.left))

    def _named(self, new: Sequence[str]) -> set[str]:
        """Return the keys of what the names mean."""
        called: dict[str, set[str]] = {}
        for key, entry in {**self.look.base, **self.wanted.entries}.items():
            for text in (entry.name, entry.slug, entry.title, key):
                called.setdefault(text.lower(), set()).add(key)
        for key in new:
            name = self.look.live.paths[key]
            for text in (name, Entry(name, key, {}).slug, self.look.live.title(key), key):
                called.setdefault(text.lower(), set()).add(key)
        chosen: set[str] = set()
        for name in self.choice.names:
            if name.lower() not in called:
                hint = "" if self.choice.new else "; for what no file is for yet, add --new"
                raise BadInputError(
                    "pull-unknown",
                    f"there is no asset '{name}'.{did_you_mean(name.lower(), called)}",
                    fix=f"name a file below superset_assets, its name without ending, or a title{hint}",
                )
            chosen |= called[name.lower()]
        return chosen

    def _edited(self, step: Step) -> None:
        git, live = self.wanted.entries.get(step.key), self.look.there.get(step.key)
        if git is None or step.action is Action.DELETE:
            self._leave(
                step.name, "git has no such file any more: the next apply removes it; restore the file to keep it"
            )
            return
        if live is None or step.fields[0].path == WHOLE:
            what = "it was deleted in Superset: delete the file too, or let the next apply bring it back"
            if step.action is not Action.CREATE:
                self._leave(step.name, what)
            return
        if not step.drifted:
            return
        file = self.wanted.folder / step.name
        before = file.read_text(encoding="utf-8")
        if before.startswith(HEADER):
            self._leave(step.name, _in_model(step))
            return
        base = self.look.base.get(step.key, git)
        merged = merge(base.data, git.data, live.data, theirs_first if self.choice.theirs else ours_first)
        both = [leaf.name for leaf in merged.leaves if leaf.who == "both"]
        if both and not self.choice.theirs:
            self._leave(step.name, f"git and Superset both changed {', '.join(both)}: take Superset's with --theirs")
            return
        # What the file says and this server cannot hold stays: another environment's address, owners without account.
        data = merge(git.data, self._in_file(git), merged.value).value
        self._write(step.name, file, before, Entry(git.name, git.key, data))

    def _in_file(self, git: Entry) -> Mapping[str, Any]:
        files = self.look.files
        for asset in files.bundle.assets:
            if asset.name == git.name:
                return linked(files.tidied(asset), files.extras.links.get(asset.uuid, {}))
        return files.extras.objects[git.name]

    def _with_what_it_needs(self, new: Sequence[str]) -> Iterator[str]:
        """Yield what is new, each after those of the charts and datasets that it names that are new too."""
        seen: set[str] = set()
        strangers = {key for key in self.look.unmanaged if self._folder(key) in _TAKEN_ALONG}

        def visit(key: str) -> Iterator[str]:
            if key not in seen:
                seen.add(key)
                for other in self.look.live.needs_of(key):
                    if other in strangers:
                        yield from visit(other)
                yield key

        for key in new:
            yield from visit(key)

    def _folder(self, key: str) -> str:
        return self.look.live.paths[key].split("/", 1)[0]

    def _new(self, key: str) -> None:
        entry = self.look.live.entry(key)
        if entry is None:
            return
        missing = self._missing(key)
        if missing:
            self._leave(entry.name, f"the bundle would not have what it needs: {', '.join(missing)}")
            return
        self.taken.add(key)
        self._write(entry.name, self.wanted.folder / entry.name, "", entry)

    def _missing(self, asset: str) -> tuple[str, ...]:
        """Return what an asset names and the bundle would not have, in words."""
        live = self.look.live
        there = self.taken | self.wanted.entries.keys()
        return tuple(
            f"the {KINDS[self._folder(key)]} '{live.title(key)}'" for key in live.needs_of(asset) if key not in there
        )

    def _write(self, name: str, file: Path, before: str, entry: Entry) -> None:
        after = dump(entry.data, leading_comments(before))
        if after != before:
            folder = self.wanted.folder.name
            self.files.append(FileEdit(f"{folder}/{name}", file, before, after))

    def _leave(self, name: str, because: str) -> None:
        self.left.append(Left(name, because))


def _in_model(step: Step) -> str:
    edits = ", ".join(change.path for change in step.drifted)
    return (
        f"it is generated: to keep the edits ({edits}), change the model in semantic_layer/models, "
        f"run `lakefront semantic build`, then apply"
    )
