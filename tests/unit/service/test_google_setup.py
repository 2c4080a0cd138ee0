"""What is said of a Google project that is not set up as it should be."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.google_setup import google_findings
from service.settings import load_settings

BASE = "https://booking.example.com"
GOOD = {
    "client_id": "id.apps.googleusercontent.com",
    "client_secret": "secret",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token",
    "redirect_uris": [f"{BASE}/connect/google/callback"],
}


def told(folder: Path, stated: Any, **environ: str) -> str:
    path = folder / "client_secrets.json"
    path.write_text(json.dumps(stated))
    given = {"BASE_URL": BASE, "GOOGLE_CLIENT_SECRETS": str(path), "DATA_DIR": str(folder), **environ}
    settings = load_settings({f"FREEHOLD_{name}": value for name, value in given.items()}, None)
    return " | ".join(f"{each.state}: {each.text}" for each in google_findings(settings))


def test_a_good_project_is_good(tmp_path: Path) -> None:
    found = told(tmp_path, {"web": GOOD})
    assert "fail" not in found
    assert "Google leads back to https://booking.example.com/connect/google/callback" in found


@pytest.mark.parametrize(
    "stated, environ, said",
    [
        ({"installed": GOOD}, {}, "fail: client_secrets.json is that of a desktop program"),
        ({"web": GOOD | {"redirect_uris": []}}, {}, "callback is not among the redirect URIs"),
        ({"web": GOOD | {"redirect_uris": [f"{BASE}/connect/google/callback/"]}}, {}, "is not among"),
        ({"web": {"client_id": "id"}}, {}, "has no client_secret"),
        ({"web": GOOD | {"token_uri": "http://oauth2.example.com/token"}}, {}, "is not https"),
        ({"web": GOOD}, {"BASE_URL": "http://booking.example.com"}, "to https addresses only"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, stated: Any, environ: dict[str, str], said: str) -> None:
    assert said in told(tmp_path, stated, **environ)
