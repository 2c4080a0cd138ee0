"""What reading a provider's calendars depends on, taken from the rules the practice has stated."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, select

from booking.plain.rules import rules_from_plain
from booking.rules import Rules, effective
from booking.store.tables import practice, provider
from sync.model.freebusy import BusyPolicy, Reading
from sync.store.ports import ProviderView


class StoredViews:
    """Answers ``sync.store.ports.ProviderViews``."""

    def view(self, connection: Connection, provider_id: str) -> ProviderView:
        row = connection.execute(
            select(
                provider.c.timezone,
                provider.c.email,
                provider.c.addresses,
                provider.c.rules,
                practice.c.rules.label("practice_rules"),
            )
            .join(practice, practice.c.id == provider.c.practice_id)
            .where(provider.c.id == provider_id)
        ).one()
        rules = effective(rules_from_plain(row.practice_rules), rules_from_plain(row.rules))
        own = {address.casefold() for address in (row.email, *row.addresses) if address}
        return ProviderView(
            zone=row.timezone,
            policy=busy_policy(rules),
            horizon=timedelta(days=rules.horizon_days),
            poll_every=min(rules.poll_interval, rules.request_only_after / 2),
            own_addresses=frozenset(own),
        )


def busy_policy(rules: Rules) -> BusyPolicy:
    return BusyPolicy(
        tentative=Reading(rules.tentative),
        unanswered=Reading(rules.unanswered),
        soft=frozenset(rules.soft_busy),
    )
