"""A whole practice in plain form: the tables and keys of the practice file, in the file's order, defaults included.

Keys without a value (None) are absent. Rules are those stated. Literal secrets are never in it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from booking.plain.release import release_plain
from booking.plain.rules import rules_plain
from booking.plain.values import clock_text, duration_text, end_text, weekday_names
from booking.practice import (
    Account,
    Block,
    CalendarRule,
    Client,
    Contact,
    DateOverride,
    Hold,
    Location,
    Page,
    Practice,
    Provider,
    Service,
    User,
    Window,
)

Doc = dict[str, Any]

NOTICES = (
    "created",
    "confirmed",
    "declined",
    "rescheduled",
    "cancelled",
    "deleted",
    "provider_changed",
    "undone",
    "expired",
    "proposed",
    "reminder",
)
"""Kinds of mail to clients that a practice can switch off."""


def practice_doc(practice: Practice) -> Doc:
    emails = {provider.email.casefold(): provider.slug for provider in reversed(practice.providers)}
    return {
        "practice": {
            "slug": practice.slug,
            "name": practice.name,
            "timezone": practice.timezone,
            "phone": practice.phone,
            "email": practice.email,
            "self_scheduling": practice.self_scheduling,
        },
        "rules": rules_plain(practice.rules),
        "services": [service_doc(service) for service in practice.services],
        "locations": [location_doc(location) for location in practice.locations],
        "providers": [provider_doc(provider) for provider in practice.providers],
        "notices": {name: practice.notices.get(name, True) for name in NOTICES},
        "page": page_doc(practice.page),
        "clients": [client_doc(client) for client in practice.clients],
        "users": [
            # A provider's own address says whose user it is.
            user_doc(
                user,
                named=not (user.role == "provider" and emails.get(user.email.casefold()) == user.provider),
            )
            for user in practice.users
        ],
    }


def service_doc(service: Service) -> Doc:
    return _stated(
        code=service.code,
        name=service.name,
        minutes=service.length // timedelta(minutes=1),
        buffer_before=duration_text(service.buffer_before),
        buffer_after=duration_text(service.buffer_after),
        modes=[str(mode) for mode in service.modes],
        active=service.active,
        online=service.online,
        new_clients=service.new_clients,
        capacity=service.capacity,
        room=service.room,
        telehealth_url=service.telehealth_url,
        rules=rules_plain(service.rules),
    )


def location_doc(location: Location) -> Doc:
    return _stated(
        slug=location.slug,
        name=location.name,
        address=location.address,
        hide_address=location.hide_address,
        rooms=list(location.rooms),
    )


def provider_doc(provider: Provider) -> Doc:
    return _stated(
        slug=provider.slug,
        name=provider.name,
        email=provider.email,
        timezone=provider.timezone,
        self_scheduling=provider.self_scheduling,
        active=provider.active,
        services=None if provider.services is None else list(provider.services),
        addresses=list(provider.addresses),
        rules=rules_plain(provider.rules),
        custom_services=[service_doc(service) for service in provider.own_services],
        accounts=[account_doc(account) for account in provider.accounts],
        availability=[block_doc(block) for block in provider.availability],
        overrides=[override_doc(override) for override in provider.overrides],
        holds=[hold_doc(hold) for hold in provider.holds],
    )


def account_doc(account: Account) -> Doc:
    return _stated(
        name=account.name,
        kind=account.kind,
        url=account.url,
        username=account.username,
        password_env=account.secret.password_env,
        password_file=account.secret.password_file,
        authorized_user_file=account.secret.authorized_user_file,
        service_account_file=account.secret.service_account_file,
        subject=account.secret.subject,
        calendars=[calendar_rule_doc(rule) for rule in account.calendars],
    )


def calendar_rule_doc(rule: CalendarRule) -> Doc:
    return _stated(match=rule.match, role=rule.role, title=rule.title, advisory=rule.advisory)


def block_doc(block: Block) -> Doc:
    return _stated(
        days=weekday_names(block.days),
        start=clock_text(block.start),
        end=end_text(block.end),
        online=block.online,
        modes=[str(mode) for mode in block.modes],
        services=None if block.services is None else list(block.services),
        location=block.location,
        **{"from": block.from_date},
        until=block.until,
        every_weeks=block.every_weeks,
    )


def override_doc(override: DateOverride) -> Doc:
    single = override.first == override.last
    return _stated(
        date=override.first if single else None,
        **{"from": None if single else override.first},
        until=None if single else override.last,
        closed=True if override.closed else None,
        windows=[window_doc(window) for window in override.windows] or None,
    )


def window_doc(window: Window) -> Doc:
    return {"start": clock_text(window.start), "end": end_text(window.end)}


def hold_doc(hold: Hold) -> Doc:
    return _stated(
        name=hold.name,
        days=weekday_names(hold.days) or None,
        date=hold.date,
        start=clock_text(hold.start),
        end=end_text(hold.end),
        **{"for": list(hold.kept_for), "release": release_plain(hold.release), "from": hold.from_date},
        until=hold.until,
        every_weeks=hold.every_weeks,
        marker=hold.marker,
    )


def page_doc(page: Page) -> Doc:
    return {
        "embed_origins": list(page.embed_origins),
        "privacy_url": page.privacy_url,
        "privacy_text": page.privacy_text,
        "locales": list(page.locales),
        "accent": page.accent,
    }


def client_doc(client: Client) -> Doc:
    return {
        "id": client.id,
        "name": client.name,
        "email": client.email,
        "phone": client.phone,
        "status": str(client.status),
        "privilege": str(client.privilege),
        "providers": list(client.providers),
        "tags": list(client.tags),
        "contacts": [contact_doc(each) for each in client.contacts],
        "notices": {name: client.notices[name] for name in NOTICES if name in client.notices},
    }


def contact_doc(contact: Contact) -> Doc:
    """What is switched off is said, what is on is not."""
    return _stated(
        name=contact.name,
        email=contact.email,
        relation=contact.relation,
        notices=None if contact.notices else False,
        books=None if contact.books else False,
    )


def user_doc(user: User, *, named: bool) -> Doc:
    return _stated(email=user.email, role=user.role, provider=user.provider if named else None)


def _stated(**values: Any) -> Doc:
    return {key: value for key, value in values.items() if value is not None}
