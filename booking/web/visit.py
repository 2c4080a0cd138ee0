"""What a client's visit carries from page to page, in the address: zone, language and the token of a personal link."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import g, request, url_for
from flask_babel import gettext

from booking.desk import STRANGER, Asking, SlotQuery
from booking.desk.views import PracticeView, ProviderView, ServiceView
from booking.recognition import Recognised
from booking.refusals import Problem, Refused
from booking.web.embedding import allow_frame
from booking.web.frame import frame
from booking.web.given_times import a_moment
from booking.web.zones import is_zone

_CARRIED = ("tz", "client_token", "lang")


@dataclass(frozen=True, slots=True)
class Visit:
    """One provider's page under way. ``zone`` is the client's as far as we know, else the provider's.

    ``who`` is whom the personal link stands for; ``lapsed``: there was one, and it opens nothing any more.
    """

    practice: PracticeView
    provider: ProviderView
    zone: str
    asking: Asking
    who: Recognised | None = None
    lapsed: bool = False

    @classmethod
    def of(cls, practice: str, provider: str) -> Visit:
        """Raises ``Refused`` (not-found)."""
        found = open_practice(practice)
        whose = frame().desk.provider(practice, provider)
        wished = request.values.get("tz", "")
        token = request.values.get("client_token") or None
        who = None if token is None else frame().desk.client_by_token(practice, token, now=frame().now())
        return cls(
            practice=found,
            provider=whose,
            zone=wished if is_zone(wished) else whose.timezone,
            asking=STRANGER if who is None else Asking(client_token=token),
            who=who,
            lapsed=token is not None and who is None,
        )

    @property
    def today(self) -> date:
        return frame().now().astimezone(ZoneInfo(self.zone)).date()

    def services(self) -> tuple[ServiceView, ...]:
        return frame().desk.services(self.practice.slug, self.provider.slug) if self.provider.open else ()

    def service(self, code: str) -> ServiceView:
        """Raises ``Refused`` (not-found) for a service that cannot be asked for here."""
        for service in self.services():
            if service.code == code:
                return service
        raise Refused(Problem.NOT_FOUND)

    def slots(self, service: str, start: date, end: date) -> SlotQuery:
        return SlotQuery(
            practice=self.practice.slug,
            provider=self.provider.slug,
            service=service,
            start=start,
            end=end,
            zone=self.zone,
            asking=self.asking,
        )

    def refused(self, service: str) -> str:
        """What to tell a visitor whom a rule stops whatever the time; empty: none does."""
        text = frame().desk.refused_access(
            self.practice.slug, self.provider.slug, service=service, asking=self.asking, now=frame().now()
        )
        return str(gettext(text)) if text else ""

    def link(self, step: str, **more: Any) -> str:
        """The address of a step of this visit: ``provider``, ``times``, ``details``, ``ask`` or ``wish``."""
        return url_for(
            f"booking.{step}",
            practice=self.practice.slug,
            provider=self.provider.slug,
            **{**carried(), **more},
        )


def open_practice(slug: str) -> PracticeView:
    """The practice, and from here on its languages and the origins that may show them in a frame."""
    found = frame().desk.practice(slug)
    g.locales = found.page.locales
    allow_frame(found.page)
    return found


def carried() -> dict[str, str]:
    """What every further address of this visit has in its query."""
    return {name: value for name in _CARRIED if (value := request.values.get(name))}


def an_instant(text: str) -> datetime | None:
    """An aware instant in ISO 8601, as our own links write it; None for anything else, and for other ages."""
    try:
        # A plus sign that was not escaped reads as a space.
        found = a_moment(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
