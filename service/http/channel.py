"""Whether a request is for the JSON API, for machines that watch us, or for a person's page."""

from __future__ import annotations

from typing import Final

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
WATCH_PATHS: Final = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by probes that know an address and no name, so any Host will do."""

HOOK_PATHS: Final = frozenset({"/hooks/google"})
"""Posted to by servers, which have no page of ours, no session and nothing to say in the body."""


def is_api(path: str) -> bool:
    return path.startswith("/api/")


def speaks_json(path: str) -> bool:
    """True where even an error is answered as a document, not as a page."""
    return is_api(path) or path in WATCH_PATHS
