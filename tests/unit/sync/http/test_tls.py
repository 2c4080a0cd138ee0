"""Certificates are checked against the name, whatever address was connected to."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sync.http import AddressPolicy, GuardedSession, Limits, Unreachable
from sync.http.dialling import Dialler
from sync.http.errors import NOT_TRUSTED

OPEN = AddressPolicy(allow_private=True)
NAME = "cal.example.test"


@dataclass
class TLSServer:
    port: int
    ca_file: str
    names_asked: list[str] = field(default_factory=list)
    drips: bool = False


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TLSServer]:
    certificate = _self_signed(tmp_path / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        running = TLSServer(listener.getsockname()[1], str(certificate))
        context.sni_callback = lambda _sock, name, _context: running.names_asked.append(name)
        thread = threading.Thread(target=_serve, args=(listener, context, running), daemon=True)
        thread.start()
        yield running
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=5)


def session_to(server: TLSServer, name: str = NAME, ca_file: str | None = None) -> GuardedSession:
    dialler = Dialler(OPEN, resolver=lambda *_: ["127.0.0.1"])
    return GuardedSession(f"https://{name}:{server.port}/", policy=OPEN, ca_file=ca_file, dialler=dialler)


def test_the_name_and_not_the_address_is_asked_for_and_checked(server: TLSServer) -> None:
    with session_to(server, ca_file=server.ca_file) as session:
        assert session.get(f"{session.origin}/").text == "ok"
    assert server.names_asked == [NAME]


def test_a_certificate_for_another_name_is_not_trusted(server: TLSServer) -> None:
    with (
        session_to(server, "other.example.test", server.ca_file) as session,
        pytest.raises(Unreachable) as caught,
    ):
        session.get(f"{session.origin}/")
    assert caught.value.text == NOT_TRUSTED


def test_no_argument_of_a_call_makes_an_unknown_issuer_trusted(server: TLSServer) -> None:
    with session_to(server) as session:
        session.verify = False
        for verify in (False, server.ca_file):
            with pytest.raises(Unreachable) as caught:
                session.get(f"{session.origin}/", verify=verify)
            assert caught.value.reason == "certificate"


def test_a_server_that_drips_inside_tls_is_left_at_the_deadline(server: TLSServer) -> None:
    server.drips = True
    with session_to(server, ca_file=server.ca_file) as session:
        session.limits = Limits().within(datetime.timedelta(seconds=1))
        with pytest.raises(Unreachable) as caught:
            session.get(f"{session.origin}/")
    assert caught.value.reason == "deadline"


def _serve(listener: socket.socket, context: ssl.SSLContext, server: TLSServer) -> None:
    while True:
        try:
            bare, _ = listener.accept()
        except OSError:
            return
        with suppress(OSError), context.wrap_socket(bare, server_side=True) as connection:
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while server.drips and not threading.Event().wait(0.05):
                connection.sendall(b"x")
            connection.sendall(b"ok")


def _self_signed(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
