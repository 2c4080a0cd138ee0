"""Push channels: messages that are really posted, and that can be lost, come twice, out of order or after the end."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.support.google_server.refusal import Refusal, invalid, not_found

_LONGEST = timedelta(days=30)
_USUAL = timedelta(days=7)


@dataclass
class Channel:
    """One subscription to the events of one calendar. ``number`` counts its messages, ``sync`` being the first."""

    id: str
    calendar_id: str
    resource_id: str
    resource_uri: str
    address: str
    token: str | None
    expires: datetime
    number: int = 0

    def resource(self) -> dict[str, Any]:
        found = {
            "kind": "api#channel",
            "id": self.id,
            "resourceId": self.resource_id,
            "resourceUri": self.resource_uri,
            "expiration": str(int(self.expires.timestamp() * 1000)),
        }
        return found | ({"token": self.token} if self.token is not None else {})


@dataclass
class Channels:
    """``copies`` says how often each message goes out: 1, 0 for a lost one, 2 for one that comes twice.

    ``late`` keeps messages back until ``release``, which posts them last first, whatever became of their channels.
    ``longest`` caps the life of a channel. ``without`` are calendars that have no push. ``verified`` are the only hosts
    that are posted to, None for all. ``stopped`` are the ids that were ended, in order.
    """

    now: Callable[[], datetime]
    open: dict[str, Channel] = field(default_factory=dict)
    copies: int = 1
    late: bool = False
    longest: timedelta = _LONGEST
    without: set[str] = field(default_factory=set)
    verified: set[str] | None = None
    stopped: list[str] = field(default_factory=list)
    answers: list[tuple[str, str, int | None]] = field(default_factory=list)
    """Channel, state and the status the address answered with, None if it did not."""
    _kept: list[tuple[Channel, dict[str, str]]] = field(default_factory=list)
    _posts: queue.Queue[tuple[Channel, dict[str, str]] | None] = field(default_factory=queue.Queue)
    _thread: threading.Thread | None = None

    def watch(self, calendar_id: str, uri: str, body: dict[str, Any]) -> Channel:
        for name in ("id", "type", "address"):
            if not body.get(name):
                raise Refusal(400, "required", "Required", location=f"resource.{name}")
        if body["type"] not in ("web_hook", "webhook") or len(body["id"]) > 64:
            raise invalid("Invalid channel", "resource")
        if body["id"] in self.open:
            raise Refusal(400, "channelIdNotUnique", f"Channel id {body['id']} not unique")
        address = str(body["address"])
        if not address.startswith("https://") and not address.startswith("http://127.0.0.1:"):
            raise Refusal(400, "push.webhookUrlNotHttps", f"WebHook callback must be HTTPS: {address}")
        if self.verified is not None and urlsplit(address).hostname not in self.verified:
            message = f"Unauthorized WebHook callback channel: {address}"
            raise Refusal(401, "push.webhookUrlUnauthorized", message)
        if calendar_id in self.without:
            message = "Push notifications are not supported by this resource."
            raise Refusal(400, "pushNotSupportedForRequestedResource", message, domain="calendar")
        channel = Channel(
            body["id"],
            calendar_id,
            f"resource-{calendar_id}",
            uri,
            address,
            body.get("token"),
            self._expiry(body),
        )
        self.open[channel.id] = channel
        self._post(channel, "sync")
        return channel

    def stop(self, body: dict[str, Any]) -> None:
        channel = self.open.get(str(body.get("id")))
        if channel is None or channel.resource_id != body.get("resourceId"):
            raise not_found()
        del self.open[channel.id]
        self.stopped.append(channel.id)

    def changed(self, calendar_id: str) -> None:
        """Tell everybody who watches this calendar; channels past their end are dropped without a word."""
        for channel in list(self.open.values()):
            if channel.expires <= self.now():
                del self.open[channel.id]
            elif channel.calendar_id == calendar_id:
                self._post(channel, "exists")

    def release(self) -> None:
        """Post what was kept back, the last first."""
        self.late = False
        while self._kept:
            self._posts.put(self._kept.pop())

    def settle(self) -> None:
        """Returns when all that was to be posted has been."""
        self._posts.join()

    def close(self) -> None:
        if self._thread is not None:
            self._posts.put(None)
            self._thread.join(timeout=10)

    def _expiry(self, body: dict[str, Any]) -> datetime:
        ttl = (body.get("params") or {}).get("ttl")
        asked = self.now() + (_USUAL if ttl is None else timedelta(seconds=int(ttl)))
        if body.get("expiration") is not None:
            asked = datetime.fromtimestamp(int(body["expiration"]) / 1000, self.now().tzinfo)
        return min(asked, self.now() + self.longest)

    def _post(self, channel: Channel, state: str) -> None:
        channel.number += 1
        headers = {
            "X-Goog-Channel-ID": channel.id,
            "X-Goog-Channel-Expiration": channel.expires.strftime("%a, %d %b %Y %H:%M:%S GMT"),
            "X-Goog-Resource-ID": channel.resource_id,
            "X-Goog-Resource-URI": channel.resource_uri,
            "X-Goog-Resource-State": state,
            "X-Goog-Message-Number": str(channel.number),
        }
        if channel.token is not None:
            headers["X-Goog-Channel-Token"] = channel.token
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver, daemon=True)
            self._thread.start()
        for _ in range(self.copies):
            if self.late:
                self._kept.append((channel, headers))
            else:
                self._posts.put((channel, headers))

    def _deliver(self) -> None:
        while (item := self._posts.get()) is not None:
            channel, headers = item
            try:
                status: int | None = requests.post(channel.address, headers=headers, timeout=60).status_code
            except requests.RequestException:
                status = None
            self.answers.append((channel.id, headers["X-Goog-Resource-State"], status))
            self._posts.task_done()
        self._posts.task_done()
