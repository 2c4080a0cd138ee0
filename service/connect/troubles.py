"""What goes wrong on the way to Google and back, in words: what happened, and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from booking.ladder import N_


class Trouble(StrEnum):
    DENIED = "denied"
    STATE = "state"
    PARTLY = "partly"
    CODE = "code"
    CLIENT = "client"
    REDIRECT = "redirect"
    POLICY = "policy"
    NO_ANSWER = "no_answer"
    NO_REFRESH = "no_refresh"
    OTHER_ACCOUNT = "other_account"
    CALENDARS = "calendars"
    REFUSED = "refused"


class ConnectFailed(Exception):
    """``detail`` is a code or name that helps whoever mends it; it is shown and holds nothing secret."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        super().__init__(f"{trouble} {detail}".strip())
        self.trouble, self.detail = trouble, detail


TEXTS: Mapping[Trouble, tuple[str, str]] = {
    Trouble.DENIED: (
        N_("You did not agree, so nothing was connected"),
        N_(
            "Google asked whether Freehold may see your calendars and got a no. You can try again whenever you like."
        ),
    ),
    Trouble.STATE: (
        N_("This way back from Google is over"),
        N_(
            "It was used before, is older than ten minutes, or began in another browser. Nothing was connected. "
            "Please start again from here."
        ),
    ),
    Trouble.PARTLY: (
        N_("Google gave only a part of what is needed"),
        N_(
            "On Google's page every box has to be ticked. Without the events, busy times cannot be seen and requests "
            "cannot be written; without the list of calendars, yours cannot be found. Nothing was connected."
        ),
    ),
    Trouble.CODE: (
        N_("Google did not accept its own answer any more"),
        N_("It is good once and for a short time. Nothing was connected. Please try again."),
    ),
    Trouble.CLIENT: (
        N_("Google does not know this installation"),
        N_(
            "The client id or its secret is not what Google has. An operator downloads client_secrets.json again and "
            "sets FREEHOLD_GOOGLE_CLIENT_SECRETS to it."
        ),
    ),
    Trouble.REDIRECT: (
        N_("The address Google should lead back to is not registered"),
        N_(
            "An operator enters it in the Google project, at Credentials, among the authorised redirect URIs, letter "
            "for letter."
        ),
    ),
    Trouble.POLICY: (
        N_("Your organisation does not allow this connection"),
        N_("The administrator of your Google Workspace has to allow Freehold. Nothing was connected."),
    ),
    Trouble.NO_ANSWER: (
        N_("Google does not answer right now"),
        N_("Nothing was connected. Please try again in a few minutes."),
    ),
    Trouble.NO_REFRESH: (
        N_("Google gave no lasting access"),
        N_("Remove Freehold at myaccount.google.com/connections, then connect again. Nothing was connected."),
    ),
    Trouble.OTHER_ACCOUNT: (
        N_("That is another Google account"),
        N_(
            "Nothing was changed. Choose the same account as before, or connect the other one as a further account."
        ),
    ),
    Trouble.CALENDARS: (
        N_("The calendars could not be read"),
        N_("Google gave access, but its calendars could not be read. Nothing was connected."),
    ),
    Trouble.REFUSED: (
        N_("Google refused"),
        N_("Nothing was connected. Please try again; if it stays so, tell an operator the code below."),
    ),
}

# Of the authorization endpoint (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6) and of Google's own.
_CONSENT: Mapping[str, Trouble] = {
    "access_denied": Trouble.DENIED,
    "consent_required": Trouble.DENIED,
    "interaction_required": Trouble.DENIED,
    "admin_policy_enforced": Trouble.POLICY,
    "org_internal": Trouble.POLICY,
    "unauthorized_client": Trouble.CLIENT,
    "invalid_client": Trouble.CLIENT,
    "deleted_client": Trouble.CLIENT,
    "redirect_uri_mismatch": Trouble.REDIRECT,
    "server_error": Trouble.NO_ANSWER,
    "temporarily_unavailable": Trouble.NO_ANSWER,
}
# Of the token endpoint (RFC 6749 5.2).
_TOKEN: Mapping[str, Trouble] = {**_CONSENT, "invalid_grant": Trouble.CODE}
_LONGEST = 100


def of_consent_error(error: str) -> ConnectFailed:
    return ConnectFailed(_CONSENT.get(error, Trouble.REFUSED), _code(error))


def of_token_answer(status: int, answer: Mapping[str, Any]) -> ConnectFailed:
    error = answer.get("error")
    if isinstance(error, str) and error:
        return ConnectFailed(_TOKEN.get(error, Trouble.REFUSED), _code(error))
    if status == 200:
        return ConnectFailed(Trouble.NO_REFRESH)
    return ConnectFailed(Trouble.NO_ANSWER, f"status {status}")


def _code(error: str) -> str:
    """Only what looks like a code is shown: the address it came with is anybody's."""
    short = error[:_LONGEST]
    return short if short.replace("_", "").isalnum() and short.isascii() else ""
