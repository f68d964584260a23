"""A bundle's semantic layer as it was at a commit of its git repository, or as its files are now."""

from __future__ import annotations

import os
import posixpath
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakefront.config import MANIFEST_NAME, load_manifest
from lakefront.errors import BadInputError, Location
from lakefront.semantic.load import ModelError, load_layer
from lakefront.semantic.policy.load import load_policies
from lakefront.semantic.policy.side import Side

_NOTHING_THERE: Final = frozenset({"manifest-missing", "models-missing", "policies-missing"})
_FILES: Final = {"100644", "100755"}


@dataclass(frozen=True)
class Range:
    """Two commits to compare; without `head`, the files as they are now."""

    base: str
    head: str | None


class Repository:
    """The git repository that a bundle is in."""

    def __init__(self, bundle: Path) -> None:
        """Find it. Raises BadInputError (`git-missing`, `not-a-repository`)."""
        self.bundle = bundle.resolve()
        done = _git(self.bundle, "rev-parse", "--show-toplevel")
        if done.returncode != 0:
            raise BadInputError(
                "not-a-repository", "the bundle is in no git repository, so there is nothing to compare with",
                where=Location(bundle), fix="run `git init` and commit, or name a bundle in a clone with --bundle DIR",
            )  # fmt: skip
        self.root = Path(done.stdout.decode().rstrip("\n")).resolve()

    def range_of(self, text: str) -> Range:
        """Return what `BASE`, `BASE..HEAD` or `BASE...HEAD` (from where they parted) means, as commits.

        Raises BadInputError (`unknown-revision`).
        """
        base, dots, head = text.partition("...")
        if not dots:
            base, dots, head = text.partition("..")
            return Range(self._commit(base or "HEAD"), self._commit(head or "HEAD") if dots else None)
        commits = self._commit(base or "HEAD"), self._commit(head or "HEAD")
        done = _git(self.root, "merge-base", *commits)
        if done.returncode != 0:
            raise _unknown(text, "they have no commit in common")
        return Range(done.stdout.decode().strip(), commits[1])

    def _commit(self, name: str) -> str:
        done = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        if done.returncode != 0:
            raise _unknown(name, "git knows no such commit, branch or tag")
        return done.stdout.decode().strip()

    def write(self, commit: str, folder: Path) -> Path:
        """Write the manifest, models and policies of a commit below a folder; return where its bundle is.

        Raises BadInputError (`manifest-…`, `revision-link`).
        """
        inside = self.bundle.relative_to(self.root).as_posix()
        self._write(commit, [posixpath.normpath(posixpath.join(inside, MANIFEST_NAME))], folder)
        bundle = folder / inside
        if (bundle / MANIFEST_NAME).exists():
            part = posixpath.normpath(
                posixpath.join(inside, load_manifest(bundle / MANIFEST_NAME).bundle.semantic_layer)
            )
            if part == ".." or part.startswith(("../", "/")):
                raise BadInputError(
                    "revision-outside", f"the semantic layer {part} is outside of the repository",
                    where=Location(bundle / MANIFEST_NAME), fix="keep it in the same repository as the bundle",
                )  # fmt: skip
            self._write(commit, [f"{part}/models", f"{part}/policies"], folder)
        return bundle

    def _write(self, commit: str, paths: list[str], folder: Path) -> None:
        # Not `git archive`: attributes in the repository could leave files out of it.
        listed = _checked(_git(self.root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *paths))
        entries = [entry for entry in listed.decode("utf-8", "surrogateescape").split("\0") if entry]
        wanted: list[tuple[str, str]] = []
        for entry in entries:
            about, _, name = entry.partition("\t")
            mode, _, blob = about.split(" ")
            if not name.endswith((".yml", ".toml")):
                continue
            if mode not in _FILES:
                raise BadInputError(
                    "revision-link", "this is a link, which would be followed in a working tree and is not in a commit",
                    where=Location(Path(name)), fix="keep the file itself in its place",
                )  # fmt: skip
            wanted.append((name, blob))
        for (name, _), content in zip(wanted, self._contents(blob for _, blob in wanted), strict=True):
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def _contents(self, blobs: Iterable[str]) -> Iterator[bytes]:
        names = "".join(f"{blob}\n" for blob in blobs)
        rest = _checked(_git(self.root, "cat-file", "--batch", given=names.encode()))
        while rest:
            header, _, rest = rest.partition(b"\n")
            size = int(header.split(b" ")[2])
            yield rest[:size]
            rest = rest[size + 1 :]


def load_side(bundle: Path, root: Path, *, catalog: str, name: str = "") -> Side:
    """Read a bundle's models and policies; a bundle without any has a side on which nobody sees anything.

    `root`: the folder that files are named relative to. `name`: of the commit, empty for the newer side.
    Raises BadInputError or PolicyError, with files named as the repository names them.
    """
    try:
        manifest = load_manifest(bundle / MANIFEST_NAME)
        folder = bundle / manifest.bundle.semantic_layer
        loaded = load_policies(folder, load_layer(folder))
    except BadInputError as error:
        if error.code in _NOTHING_THERE:
            return Side(None, root, catalog, name)
        for problem in (error, *(error.problems if isinstance(error, ModelError) else ())):
            if name and problem.where and problem.where.file.is_relative_to(root):
                inside = problem.where.file.relative_to(root)
                problem.where = Location(Path(f"{name}:{inside}"), problem.where.line, problem.where.column)
        raise
    return Side(loaded, root, catalog, name, manifest.stack.access)


def _git(folder: Path, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - git itself; names from outside come after --end-of-options
            ["git", "-C", os.fspath(folder), *arguments],  # noqa: S607 - whichever git the person has
            input=given,
            capture_output=True,
            check=False,
        )
    except OSError as error:
        raise BadInputError(
            "git-missing", f"git cannot be run: {error.strerror}", fix="install git, and see that it is in PATH"
        ) from None


def _checked(done: subprocess.CompletedProcess[bytes]) -> bytes:
    if done.returncode != 0:
        what = done.stderr.decode(errors="replace").strip().removeprefix("fatal: ")
        raise BadInputError("git-failed", f"git cannot read the repository: {what}", fix="see that `git fsck` is fine")
    return done.stdout


def _unknown(name: str, why: str) -> BadInputError:
    return BadInputError(
        "unknown-revision", f"'{name}': {why}",
        fix="name commits, branches or tags, such as main..HEAD; a shallow clone needs `git fetch --unshallow`",
    )  # fmt: skip
