"""Cyrus as child processes with a configuration of their own, where Debian's packages are installed.

``apt-get install cyrus-imapd cyrus-caldav sasl2-bin libsasl2-modules`` is what it takes; it is started by root and runs
as the user ``cyrus``.
"""

from __future__ import annotations

import imaplib
import os
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support import caldav_server
from tests.support.caldav_server import ZONE, Account, Calendar
from tests.support.process import LOOPBACK, Child, free_port, listening

_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/lib/cyrus/bin"

_MASTER = """
START {{
  recover cmd="ctl_cyrusdb -C {folder}/imapd.conf -r"
}}
SERVICES {{
  http cmd="httpd -C {folder}/imapd.conf" listen="{host}:{http}" prefork=1 maxchild=20
  imap cmd="imapd -C {folder}/imapd.conf" listen="{host}:{imap}" prefork=0 maxchild=5
}}
EVENTS {{
}}
"""
_SETTINGS = """
configdirectory: {folder}/state
proc_path: {folder}/state/proc
mboxname_lockpath: {folder}/state/lock
defaultpartition: default
partition-default: {folder}/mail
servername: localhost
unixhierarchysep: no
admins: admin
allowplaintext: yes
sasl_pwcheck_method: auxprop
sasl_auxprop_plugin: sasldb
sasl_mech_list: PLAIN
sasl_sasldb_path: {folder}/passwords
httpmodules: caldav
caldav_create_default: no
caldav_create_attach: no
"""


def missing() -> str | None:
    """Why there is no Cyrus here; None if there is one."""
    if shutil.which("cyrmaster", path=_PLACES) is None or shutil.which("saslpasswd2", path=_PLACES) is None:
        return "Cyrus is not installed (cyrus-imapd, cyrus-caldav, sasl2-bin, libsasl2-modules)"
    return None if os.geteuid() == 0 else "Cyrus has to be started by root"


class CyrusServer:
    """One Cyrus. Each user has a home of her own; the server schedules (RFC 6638) and gives no ETag where it did."""

    name = "cyrus"
    username = "ada"
    password = "secret"

    def __init__(self) -> None:
        self.port = free_port()
        self._imap_port = free_port()
        self._temporary = tempfile.TemporaryDirectory(prefix="freehold-cyrus-", ignore_cleanup_errors=True)
        self._folder = Path(self._temporary.name)
        self._child: Child | None = None

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}/"

    def principal_url(self, user: str) -> str:
        return f"{self.url}dav/principals/user/{user}/"

    def calendar_url(self, user: str, name: str) -> str:
        return f"{self.url}dav/calendars/user/{user}/{name}/"

    def fresh_account(self) -> Account:
        user = f"user{uuid.uuid4().hex[:10]}"
        self._set_password(user)
        session = imaplib.IMAP4(LOOPBACK, self._imap_port)
        session.login("admin", self.password)
        session.create(f"user.{user}")
        session.logout()
        return Account(self.principal_url(user), user, self.password)

    def make_calendar(
        self, account: Account, name: str = "", *, displayname: str = "Work", zone: str | None = ZONE
    ) -> Calendar:
        return caldav_server.make_calendar(self, account, name, displayname=displayname, zone=zone)

    def start(self) -> None:
        if self._child is None:
            self._child = self._configure()
        self._child.start(lambda: listening(self.port) and listening(self._imap_port))

    def stop(self) -> None:
        if self._child is not None:
            self._child.stop()

    def _configure(self) -> Child:
        folder = self._folder
        for name in ("state/proc", "state/lock", "state/socket", "mail"):
            folder.joinpath(name).mkdir(parents=True)
        ports = {"host": LOOPBACK, "http": self.port, "imap": self._imap_port}
        folder.joinpath("cyrus.conf").write_text(_MASTER.format(folder=folder, **ports))
        folder.joinpath("imapd.conf").write_text(_SETTINGS.format(folder=folder))
        self._set_password("admin")
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "cyrus", "mail")
        command = [shutil.which("cyrmaster", path=_PLACES) or "cyrmaster"]
        command += ["-C", f"{folder}/imapd.conf", "-M", f"{folder}/cyrus.conf", "-p", f"{folder}/pid"]
        return Child(command, log=folder / "log", cwd=folder)

    def _set_password(self, user: str) -> None:
        command = [shutil.which("saslpasswd2", path=_PLACES) or "saslpasswd2"]
        command += ["-p", "-c", "-f", f"{self._folder}/passwords", "-u", "localhost", user]
        subprocess.run(command, input=self.password.encode(), check=True, capture_output=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._temporary.cleanup()
