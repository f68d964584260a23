"""The home of a local stack: `.lakefront/`, with data, logs, generated configuration, run state and secrets."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from lakefront.errors import BadInputError, Location, NotAllowedError

HOME_NAME: Final = ".lakefront"


@dataclass(frozen=True)
class Home:
    """Paths below one home. Nothing is created until `prepare`."""

    root: Path

    @property
    def data(self) -> Path:
        """What must survive: objects, the catalog's database, Superset's database, the external database."""
        return self.root / "data"

    @property
    def etc(self) -> Path:
        """Generated configuration, one folder a component; written anew at each start."""
        return self.root / "etc"

    @property
    def access_rules(self) -> Path:
        """Trino's access rules and groups, made of the policies; read again by Trino when they change."""
        return self.etc / "access"

    @property
    def known_columns(self) -> Path:
        """The columns that tables had when access rules were last made."""
        return self.access_rules / "columns.json"

    @property
    def logs(self) -> Path:
        """One file of JSON lines a component."""
        return self.root / "logs"

    @property
    def tools(self) -> Path:
        """Programs that were installed here because no package registry has them."""
        return self.root / "tools"

    @property
    def run(self) -> Path:
        """State of what runs now."""
        return self.root / "run"

    @property
    def state_file(self) -> Path:
        """What the supervisor last said of every component."""
        return self.run / "stack.json"

    @property
    def ports_file(self) -> Path:
        """The ports that the components were given at the last start."""
        return self.run / "ports.json"

    @property
    def secrets_file(self) -> Path:
        """Generated secrets, mode 0600."""
        return self.root / "secrets.json"

    def prepare(self) -> None:
        """Create the folders. Raises NotAllowedError (`home-not-writable`)."""
        try:
            for folder in (self.root, self.data, self.etc, self.logs, self.run):
                folder.mkdir(parents=True, exist_ok=True)
            self.root.chmod(0o700)
            probe = self.run / f".write-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise NotAllowedError(
                "home-not-writable",
                f"the home {self.root} cannot be written: {error.strerror or error}",
                fix="give this user the right to write there, or choose another place with --home DIR",
            ) from None

    def ports(self) -> dict[str, int]:
        """Return the ports of the last start, or an empty mapping."""
        return {str(k): int(v) for k, v in read_json(self.ports_file).items()}


@dataclass(frozen=True)
class Secrets:
    """What may not be printed: generated on a home's first start, or given by the environment."""

    s3_access_key: str
    s3_secret_key: str
    superset_secret_key: str
    superset_password: str
    signing_key: str
    trino_password: str | None = None
    superset_guest_secret: str | None = None
    login_client_secret: str | None = None
    login_cookie_secret: str | None = None

    @property
    def guest_secret(self) -> str:
        """What a token is signed with that shows somebody a dashboard in a page: the given secret, else one of ours.

        Superset learns no more than this one: the signing key is not told to it.
        """
        if self.superset_guest_secret:
            return self.superset_guest_secret
        digest = hmac.digest(self.signing_key.encode(), b"lakefront: tokens of guests", hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode()

    @property
    def cookie_secret(self) -> str:
        """What the explorer's cookies are signed with once people log in: the given secret, else one of ours."""
        if self.login_cookie_secret:
            return self.login_cookie_secret
        return hmac.digest(self.signing_key.encode(), b"lakefront: cookies of the explorer", hashlib.sha256).hex()

    @property
    def people_password(self) -> str:
        """The password of the accounts that a local Superset is given for the people of the policies."""
        digest = hmac.digest(self.signing_key.encode(), b"lakefront: password of people", hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:12]).decode()

    @property
    def grafana_password(self) -> str:
        """The password that the admin of a local Grafana is given."""
        digest = hmac.digest(self.signing_key.encode(), b"lakefront: password of Grafana", hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:12]).decode()

    @property
    def grafana_secret_key(self) -> str:
        """What a local Grafana keeps the secrets of its data sources with."""
        return hmac.digest(self.signing_key.encode(), b"lakefront: secrets of Grafana", hashlib.sha256).hex()

    def __repr__(self) -> str:
        return "Secrets(…)"


def generate_secrets(home: Home) -> None:
    """Write a new set of secrets unless the home has one. Existing secrets are never changed."""
    if home.secrets_file.exists():
        return
    values = {
        "s3_access_key": "lakefront",
        "s3_secret_key": secrets.token_urlsafe(30),
        "superset_secret_key": secrets.token_urlsafe(48),
        "superset_password": secrets.token_urlsafe(12),
        "signing_key": secrets.token_urlsafe(32),
    }
    temporary = home.secrets_file.with_suffix(f".{os.getpid()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(home.secrets_file)


def read_secrets(home: Home) -> dict[str, str]:
    """Return the generated secrets, or an empty mapping before the first start.

    Raises BadInputError (`secrets-damaged`): new secrets would lock the user out of the existing data.
    """
    if not home.secrets_file.exists():
        return {}
    try:
        data: dict[str, str] = json.loads(home.secrets_file.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise BadInputError(
            "secrets-damaged",
            f"the secrets file cannot be read: {error}",
            where=Location(home.secrets_file),
            fix="restore it from a backup, or move the whole home aside and start a new one",
        ) from None
    return data


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON object from a file that another process replaces atomically; empty when there is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except ValueError:
        return {}  # written by a process that was killed on a full disk; what it held is rebuilt at the next start
    return cast("dict[str, Any]", data) if isinstance(data, dict) else {}


def write_json(path: Path, data: Any) -> None:
    """Replace a JSON file atomically: a reader sees the old or the new one, never half of it."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    temporary.write_text(json.dumps(data, indent=2), encoding="utf-8")
    temporary.replace(path)
