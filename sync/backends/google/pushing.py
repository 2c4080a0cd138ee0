"""Push channels: ``events.watch`` and ``channels.stop`` (guide "Get push notifications")."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from sync.backends.errors import CalendarMissing, PushRefused, Unavailable
from sync.backends.google.calls import NOT_GOOGLE, Calls, JsonObject
from sync.backends.google.problems import UNAUTHORIZED_ADDRESS, Problem
from sync.backends.protocol import Channel
from sync.channels import Refusal

_ADDRESS = {
    UNAUTHORIZED_ADDRESS: "Google posts to addresses of this domain only once it is verified for the project.",
    "webhookUrlNotHttps": "Google posts to https addresses only; FREEHOLD_BASE_URL is none.",
}
_NO_PUSH = "pushNotSupportedForRequestedResource"


def open_channel(calls: Calls, calendar_id: str, channel: Channel) -> Channel:
    """The channel with the resource id and the end that Google gives it. Raises PushRefused, CalendarMissing."""
    try:
        answer = calls.watch(calendar_id, _asked(channel))
    except Problem as problem:
        if problem.status == 404:
            raise CalendarMissing("The calendar is no longer in this Google account.") from problem
        raise _refused(problem) from problem
    resource_id = answer.get("resourceId")
    if not isinstance(resource_id, str) or not resource_id:
        raise Unavailable(NOT_GOOGLE)
    return replace(channel, resource_id=resource_id, expires_at=_end(answer) or channel.expires_at)


def stop_channel(calls: Calls, channel: Channel) -> None:
    try:
        calls.stop({"id": channel.id, "resourceId": channel.resource_id})
    except Problem as problem:
        if problem.status not in (404, 410):
            raise Unavailable(f"{NOT_GOOGLE} (Status {problem.status}.)") from problem


def _asked(channel: Channel) -> JsonObject:
    return {
        "id": channel.id,
        "type": "web_hook",
        "address": channel.address,
        "token": channel.token,
        "expiration": str(int(channel.expires_at.timestamp() * 1000)),
    }


def _end(answer: JsonObject) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(answer["expiration"]) / 1000, UTC)
    except (KeyError, TypeError, ValueError, OverflowError, OSError):
        return None


def _refused(problem: Problem) -> PushRefused:
    reason = problem.reason.removeprefix("push.")
    if reason in _ADDRESS:
        return PushRefused(_ADDRESS[reason], Refusal.INSTALLATION)
    if reason == _NO_PUSH:
        return PushRefused("Google sends no messages about this calendar.", Refusal.CALENDAR)
    if problem.status == 403:
        return PushRefused("Google does not let this account watch the calendar.", Refusal.CALENDAR)
    text = f"Google opens no push channel (status {problem.status}, {problem.reason})."
    return PushRefused(text, Refusal.PASSING)
