"""A hosted server in small: one profile played in front of a Radicale that runs already."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
import uuid
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.backends.access import AccountAccess
from sync.backends.caldav.backend import open_session
from sync.http import AddressPolicy, GuardedSession, Limits
from sync.http.dialling import Dialler
from tests.support import caldav_server
from tests.support.caldav_server import ZONE, Account, Calendar
from tests.support.process import LOOPBACK
from tests.support.quirks.play import Play
from tests.support.quirks.profiles import PROFILES, Quirks
from tests.support.quirks.proxy import CutOff, Listener, Upstream
from tests.support.quirks.wire import Asked, Said
from tests.support.radicale import RadicaleServer

_FRONT = "caldav.example.test"
_PARTITION = "p01-caldav.example.test"


class QuirkServer:
    """``url`` and the principals are the proxy's; other clients go to Radicale itself, as calendar URLs say.

    ``patient`` takes the rate limit away.
    """

    username = "ada"
    password = "secret"

    def __init__(self, profile: str | Quirks, radicale: RadicaleServer, *, patient: bool = False) -> None:
        self.name = profile if isinstance(profile, str) else profile.says
        quirks = PROFILES[profile] if isinstance(profile, str) else profile
        self.quirks = replace(quirks, patience=None) if patient else quirks
        self.radicale = radicale
        self.play = Play(self.quirks, Upstream(radicale.port), self.plant)
        self.play.partition_url = self._partition_of
        self._stopped = False
        self._temporary = tempfile.TemporaryDirectory(prefix="freehold-quirks-")
        self._certificate = _certificate(Path(self._temporary.name)) if self.quirks.partition else None
        self._listener = Listener(self._answer, tls=_tls(self._certificate))

    @property
    def url(self) -> str:
        if self.quirks.partition:
            return f"https://{_FRONT}:{self._listener.port}/"
        return f"http://{LOOPBACK}:{self._listener.port}/"

    def session(self, access: AccountAccess) -> GuardedSession:
        """A session that resolves this server's names and trusts its certificate."""
        if self._certificate is None:
            return open_session(access)
        policy = AddressPolicy(allow_private=True)
        return GuardedSession(
            access.url,
            policy=policy,
            auth=(access.username, access.secret),
            limits=Limits().within(datetime.timedelta(seconds=access.timeout_seconds)),
            ca_file=str(self._certificate),
            dialler=Dialler(policy, resolver=lambda *_: [LOOPBACK]),
        )

    def start(self) -> None:
        self._stopped = False

    def stop(self) -> None:
        self._stopped = True

    def close(self) -> None:
        self._listener.close()
        self._temporary.cleanup()

    def principal_url(self, user: str) -> str:
        return self.url if self.quirks.partition else f"{self.url}{user}/"

    def calendar_url(self, user: str, name: str) -> str:
        return self.radicale.calendar_url(user, name)

    def fresh_account(self) -> Account:
        end = "@example.net" if self.quirks.spells_at_twice else ""
        user = f"user-{uuid.uuid4().hex[:10]}{end}"
        self.radicale.add_user(user, self.password)
        return Account(self.principal_url(user), user, self.password)

    def make_calendar(
        self, account: Account, name: str = "", *, displayname: str = "Work", zone: str | None = ZONE
    ) -> Calendar:
        return caldav_server.make_calendar(self, account, name, displayname=displayname, zone=zone)

    def shown(self, name: str) -> str:
        """The last path part under which the server names what another client put as ``name``."""
        return name.upper() if self.quirks.shouts else name

    def _answer(self, asked: Asked) -> Said:
        if self._stopped:
            raise CutOff
        return self.play.answer(asked)

    def plant(self, path: str, text: bytes) -> None:
        """Put a text at a path of the store, past every check."""
        self.radicale.collections.joinpath(path.lstrip("/")).write_bytes(text)

    def _partition_of(self, host: str) -> str | None:
        """Where the partition is, asked at any other host; None at the partition itself."""
        at_partition = host.partition(":")[0] == _PARTITION
        return None if at_partition else f"https://{_PARTITION}:{self._listener.port}/"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def _certificate(folder: Path) -> Path:
    """Key and certificate of both names in one file, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _FRONT)])
    now = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=3650))
        .not_valid_after(now + datetime.timedelta(days=36500))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName(_FRONT),
                    x509.DNSName(_PARTITION),
                    x509.IPAddress(ipaddress.ip_address(LOOPBACK)),
                ]
            ),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    return path
