"""The server as a whole: one HTTP address for the API, OAuth and control, and the hands of the calendars' owners."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.support.google_server import page
from tests.support.google_server.accounts import Accounts, Entry
from tests.support.google_server.api import Api, Asked, busy_spans
from tests.support.google_server.book import Body, Book
from tests.support.google_server.channels import Channels
from tests.support.google_server.document import checked_body, checked_query, method_for
from tests.support.google_server.faults import Cut, Faults
from tests.support.google_server.http import Given, Handler, Wanted
from tests.support.google_server.listing import Listings
from tests.support.google_server.mask import masked, read_mask
from tests.support.google_server.oauth import (
    ALL_SCOPES,
    CLIENT_ID,
    CLIENT_SECRET,
    OAuth,
    OAuthError,
    ServiceAccount,
)
from tests.support.google_server.refusal import Refusal

_AUTH_PATH = "/o/oauth2/v2/auth"
_CONTROLS = frozenset(
    {
        "add_person", "add_calendar", "share", "remove_calendar", "put", "plant", "change", "cancel", "move", "event",
        "events", "forget_tokens", "set_page_sizes", "revoke", "expire_access_tokens", "advance", "authorized_user",
        "fail", "cut", "storm", "take_calls", "push_copies",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One request as the server saw it. ``method`` as in the discovery document, or ``oauth.token`` and the like."""

    method: str
    path: str
    query: dict[str, list[str]]
    body: Any
    etag: str | None
    status: int


