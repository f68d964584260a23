"""Bring Superset's metadata database to this version, with its roles and its admin. Run in Superset's environment.

One process does what `superset db upgrade`, `superset init` and `superset fab create-admin` do in three, each of which
would import Superset anew. When nothing is to do it says so without importing Superset at all.

Reads LAKEFRONT_SUPERSET_ADMIN (default: admin), LAKEFRONT_SUPERSET_PASSWORD (required) and the variables of
superset_config.py. Prints one line a step. Exit code 0, or 3 for a missing or refused setting.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import io
import json
import logging
import os
import sys
import time
from pathlib import Path
from typing import Any

OUT = sys.stdout
STARTED = time.monotonic()
MARKER = "bootstrap.json"


def say(text: str) -> None:
    """Print a line of progress for whoever started this, with the seconds since the start."""
    OUT.write(f"step: {text} ({time.monotonic() - STARTED:.1f} s)\n")
    OUT.flush()


def required(name: str) -> str:
    """Return a variable of the environment, or stop with what to do."""
    value = os.environ.get(name, "")
    if not value:
        sys.stderr.write(f"superset: {name} is not set [superset-bootstrap]\n  to mend it: set it in the environment\n")
        raise SystemExit(3)
    return value


def wanted_state() -> dict[str, str]:
    """Return what the marker says after a full run: the version and a fingerprint of what decides the roles."""
    here = Path(__file__).resolve().parent
    code = hashlib.sha256()
    for name in ("bootstrap.py", "superset_config.py"):
        code.update((here / name).read_bytes())
    return {"superset": importlib.metadata.version("apache-superset"), "code": code.hexdigest()}


def is_done(home: Path, admin: str, password: str) -> bool:
    """Tell whether an earlier run did all of this, by its marker and by the database itself."""
    try:
        marker: dict[str, str] = json.loads((home / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    if {key: marker.get(key) for key in ("superset", "code")} != wanted_state():
        return False
    from sqlalchemy import create_engine, text  # noqa: PLC0415 - a missing marker needs no database
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415
    from werkzeug.security import check_password_hash  # noqa: PLC0415

    uri = os.environ.get("LAKEFRONT_SUPERSET_DATABASE_URI") or f"sqlite:///{home / 'superset.db'}"
    try:
        with create_engine(uri).connect() as connection:
            head = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            user = connection.execute(
                text("SELECT password, active FROM ab_user WHERE username = :name"), {"name": admin}
            ).first()
    except SQLAlchemyError:
        return False
    return (
        head == marker.get("head")
        and user is not None
        and bool(user[1])
        and check_password_hash(user[0] or "", password)
    )


def ensure_admin(manager: Any, username: str, password: str) -> str:
    """Make the admin, or set the password of an existing one. Returns what was done, in words."""
    user = manager.find_user(username=username)
    if user is None:
        role = manager.find_role(manager.auth_role_admin)
        made = manager.add_user(username, "Lakefront", "Admin", f"{username}@lakefront.local", role, password=password)
        if not made:
            raise SystemExit(f"superset: the admin '{username}' could not be made; see the log above [superset-admin]")
        return f"admin '{username}' made"
    if not user.active:
        user.active = True
        manager.update_user(user)
    manager.reset_password(user.id, password)
    return f"admin '{username}' exists: its password is the given one"


def main() -> int:
    """Do what is missing."""
    home = Path(required("LAKEFRONT_SUPERSET_HOME"))
    admin = os.environ.get("LAKEFRONT_SUPERSET_ADMIN") or "admin"
    password = required("LAKEFRONT_SUPERSET_PASSWORD")
    home.mkdir(parents=True, exist_ok=True)
    if is_done(home, admin, password):
        say("metadata database, roles and admin are up to date")
        return 0
    (home / MARKER).unlink(missing_ok=True)

    os.environ.setdefault("SUPERSET_CONFIG_PATH", str(Path(__file__).resolve().parent / "superset_config.py"))
    chatter = io.StringIO()  # what Superset's migrations print by hand; of use only when one fails
    try:
        with contextlib.redirect_stdout(chatter):
            head = migrate(admin, password)
    except BaseException:
        OUT.write(chatter.getvalue())
        raise
    state = {**wanted_state(), "head": head}
    temporary = home / f".{MARKER}.{os.getpid()}"
    temporary.write_text(json.dumps(state, indent=2), encoding="utf-8")
    temporary.replace(home / MARKER)
    say("done")
    return 0


def migrate(admin: str, password: str) -> str:
    """Upgrade the tables, write permissions, roles and the admin. Returns the revision that the tables are at."""
    say("loading Superset")
    from superset.app import create_app  # noqa: PLC0415 - seconds of imports, only when there is work

    app = create_app()
    with app.app_context():
        from flask_migrate import upgrade  # noqa: PLC0415
        from superset import appbuilder, security_manager  # noqa: PLC0415
        from superset.extensions import db  # noqa: PLC0415

        # Superset's migrations warn by the hundred of SQLite's own ways; an error stops the run anyway.
        for name in ("py.warnings", "alembic"):
            logging.getLogger(name).setLevel(logging.ERROR)
        say("upgrading the metadata database")
        upgrade()
        say("writing permissions")
        appbuilder.add_permissions(update_perms=True)
        say("writing roles")
        security_manager.sync_role_definitions()
        db.session.commit()
        say(ensure_admin(security_manager, admin, password))
        db.session.commit()
        return str(db.session.execute(db.text("SELECT version_num FROM alembic_version")).scalar())


if __name__ == "__main__":
    sys.exit(main())
