"""A Google Calendar of our own: API v3 as the discovery document defines it, OAuth, push messages and faults."""

from tests.support.google_server.refusal import Refusal, quota
from tests.support.google_server.server import Call, GoogleServer

__all__ = ["Call", "GoogleServer", "Refusal", "quota"]