class GoogleServer:
    """Any number of people with calendars. A thread of this process; ``python -m`` runs it as one of its own.

    Faults: ``faults`` here, ``fail`` and ``cut`` over HTTP. All is kept in memory and gone with the object.
    """

    def __init__(self, port: int = 0) -> None:
        self._ahead = timedelta(0)
        self._lock = threading.RLock()
        self._sizes: Iterable[int] | None = None
        self.faults = Faults()
        self.calls: list[Call] = []
        self.accounts = Accounts()
        self.oauth = OAuth(self.now, people=lambda: self.accounts.lists)
        self.channels = Channels(self.now)
        self.api = Api(self.accounts, self.channels, Listings(self._next_size))
        self._http: ThreadingHTTPServer | None = None
        self._port = port
        self._revision = itertools.count(1)
        self.start()

    # Running.

    def start(self) -> None:
        if self._http is None:
            self._http = ThreadingHTTPServer(("127.0.0.1", self._port), Handler)
            self._http.daemon_threads = True
            self._http.answering = self  # type: ignore[attr-defined]
            self._port = self._http.server_address[1]
            threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Nothing answers any more; what is kept stays. Connections that stand are cut at their next request."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.channels.close()

    @property
    def url(self) -> str:
        """Scheme, host and port: what GOOGLE_API_ENDPOINT takes."""
        return f"http://127.0.0.1:{self._port}"

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    # People and their calendars.

    def add_person(self, email: str, *, zone: str = "America/New_York", name: str | None = None) -> str:
        """Her primary calendar, which has her address as its id."""
        return self.add_calendar(email, name or email, zone=zone, calendar_id=email, primary=True)

    def add_calendar(
        self,
        email: str,
        name: str,
        *,
        zone: str = "America/New_York",
        role: str = "owner",
        calendar_id: str | None = None,
        primary: bool = False,
    ) -> str:
        found = calendar_id or f"c{len(self.accounts.books)}@group.calendar.google.com"
        self.accounts.books[found] = Book(found, zone, self.now)
        self.accounts.names[found] = name
        self.accounts.lists.setdefault(email, {})[found] = Entry(role, primary=primary)
        return found

    def share(self, calendar_id: str, email: str, role: str) -> None:
        self.accounts.lists.setdefault(email, {})[calendar_id] = Entry(role)

    def remove_calendar(self, calendar_id: str) -> None:
        del self.accounts.books[calendar_id]
        for listed in self.accounts.lists.values():
            listed.pop(calendar_id, None)

    def authorized_user(self, email: str, scopes: tuple[str, ...] = ALL_SCOPES) -> dict[str, str]:
        """What google-auth's authorized_user file holds after the person agreed."""
        return {
            "type": "authorized_user",
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "refresh_token": self.oauth.grant(email, tuple(scopes)),
            "token_uri": f"{self.url}/token",
        }

    def service_account(self, *, delegated: tuple[str, ...] = ALL_SCOPES) -> dict[str, str]:
        """The key file of a new service account, which the domain's administrator gave these scopes."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        email = f"freehold-{len(self.oauth.service_accounts)}@project.iam.gserviceaccount.com"
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.oauth.service_accounts[email] = ServiceAccount(public, delegated)
        return {
            "type": "service_account",
            "client_email": email,
            "client_id": "1234567890",
            "private_key_id": "key-1",
            "private_key": private.decode(),
            "token_uri": f"{self.url}/token",
        }

    def client_secrets(self, *redirect_uris: str) -> dict[str, Any]:
        """client_secrets.json of the one client; its redirect addresses are registered."""
        self.oauth.redirect_uris += redirect_uris
        return {
            "web": {
                "client_id": CLIENT_ID,
                "client_secret": CLIENT_SECRET,
                "auth_uri": f"{self.url}{_AUTH_PATH}",
                "token_uri": f"{self.url}/token",
                "redirect_uris": list(redirect_uris),
            }
        }

    # What an owner and her other programs do.

    def put(self, calendar_id: str, body: Body) -> Body:
        """Make or replace an event, ids as given (Google's own programs may); without ``id`` one is made."""
        with self._lock:
            book = self.accounts.books[calendar_id]
            event_id = body.get("id") or f"hers{next(self._revision):06d}"
            base = {"iCalUID": f"{event_id}@google.com", "organizer": {"email": calendar_id, "self": True}}
            return self._told(calendar_id, book.place({**base, **body, "id": event_id}))

    def plant(self, calendar_id: str, body: Body) -> Body:
        """Store anything at all under its id, unchecked."""
        with self._lock:
            return self._told(
                calendar_id, self.accounts.books[calendar_id].store({"status": "confirmed", **body})
            )

    def change(self, calendar_id: str, event_id: str, patch: Body) -> Body:
        """An edit in the owner's own program: fields merged, null removes; an instance becomes an exception."""
        with self._lock:
            return self._told(calendar_id, self.accounts.books[calendar_id].patch(event_id, patch, None))

    def cancel(self, calendar_id: str, event_id: str) -> None:
        with self._lock:
            self.accounts.books[calendar_id].bury(event_id)
            self.channels.changed(calendar_id)

    def move(self, calendar_id: str, event_id: str, destination: str) -> None:
        """To another calendar of hers: the id stays, the source keeps a tombstone."""
        with self._lock:
            self.accounts.books[destination].store(self.event(calendar_id, event_id))
            self.accounts.books[calendar_id].bury(event_id)
            self.channels.changed(calendar_id)
            self.channels.changed(destination)

    def event(self, calendar_id: str, event_id: str) -> Body:
        """KeyError if there never was one; a cancelled one says so in its status."""
        return dict(self.accounts.books[calendar_id].events[event_id].body)

    def events(self, calendar_id: str) -> list[Body]:
        """Masters, single events and exceptions that are not cancelled."""
        stored = self.accounts.books[calendar_id].events.values()
        return [dict(item.body) for item in stored if not item.cancelled]

    def busy(self, calendar_id: str, low: datetime, high: datetime) -> list[tuple[datetime, datetime]]:
        """What freebusy.query says to the calendar's owner."""
        spans = busy_spans(self.accounts.books[calendar_id], calendar_id, low, high)
        return [(start.astimezone(UTC), end.astimezone(UTC)) for start, end in spans]

    def _told(self, calendar_id: str, body: Body) -> Body:
        self.channels.changed(calendar_id)
        return dict(body)

    # What happens to clients.

    def forget_tokens(self, calendar_id: str) -> None:
        """Sync tokens handed out so far answer 410."""
        with self._lock:
            book = self.accounts.books[calendar_id]
            book.revision += 1
            book.forgotten = book.revision

    def set_page_sizes(self, sizes: list[int] | None) -> None:
        """Pages of these sizes in turn, again and again, 0 among them; None: as large as asked for."""
        self._sizes = None if sizes is None else itertools.cycle(sizes)

    def revoke(self, email: str) -> None:
        self.oauth.revoke_all(email)

    def expire_access_tokens(self) -> None:
        self.oauth.access_tokens.clear()

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)

    def fail(
        self,
        method: str,
        status: int,
        reason: str,
        *,
        retry_after: int | None = None,
        domain: str = "global",
        after_effect: bool = False,
        skip: int = 0,
        times: int = 1,
    ) -> None:
        """The next calls of ``method`` are answered with this error."""
        error = Refusal(status, reason, reason, domain=domain, retry_after=retry_after)
        self.faults.fail(method, error, after_effect=after_effect, skip=skip, times=times)

    def cut(self, method: str, *, after_effect: bool = False, skip: int = 0, times: int = 1) -> None:
        """The next calls of ``method`` get no answer."""
        self.faults.fail(method, Cut(), after_effect=after_effect, skip=skip, times=times)

    def storm(self, chance: float, seed: int = 1) -> None:
        self.faults.storm(chance, seed=seed)

    def push_copies(self, copies: int) -> None:
        """How often each push message goes out: 0 loses all of them."""
        self.channels.copies = copies

    def take_calls(self, prefix: str = "") -> list[Call]:
        """What was asked since the last time, of these methods; all is forgotten."""
        found = [call for call in self.calls if call.method.startswith(prefix)]
        self.calls.clear()
        return found

    def _next_size(self) -> int | None:
        return None if self._sizes is None else next(iter(self._sizes))

    # What clients ask.

    def answered(self, wanted: Wanted) -> Given:
        if self._http is None:
            raise Cut
        if wanted.path == "/_control":
            return self._control(wanted)
        if wanted.path == page.PATH:
            return self._page(wanted)
        if wanted.path in (_AUTH_PATH, "/token", "/revoke"):
            return self._oauth(wanted)
        return self._api(wanted)

    def _control(self, wanted: Wanted) -> Given:
        order = json.loads(wanted.raw)
        if order.get("do") not in _CONTROLS:
            return Given(400, {"error": f"there is no {order.get('do')!r}"})
        try:
            result = getattr(self, order["do"])(**order.get("with", {}))
        except Refusal as refusal:
            return Given(409, {"error": str(refusal)})
        return Given(200, {"result": [vars(item) if isinstance(item, Call) else item for item in result]
                           if isinstance(result, list) else result})  # fmt: skip

    def _page(self, wanted: Wanted) -> Given:
        if wanted.verb == "POST":
            form = {key: values[0] for key, values in wanted.form.items()}
            page.act(self, form, self.accounts.books[form["calendar"]].zone)
            return Given(303, headers={"Location": page.PATH})
        events = {calendar_id: self.events(calendar_id) for calendar_id in self.accounts.books}
        return Given(200, page.shown(self.accounts.names, events))

    def _oauth(self, wanted: Wanted) -> Given:
        name = {_AUTH_PATH: "oauth.auth", "/token": "oauth.token", "/revoke": "oauth.revoke"}[wanted.path]
        form = {key: values[0] for key, values in wanted.form.items()}
        try:
            with self._lock:
                after = self.faults.before(name)
                given = self._oauth_given(name, wanted, form)
                after()
        except OAuthError as error:
            given = Given(error.status, error.body())
        except Refusal as error:
            given = Given(error.status, error.body())
        self.calls.append(Call(name, wanted.path, wanted.query, None, None, given.status))
        return given

    def _oauth_given(self, name: str, wanted: Wanted, form: dict[str, str]) -> Given:
        if name == "oauth.token":
            return Given(200, self.oauth.token(form))
        if name == "oauth.revoke":
            self.oauth.revoke(form.get("token", ""))
            return Given(200, {})
        if wanted.verb == "GET":
            query = {key: values[0] for key, values in wanted.query.items()}
            return Given(200, self.oauth.consent_page(query, list(self.accounts.lists)))
        return Given(302, headers={"Location": self.oauth.consent(wanted.form)})

    def _api(self, wanted: Wanted) -> Given:
        name, body, given = "unknown", None, Given(500)
        try:
            method, path = method_for(wanted.verb, wanted.path)
            name = method.name
            body = json.loads(wanted.raw) if wanted.raw else None
            with self._lock:
                after = self.faults.before(name)
                grant = self._authorized(wanted, method.scopes)
                query = checked_query(method, wanted.query)
                checked = checked_body(method.request, body) if method.request else {}
                headers = wanted.headers
                uri = f"{self.url}{wanted.path}"
                etags = headers.get("if-match"), headers.get("if-none-match")
                result = self.api.answer(name, Asked(grant, path, query, checked, *etags, uri))
                after()
            mask = read_mask(query["fields"]) if "fields" in query else {}
            given = Given(204) if result is None else Given(200, masked(result, mask))
        except Refusal as error:
            extra = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
            given = Given(error.status, None if error.status == 304 else error.body(), extra)
        except Cut:
            given = Given(0)
            raise
        finally:
            etag = wanted.headers.get("if-match")
            self.calls.append(Call(name, wanted.path, wanted.query, body, etag, given.status))
        return given

    def _authorized(self, wanted: Wanted, scopes: frozenset[str]) -> str:
        """Whose token it is. Raises 401, and 403 for a token without any of the scopes of the method."""
        token = wanted.headers.get("authorization", "").removeprefix("Bearer ")
        grant = self.oauth.access(token)
        if grant is None:
            raise Refusal(
                401, "authError", "Invalid Credentials", location="Authorization", location_type="header"
            )
        if scopes and not scopes.intersection(grant.scopes):
            raise Refusal(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
        return grant.email
