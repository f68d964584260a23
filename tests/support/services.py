"""Services of a production Superset, as Debian brings them: PostgreSQL and Redis; and a receiver of its mail."""

from __future__ import annotations

import contextlib
import email
import os
import shutil
import signal
import socket
import subprocess
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import psutil
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.debian import program
from tests.support.waiting import wait_for

HOST = "127.0.0.1"


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as found:
        found.bind((HOST, 0))
        return int(found.getsockname()[1])


class Service:
    """A server process on a port of its own. `start` after `kill` finds the data of before."""

    def __init__(self, argv: list[str], port: int, *, user: str | None = None) -> None:
        self.port = port
        self._argv = argv
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._argv, user=self._user, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for(self._answers, within=30, what=f"{Path(self._argv[0]).name} on port {self.port}")

    def kill(self) -> None:
        """End it the hard way, with all its children."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGINT)

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        # PostgreSQL's children have groups of their own, and it does not start before the last of them is gone.
        children = psutil.Process(process.pid).children(recursive=True) if sign is signal.SIGKILL else []
        process.send_signal(sign)
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                child.kill()
        process.wait(timeout=30)
        psutil.wait_procs(children, timeout=30)

    def _answers(self) -> bool:
        with socket.socket() as client:
            client.settimeout(1)
            return client.connect_ex((HOST, self.port)) == 0


def postgresql(folder: Path) -> tuple[Service, str]:
    """Make a PostgreSQL with the database `superset`; return it running, and its address."""
    server, initdb = program("postgres", "postgresql"), program("initdb", "postgresql")
    # PostgreSQL does not run as root.
    user = "postgres" if os.geteuid() == 0 else None
    data = folder / "postgresql"
    data.mkdir(mode=0o700)
    if user:
        shutil.chown(data, user)
        for parent in [folder, *folder.parents]:
            if parent.stat().st_uid == 0 and not parent.stat().st_mode & 0o001:
                parent.chmod(parent.stat().st_mode | 0o011)
    subprocess.run(
        [initdb, "--pgdata", str(data), "--auth", "trust", "--username", "superset", "--encoding", "UTF8", "--no-sync"],
        user=user, check=True, capture_output=True, cwd=data,
    )  # fmt: skip
    port = free_port()
    argv = [server, "-D", str(data), "-h", HOST, "-p", str(port), "-c", f"unix_socket_directories={data}"]
    service = Service([*argv, "-c", "fsync=off"], port, user=user)
    service.start()
    createdb = program("createdb", "postgresql")

    def made() -> bool:
        arguments = [createdb, "-h", HOST, "-p", str(port), "-U", "superset", "superset"]
        return subprocess.run(arguments, check=False, capture_output=True, cwd=folder).returncode == 0

    wait_for(made, within=30, what="PostgreSQL's database")
    return service, f"postgresql://superset@{HOST}:{port}/superset"


def redis(folder: Path) -> tuple[Service, str]:
    """Start a Redis that keeps what it has over a kill; return it, and its address."""
    data = folder / "redis"
    data.mkdir()
    port = free_port()
    argv = [program("redis-server", "redis-server"), "--bind", HOST, "--port", str(port), "--dir", str(data)]
    service = Service([*argv, "--save", "", "--appendonly", "yes", "--appendfsync", "always"], port)
    service.start()
    return service, f"redis://{HOST}:{port}/0"


class Mailbox:
    """A mail server that keeps what it is sent."""

    def __init__(self) -> None:
        self.port = free_port()
        self._got: list[EmailMessage] = []
        self._controller = Controller(self, hostname=HOST, port=self.port)

    @property
    def url(self) -> str:
        return f"smtp://{HOST}:{self.port}?starttls=no"

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take a message."""
        content = cast("bytes", envelope.content)
        self._got.append(cast("EmailMessage", email.message_from_bytes(content, policy=cast("Any", default))))
        return "250 OK"

    def wait_for(self, subject: str, *, within: float) -> EmailMessage:
        """Return the first message whose subject has these words."""
        return wait_for(
            lambda: [mail for mail in self._got if subject in str(mail["subject"])],
            within=within,
            what=f"a mail '{subject}' coming",
        )[0]
