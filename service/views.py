"""What reading a provider's calendars depends on, taken from the rules the practice has stated."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import Connection, select

from booking.plain.rules import rules_from_plain
from booking.rules import Rules, effective
from booking.store.practice_rows import block_from
from booking.store.tables import block, practice, provider, service
from sync.model.freebusy import BusyPolicy, Reading
from sync.pacing import WorkingHours
from sync.store.ports import ProviderView


class StoredViews:
    """Answers ``sync.store.ports.ProviderViews``."""

    def view(self, connection: Connection, provider_id: str) -> ProviderView:
        row = connection.execute(
            select(
                provider.c.practice_id,
                provider.c.timezone,
                provider.c.email,
                provider.c.addresses,
                provider.c.rules,
                provider.c.active,
                provider.c.self_scheduling,
                practice.c.self_scheduling.label("practice_open"),
                practice.c.rules.label("practice_rules"),
            )
            .join(practice, practice.c.id == provider.c.practice_id)
            .where(provider.c.id == provider_id)
        ).one()
        layers = (rules_from_plain(row.practice_rules), rules_from_plain(row.rules))
        rules = effective(*layers)
        stated = connection.execute(
            select(service.c.rules).where(service.c.practice_id == row.practice_id)
        ).scalars()
        # A service may be asked for further ahead than the others.
        horizons = [effective(*layers, rules_from_plain(each)).horizon_days for each in stated]
        own = {address.casefold() for address in (row.email, *row.addresses) if address}
        return ProviderView(
            zone=row.timezone,
            policy=busy_policy(rules),
            horizon=timedelta(days=max([rules.horizon_days, *horizons])),
            poll_every=rules.poll_interval,
            own_addresses=frozenset(own),
            request_only_after=rules.request_only_after,
            bookable=row.practice_open and row.self_scheduling and row.active,
            hours=_working_hours(connection, provider_id),
        )


def _working_hours(connection: Connection, provider_id: str) -> WorkingHours:
    """Hours of the week that a block touches; from when and until when it stands, and single dates, are left out."""
    rows = connection.execute(select(block).where(block.c.provider_id == provider_id)).mappings()
    return frozenset(
        day * 24 + hour
        for found in map(block_from, rows)
        for day in found.days
        for hour in range(found.start.hour, _last_hour(found.end) + 1)
    )


def _last_hour(end: time) -> int:
    """The hour in which a block's last minute lies; an end of 00:00 is the midnight that ends the day."""
    return 23 if end == time(0) else end.hour - (end.minute == 0)


def busy_policy(rules: Rules) -> BusyPolicy:
    return BusyPolicy(
        tentative=Reading(rules.tentative),
        unanswered=Reading(rules.unanswered),
        soft=frozenset(rules.soft_busy),
    )
