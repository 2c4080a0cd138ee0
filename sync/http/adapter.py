"""requests' transport, with every connection dialled by the guard."""

import socket
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ConnectTimeout, ReadTimeout, RequestException, SSLError
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from sync.http.addresses import AddressPolicy
from sync.http.body import open_body
from sync.http.budget import Budget, Limits, current_budget, spending
from sync.http.dialling import Dialler
from sync.http.errors import NOT_TRUSTED, DeadlineExceeded, Unreachable
from sync.http.sockets import tls_context
from sync.http.urls import check_url


class GuardedAdapter(HTTPAdapter):
    """Mount it on any ``requests.Session`` to guard it.

    Answers come back read in full. Certificates are always checked, proxies and redirects never taken,
    whatever the caller passes. Sub-classing leaves ``HTTPAdapter.send`` in the path, so tests that patch that
    see the traffic.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        limits: Limits | None = None,
        ca_file: str | None = None,
        dialler: Dialler | None = None,
    ) -> None:
        self._policy = policy
        self._limits = limits or Limits()
        self._ca_file = ca_file
        self._dialler = dialler or Dialler(policy)
        super().__init__(pool_connections=4, pool_maxsize=4)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **_kwargs: Any) -> None:
        self.poolmanager = _GuardedPools(
            self._dialler,
            num_pools=connections,
            maxsize=maxsize,
            block=block,
            ssl_context=tls_context(self._ca_file),
        )

    def get_connection_with_tls_context(
        self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any
    ) -> HTTPConnectionPool:
        pool: HTTPConnectionPool = self.poolmanager.connection_from_url(str(request.url))
        return pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """The context made at start decides what is trusted; a call cannot weaken it."""

    def send(self, request: requests.PreparedRequest, *_args: Any, **_kwargs: Any) -> requests.Response:
        """Raises only `OutboundError`. What requests passes besides (time-outs, ``verify``, proxies) decides
        nothing here."""
        check_url(str(request.url), self._policy)
        request.headers.pop("Host", None)
        with spending(self._limits) as budget:
            response = self._answer(request, budget)
            response.raw = open_body(response.raw, budget)
        return response

    def _answer(self, request: requests.PreparedRequest, budget: Budget) -> requests.Response:
        """The answer up to the end of its headers."""
        try:
            timeout = (budget.seconds_to_connect(), budget.seconds_of_silence())
            return super().send(request, stream=True, timeout=timeout, verify=True, cert=None, proxies=None)
        except (ConnectTimeout, ReadTimeout, DeadlineExceeded) as error:
            raise Unreachable("timeout") from error
        except SSLError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise Unreachable("certificate", NOT_TRUSTED) from error
            raise Unreachable("tls") from error
        except (RequestException, HTTPError, OSError) as error:
            raise Unreachable("timeout" if budget.spent else "cut") from error


class _PlainConnection(HTTPConnection):
    def __init__(self, *args: Any, dialler: Dialler, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialler = dialler

    def _new_conn(self) -> socket.socket:
        return _dial(self, self._dialler, secure=False)


class _TLSConnection(HTTPSConnection):
    def __init__(self, *args: Any, dialler: Dialler, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dialler = dialler

    def _new_conn(self) -> socket.socket:
        """The bare connection; urllib3 then does the handshake and checks the certificate against the
        name."""
        return _dial(self, self._dialler, secure=True)


def _dial(connection: HTTPConnection, dialler: Dialler, *, secure: bool) -> socket.socket:
    budget = current_budget() or Budget(Limits())
    return dialler.open(
        connection.host, connection.port, secure=secure, timeout_seconds=budget.seconds_to_connect()
    )


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TLSPool(HTTPSConnectionPool):
    ConnectionCls = _TLSConnection


class _GuardedPools(PoolManager):
    def __init__(self, dialler: Dialler, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._dialler = dialler
        self.pool_classes_by_scheme = {"http": _PlainPool, "https": _TLSPool}

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        context = dict(self.connection_pool_kw if request_context is None else request_context)
        return super()._new_pool(scheme, host, port, request_context=context | {"dialler": self._dialler})
