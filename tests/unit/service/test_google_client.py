import json
from pathlib import Path

import pytest

from service.google_client import token_uri_in


@pytest.mark.parametrize("kind", ["web", "installed"])
def test_the_token_endpoint_is_that_of_the_client(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "client_secrets.json"
    path.write_text(json.dumps({kind: {"token_uri": "https://sign-in.example.com/token"}}))
    assert token_uri_in(path) == "https://sign-in.example.com/token"


@pytest.mark.parametrize(
    "stated", [{"web": {}}, {"web": {"token_uri": ""}}, {"web": {"token_uri": 1}}, {"web": []}]
)
def test_a_client_without_an_endpoint_leaves_it_to_each_account(tmp_path: Path, stated: object) -> None:
    path = tmp_path / "client_secrets.json"
    path.write_text(json.dumps(stated))
    assert token_uri_in(path) is None
