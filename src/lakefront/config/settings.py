"""Settings: the manifest, one environment, the home and `os.environ`, put together once and passed in.

This package is the only reader of `os.environ`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

import platformdirs

from lakefront.config.home import HOME_NAME, Home, Secrets, read_secrets
from lakefront.config.login import Login, resolve_login
from lakefront.config.manifest import (
    COMPANIONS,
    GROUPS,
    MANIFEST_NAME,
    SERVICES,
    EnvTable,
    Manifest,
    load_manifest,
)
from lakefront.config.schemas import Schemas
from lakefront.errors import BadInputError, Location, NotAllowedError, did_you_mean

LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True)
class Service:
    """Where a service answers. `external`: named by address, so not started or stopped by us."""

    name: str
    url: str
    external: bool


@dataclass(frozen=True)
class Settings:
    """Everything a verb needs to know, resolved."""

    bundle: Path
    manifest: Manifest
    env_name: str
    home: Home
    cache: Path
    maven_repository: str | None = None
    ports: Mapping[str, int] = field(default_factory=dict[str, int])
    environ: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @property
    def env(self) -> EnvTable:
        """The table of the chosen environment."""
        return self.manifest.env[self.env_name]

    @cached_property
    def schemas(self) -> Schemas:
        """What the bundle's schemas are called in this environment."""
        env = self.env
        return Schemas(env.iceberg_catalog, env.schema_prefix, env.schemas, self.bundle / MANIFEST_NAME, self.env_name)

    def part(self, name: str) -> Path:
        """Return the folder of a part of the bundle, such as `superset_assets`."""
        return self.bundle / cast(str, getattr(self.manifest.bundle, name))

    def service(self, name: str) -> Service:
        """Return where a service answers: the environment's address, else the local stack's port."""
        address = next((self.environ[key] for key in _addresses(name) if self.environ.get(key)), self.env.address(name))
        if address:
            return Service(name, address.rstrip("/"), external=True)
        port = self.ports.get(name) or cast(int, getattr(self.manifest.stack.ports, name))
        return Service(name, f"http://{LOOPBACK}:{port}", external=False)

    @property
    def explorer_origins(self) -> tuple[str, ...]:
        """The origins that browsers know the explorer by: of a local one, both names of this machine."""
        parts = urlsplit(self.service("explorer").url)
        port = f":{parts.port}" if parts.port else ""
        hosts = (LOOPBACK, "localhost") if parts.hostname in (LOOPBACK, "localhost") else (parts.hostname or "",)
        return tuple(f"{parts.scheme}://{host}{port}" for host in hosts)

    def has_local(self, name: str) -> bool:
        """Whether this home's stack has the service: it was given a port when the stack was last started."""
        return name in self.ports and not self.service(name).external

    @property
    def everybody_sees_everything(self) -> bool:
        """Whether the Trino that is asked obeys no policy: a local one, with `access = "open"`."""
        return self.manifest.stack.access == "open" and self.is_local

    @property
    def is_local(self) -> bool:
        """Whether this environment's Trino is the local stack's, where nobody logs in, reached by whatever address."""
        return self.env.address("trino") is None

    @cached_property
    def secrets(self) -> Secrets:
        """The secrets of this environment. Raises NotAllowedError (`secret-missing`) with every place looked at."""
        generated = read_secrets(self.home)
        return Secrets(
            s3_access_key=self._secret("LAKEFRONT_S3_ACCESS_KEY", generated.get("s3_access_key")),
            s3_secret_key=self._secret("LAKEFRONT_S3_SECRET_KEY", generated.get("s3_secret_key")),
            superset_secret_key=self._secret("LAKEFRONT_SUPERSET_SECRET_KEY", generated.get("superset_secret_key")),
            superset_password=self._secret("LAKEFRONT_SUPERSET_PASSWORD", generated.get("superset_password")),
            signing_key=self._secret("LAKEFRONT_SIGNING_KEY", generated.get("signing_key")),
            trino_password=self.optional_secret("LAKEFRONT_TRINO_PASSWORD"),
            superset_guest_secret=self.optional_secret("LAKEFRONT_SUPERSET_GUEST_SECRET"),
            login_client_secret=self.optional_secret("LAKEFRONT_LOGIN_CLIENT_SECRET"),
            login_cookie_secret=self.optional_secret("LAKEFRONT_LOGIN_COOKIE_SECRET"),
        )

    @cached_property
    def login(self) -> Login | None:
        """How people log in to the explorer; None where `[env.NAME.login]` is missing. Raises as `resolve_login`."""
        table = self.env.login
        if table is None:
            return None
        manifest = Location(self.bundle / MANIFEST_NAME)
        return resolve_login(table, self.secrets, self.service("explorer").url, manifest, self.env_name)

    def optional_secret(self, name: str) -> str | None:
        """Return a secret of the environment, or of the file that NAME_FILE names; None where neither is set.

        Raises BadInputError (`secret-file`).
        """
        if self.environ.get(name):
            return self.environ[name]
        file = self.environ.get(f"{name}_FILE")
        if not file:
            return None
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadInputError(
                "secret-file",
                f"{name}_FILE names a file that cannot be read: {error.strerror}",
                where=Location(Path(file)),
                fix="see that the file exists and that this user may read it",
            ) from None

    def _secret(self, name: str, generated: str | None) -> str:
        value = self.optional_secret(name) or generated
        if value:
            return value
        raise NotAllowedError(
            "secret-missing",
            f"{name} is not set; looked at ${name}, ${name}_FILE and {self.home.secrets_file}",
            fix=f"set {name} or {name}_FILE, or run `lakefront up` once to generate the local stack's secrets",
        )


