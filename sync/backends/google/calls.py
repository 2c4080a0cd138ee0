"""The calls this program makes, each with its parameters, and what each error answer means for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NoReturn

from googleapiclient.errors import HttpError

from sync.backends.errors import (
    CalendarMissing,
    PreconditionFailed,
    Refused,
    Rejected,
    SyncTokenInvalid,
    Unavailable,
)
from sync.backends.google.problems import Problem, account_error, problem_of
from sync.backends.google.spending import Spending, is_write
from sync.backends.google.transport import Transport, calendar_service
from sync.codecs.google import FIELDS
from sync.http import HostRefused, OutboundError, RedirectRefused, UrlRefused
from sync.model.wording import N_

JsonObject = dict[str, Any]

_PAGE = 2_500
_PAGE_FIELDS = f"kind,nextPageToken,nextSyncToken,timeZone,accessRole,items({FIELDS})"
_LIST_FIELDS = "nextPageToken,items(id,summary,summaryOverride,timeZone,accessRole,primary,deleted)"
NOT_GOOGLE = N_("Google did not answer as its calendar does.")
_CHANGED = "The event was changed in the calendar in the meantime."
_MOST_PAGES = 10_000

PARAMS = f"google-1:{_PAGE_FIELDS}"
"""What a sync token is bound to: parameters of a listing that may not differ between its uses."""


class Calls:
    """One account's calls. Every method may raise AuthorizationLost, Refused and Unavailable."""

    def __init__(self, transport: Transport, spending: Spending) -> None:
        self._transport = transport
        self._spending = spending
        self._service = calendar_service(transport.endpoint)

    def calendars(self) -> Iterator[JsonObject]:
        """The account's calendar list, hidden and deleted ones left out."""
        method = self._service.calendarList().list
        for page in self._pages(lambda more: method(maxResults=250, fields=_LIST_FIELDS, **more), _reading):
            yield from _items(page)

    def events(
        self, calendar_id: str, *, sync_token: str | None = None, uid: str | None = None
    ) -> Iterator[JsonObject]:
        """Pages of masters, single events and exceptions; nextSyncToken stands in the last.

        With ``uid`` those of one UID, cancelled ones too, so that no instance that was taken out is missed.
        Raises SyncTokenInvalid, CalendarMissing.
        """
        query = {"maxResults": _PAGE, "fields": _PAGE_FIELDS}
        query |= {"syncToken": sync_token} if sync_token is not None else {}
        query |= {"iCalUID": uid, "showDeleted": True} if uid is not None else {}

        def request(more: Mapping[str, str]) -> Any:
            return self._service.events().list(calendarId=calendar_id, **query, **more)

        whole = sync_token is None and uid is None
        for page in self._pages(request, _listing, whole=whole):
            if page.get("kind") != "calendar#events":
                raise Unavailable(NOT_GOOGLE)
            yield page

    def event(self, calendar_id: str, event_id: str) -> JsonObject | None:
        """None if Google says for certain that it is not there."""
        request = self._service.events().get(calendarId=calendar_id, eventId=event_id, fields=FIELDS)
        try:
            return self._execute(request)
        except Problem as problem:
            if problem.status == 404:
                self._demand_calendar(calendar_id)
            if problem.status in (404, 410):
                return None
            _reading(problem)

    def instance(self, calendar_id: str, master_id: str, original_start: str) -> JsonObject | None:
        """The one instance of a series that starts, or started at first, then; a cancelled one too."""
        request = self._service.events().instances(
            calendarId=calendar_id,
            eventId=master_id,
            originalStart=original_start,
            showDeleted=True,
            fields=f"items({FIELDS})",
        )
        try:
            return next(iter(_items(self._execute(request))), None)
        except Problem as problem:
            _writing(problem)

    def insert(self, calendar_id: str, body: JsonObject) -> JsonObject:
        """Nobody is written to. Raises PreconditionFailed for an id that is taken or was, Rejected, CalendarMissing."""
        request = self._service.events().insert(
            calendarId=calendar_id, body=body, sendUpdates="none", fields=FIELDS
        )
        try:
            return self._execute(request)
        except Problem as problem:
            if problem.status == 409:
                raise PreconditionFailed(
                    "There is, or was, an event of this name in the calendar."
                ) from problem
            if problem.status in (404, 410):
                raise _missing() from problem
            _writing(problem)

    def patch(self, calendar_id: str, event_id: str, body: JsonObject, etag: str) -> JsonObject:
        """Raises PreconditionFailed, Rejected, CalendarMissing."""
        request = self._service.events().patch(
            calendarId=calendar_id, eventId=event_id, body=body, sendUpdates="none", fields=FIELDS
        )
        request.headers["If-Match"] = etag
        try:
            return self._execute(request)
        except Problem as problem:
            if problem.status == 404:
                self._demand_calendar(calendar_id)
            if problem.status in (404, 409, 410, 412):
                raise PreconditionFailed(_CHANGED) from problem
            _writing(problem)

    def delete(self, calendar_id: str, event_id: str, etag: str) -> bool:
        """False: it was gone already; of an event 410 says so.

        Raises PreconditionFailed, Rejected, CalendarMissing.
        """
        request = self._service.events().delete(calendarId=calendar_id, eventId=event_id, sendUpdates="none")
        request.headers["If-Match"] = etag
        try:
            self._execute(request, empty=True)
        except Problem as problem:
            if problem.status == 404:
                self._demand_calendar(calendar_id)
            if problem.status == 412 and self._is_gone(calendar_id, event_id):
                return False
            if problem.status == 412:
                raise PreconditionFailed(_CHANGED) from problem
            if problem.status not in (404, 410):
                _writing(problem)
            return False
        return True

    def watch(self, calendar_id: str, body: JsonObject) -> JsonObject:
        """Raises Problem for what is about the channel."""
        return self._execute(self._service.events().watch(calendarId=calendar_id, body=body))

    def stop(self, body: JsonObject) -> None:
        """Raises Problem."""
        self._execute(self._service.channels().stop(body=body), empty=True)

    def _is_gone(self, calendar_id: str, event_id: str) -> bool:
        """A cancelled event has an etag of its own, so the condition fails before Google says that it is gone."""
        found = self.event(calendar_id, event_id)
        return found is None or found.get("status") == "cancelled"

    def _demand_calendar(self, calendar_id: str) -> None:
        """404 is the same for an event and for its whole calendar; only the second is no deletion."""
        request = self._service.events().list(calendarId=calendar_id, maxResults=1, fields="kind")
        try:
            self._execute(request)
        except Problem as problem:
            _listing(problem)

    def _pages(
        self,
        request: Callable[[Mapping[str, str]], Any],
        judge: Callable[[Problem], NoReturn],
        *,
        whole: bool = False,
    ) -> Iterator[JsonObject]:
        """Page after page, by the token alone: one may be empty, or shorter than asked for, with more behind it."""
        more: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            try:
                page = self._execute(request(more), whole=whole)
            except Problem as problem:
                judge(problem)
            yield page
            token = page.get("nextPageToken")
            if not token:
                return
            if token == more.get("pageToken"):
                break
            more = {"pageToken": str(token)}
        raise Unavailable("Google's answer has no end.")

    def _execute(self, request: Any, *, empty: bool = False, whole: bool = False) -> JsonObject:
        """The answer as an object. Raises Problem for what depends on the call."""
        self._spending.count(request.methodId, request.uri, whole=whole)
        try:
            # The library's own retries would repeat a write whose answer was lost.
            answer = request.execute(http=self._transport, num_retries=0)
        except HttpError as error:
            problem = problem_of(error.resp.status, error.resp, error.content)
            known = account_error(problem, writes=is_write(request.methodId))
            raise (problem if known is None else known) from error
        except (UrlRefused, HostRefused, RedirectRefused) as error:
            raise Refused(error.text) from error
        except OutboundError as error:
            raise Unavailable(error.text) from error
        except ValueError as error:
            raise Unavailable(NOT_GOOGLE) from error
        if empty:
            return {}
        if not isinstance(answer, dict):
            raise Unavailable(NOT_GOOGLE)
        return answer


def _items(page: JsonObject) -> list[JsonObject]:
    items = page.get("items", [])
    if not isinstance(items, list) or not all(isinstance(item, dict) and item.get("id") for item in items):
        raise Unavailable(NOT_GOOGLE)
    return items


def items_of(page: JsonObject) -> list[JsonObject]:
    """The events of a page; Google leaves the list out where it is empty. Raises Unavailable if it is none."""
    return _items(page)


def _missing() -> CalendarMissing:
    return CalendarMissing("The calendar is no longer in this Google account.")


def _listing(problem: Problem) -> NoReturn:
    if problem.status == 410 or (problem.status == 400 and problem.location == "syncToken"):
        raise SyncTokenInvalid("Google no longer knows how far the calendar was read.") from problem
    if problem.status == 404:
        raise _missing() from problem
    _reading(problem)


def _reading(problem: Problem) -> NoReturn:
    if problem.status == 403:
        raise Refused("Google does not let this account read the calendar.") from problem
    raise Unavailable(f"{NOT_GOOGLE} (Status {problem.status}.)") from problem


def _writing(problem: Problem) -> NoReturn:
    raise Rejected(f"Google refuses this event (status {problem.status}, {problem.reason}).") from problem
