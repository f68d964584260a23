"""Edits made in Grafana, brought back into git: into definitions where they can say it, else as Grafana's own JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from lakefront.config import Settings
from lakefront.errors import BadInputError, did_you_mean
from lakefront.grafana.build import DASHBOARDS, tables_here
from lakefront.grafana.canonical import canonical
from lakefront.grafana.client import GrafanaClient
from lakefront.grafana.dashboard import TAG, compile_dashboard, text_of
from lakefront.grafana.look import Look, look
from lakefront.grafana.model import Dashboard
from lakefront.grafana.rewrite import rewritten
from lakefront.semantic.source import Source, parse_source
from lakefront.versions.edits import FileEdit, Left
from lakefront.versions.merge import Leaf, merge, ours_first, same, theirs_first
from lakefront.versions.plain import listed
from lakefront.versions.steps import Step

_SERVERS: Final = ("id", "version", "iteration")
_SHOWN: Final = 4
Json = dict[str, Any]


@dataclass(frozen=True)
class Pull:
    """What a pull does, or did. `gone`: definitions that JSON takes the place of."""

    files: tuple[FileEdit, ...]
    left: tuple[Left, ...]
    gone: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Choice:
    """What to pull. `names`: uids or titles, none for all that was edited; `new`: also what no file is for.

    `as_json`: keep it as Grafana's own JSON, for what a definition cannot say; `theirs`: Grafana's where both changed.
    """

    names: tuple[str, ...] = ()
    new: bool = False
    as_json: bool = False
    theirs: bool = False


def pull(settings: Settings, choice: Choice, report: Callable[[str], None], *, write: bool) -> Pull:
    """Bring edits into the files. Raises BadInputError (`pull-unknown`), and as `look`."""
    with GrafanaClient.from_settings(settings) as client:
        found = look(settings, client, report)
        puller = _Puller(settings, found, choice)
        chosen = puller.chosen()
        for step in chosen:
            puller.edited(step)
        for uid in puller.new():
            live = client.dashboard(uid)
            if live is not None:
                puller.as_json(uid, live.data)
    result = Pull(tuple(puller.files), tuple(puller.left), tuple(puller.gone))
    if write:
        for item in result.files:
            item.write()
        for path in result.gone:
            path.unlink(missing_ok=True)
    return result


class _Puller:
    def __init__(self, settings: Settings, found: Look, choice: Choice) -> None:
        self.settings = settings
        self.look = found
        self.choice = choice
        self.folder = settings.part("grafana_dashboards")
        self.definitions = {said.uid: (source, said) for source, said in found.compiled.definitions.dashboards}
        self.files: list[FileEdit] = []
        self.left: list[Left] = []
        self.gone: list[Path] = []

    def chosen(self) -> list[Step]:
        """Return the steps of what was edited, and is meant. Raises BadInputError (`pull-unknown`)."""
        steps = [step for step in self.look.plan().steps if step.drifted and step.key in self.look.git]
        if not self.choice.names:
            return steps
        known: dict[str, str] = {uid: uid for uid in (*self.look.git, *self.look.unmanaged)}
        known |= {str(data.get("title")): uid for uid, data in self.look.git.items()}
        known |= {title: uid for uid, title in self.look.unmanaged.items()}
        for name in self.choice.names:
            if name not in known:
                raise BadInputError(
                    "pull-unknown",
                    f"no dashboard is called '{name}'.{did_you_mean(name, known)}",
                    fix="use a title or uid that `lakefront grafana plan` shows; --new takes one that no file is for",
                )
        meant = {known[name] for name in self.choice.names}
        return [step for step in steps if step.key in meant]

    def new(self) -> list[str]:
        """Return the uids of what no file is for, and is meant."""
        if not self.choice.new:
            return []
        names = set(self.choice.names)
        return [uid for uid, title in self.look.unmanaged.items() if not names or names & {uid, title}]

    def edited(self, step: Step) -> None:
        """Take what was edited of one dashboard."""
        uid = step.key
        live = self.look.live.get(uid)
        name = self.look.name(uid)
        if live is None:
            self.left.append(Left(name, "it was deleted in Grafana: delete its file, or apply to bring it back"))
            return
        if any(change.who == "both" for change in step.fields) and not self.choice.theirs:
            paths = [change.path for change in step.fields if change.who == "both"]
            self.left.append(Left(name, f"git and Grafana both changed {_some(paths)}: add --theirs, or apply git's"))
            return
        if uid not in self.definitions or self.choice.as_json:
            self.as_json(uid, live.data)
            if uid in self.definitions:
                self.gone.append(self.definitions[uid][0].file)
            return
        self._definition(uid, live.data)

    def as_json(self, uid: str, live: Mapping[str, Any]) -> None:
        """Keep a dashboard as Grafana's own JSON."""
        data = {key: value for key, value in live.items() if key not in _SERVERS}
        data["tags"] = [tag for tag in listed(data.get("tags")) if tag != TAG]
        self._write(self.folder / DASHBOARDS / f"{uid}.json", text_of(data))

    def _definition(self, uid: str, live: Mapping[str, Any]) -> None:
        source, said = self.definitions[uid]
        git = canonical(self.look.git[uid])
        base = canonical(self.look.base.get(uid, self.look.git[uid]))
        choose = theirs_first if self.choice.theirs else ours_first
        merged = merge(base, git, canonical(live), choose)
        leaves = [leaf for leaf in merged.leaves if leaf.who != "git"]
        text = source.file.read_text(encoding="utf-8")
        after = rewritten(text, said, live, leaves, self.settings.manifest.look)
        missing = self._not_said(after, source, merged.value)
        if missing:
            self.left.append(Left(
                self.look.name(uid),
                f"a definition has no words for {_some(missing)}: edit it by hand, or keep it as JSON with --as-json",
            ))  # fmt: skip
            return
        self._write(source.file, after)

    def _not_said(self, text: str, source: Source, wanted: Json) -> list[str]:
        """Return the fields in which a definition's text, compiled, is not what is wanted."""
        try:
            read = parse_source(text, source.file)
            said = Dashboard.model_validate(read.data)
            titles = {uid: str(data.get("title")) for uid, data in self.look.git.items()}
            tables = tables_here(self.settings)
            compiled = compile_dashboard(read, said, tables, self.settings.manifest.look, titles)
        except (BadInputError, ValidationError) as error:
            return [str(error).splitlines()[0]]
        made = canonical(compiled)
        return [leaf.name for leaf in merge(made, made, wanted).leaves if _matters(leaf)]

    def _write(self, file: Path, text: str) -> None:
        before = file.read_text(encoding="utf-8") if file.exists() else ""
        if before != text:
            name = file.relative_to(self.settings.bundle).as_posix()
            self.files.append(FileEdit(name, file, before, text))


def _matters(leaf: Leaf) -> bool:
    """Say whether a difference is more than another way to write the same SQL, which is written anew when compiled."""
    if leaf.path[-1:] == ("rawSQL",):
        return not same(" ".join(str(leaf.git).split()).lower(), " ".join(str(leaf.live).split()).lower())
    return True


def _some(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more