def _addresses(name: str) -> tuple[str, ...]:
    """Return the variables that may name a service's address. Grafana's is one that its other tools read, too."""
    own = f"LAKEFRONT_{name.upper()}_URL"
    return (own, "GRAFANA_URL") if name == "grafana" else (own,)


def find_bundle(start: Path) -> Path:
    """Return the nearest folder at or above `start` that holds a manifest. Raises BadInputError (`no-bundle`)."""
    for folder in (start, *start.parents):
        if (folder / MANIFEST_NAME).is_file():
            return folder
    raise BadInputError(
        "no-bundle",
        f"there is no {MANIFEST_NAME} in {start} or in any folder above it",
        fix="go into a bundle, or name one with --bundle DIR",
    )


def load_settings(
    *,
    bundle: Path | None = None,
    env: str | None = None,
    home: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the manifest and the environment.

    Arguments win over `LAKEFRONT_BUNDLE`, `LAKEFRONT_ENV`, `LAKEFRONT_HOME`, which win over the manifest.
    Raises BadInputError for a bad manifest or an unknown environment.
    """
    environ = dict(os.environ) if environ is None else dict(environ)
    named = bundle or (Path(environ["LAKEFRONT_BUNDLE"]) if environ.get("LAKEFRONT_BUNDLE") else None)
    root = named.resolve() if named else find_bundle(Path.cwd())
    manifest = load_manifest(root / MANIFEST_NAME)
    env_name = env or environ.get("LAKEFRONT_ENV") or manifest.bundle.default_env
    if env_name not in manifest.env:
        raise BadInputError(
            "unknown-environment",
            f"there is no environment '{env_name}'.{did_you_mean(env_name, manifest.env)}",
            where=Location(root / MANIFEST_NAME),
            fix=f"use one of: {', '.join(manifest.env)}; or add a table [env.{env_name}]",
        )
    where = home or (Path(environ["LAKEFRONT_HOME"]) if environ.get("LAKEFRONT_HOME") else root / HOME_NAME)
    the_home = Home(where.absolute())
    cache = environ.get("LAKEFRONT_CACHE")
    return Settings(
        bundle=root,
        manifest=manifest,
        env_name=env_name,
        home=the_home,
        cache=Path(cache).absolute() if cache else platformdirs.user_cache_path("lakefront"),
        maven_repository=environ.get("LAKEFRONT_MAVEN_REPOSITORY") or None,
        ports=the_home.ports(),
        environ=environ,
    )


def local_services(settings: Settings) -> list[str]:
    """Return the names of the services that have no address and so are started here.

    Of the optional ones, those that the manifest asks for; of companions, those of what is started here.
    """
    companions = [name for name, of in COMPANIONS.items() if not settings.service(of).external]
    names = [*SERVICES, *companions, *parts(settings.manifest.stack.with_)]
    return [name for name in names if not settings.service(name).external]


def parts(names: Iterable[str]) -> list[str]:
    """Return the names of services, each once, with every group replaced by its members."""
    return list(dict.fromkeys(member for name in names for member in GROUPS.get(name, (name,))))
