"""Which providers whoever is signed in may act for."""

from __future__ import annotations

from booking.desk.views import ProviderView
from booking.roles import Role
from booking.store import finding
from booking.web.frame import frame


def providers_seen() -> list[ProviderView]:
    """Those of the practice, in its order; for a provider she alone."""
    actor = frame().staff()
    with frame().books.read() as connection:
        home = finding.practice_by_id(connection, actor.practice_id)
    found = () if home is None else frame().desk.providers(home.slug)
    return [each for each in found if actor.role is not Role.PROVIDER or each.id == actor.provider_id]
