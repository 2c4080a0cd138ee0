"""No module outside sync.http opens a connection by itself."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
CLIENTS = ("aiohttp", "http.client", "httpx", "httplib2", "niquests", "requests", "urllib.request", "urllib3")
MODULES = sorted(
    path
    for package in ("booking", "service", "sync")
    for path in (ROOT / package).rglob("*.py")
    if not path.is_relative_to(ROOT / "sync" / "http")
)


def clients_in(source: str) -> set[str]:
    """The HTTP clients that ``source`` imports, in whatever form and depth."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        else:
            continue
        found |= {client for client in CLIENTS for name in named if f"{name}.".startswith(f"{client}.")}
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_imports_an_http_client(path: Path) -> None:
    assert clients_in(path.read_text()) == set()


@pytest.mark.parametrize(
    "source",
    [
        "import requests",
        "import requests.auth as auth",
        "from requests import Session",
        "import urllib.request",
        "from urllib import request",
        "from http import client",
        "from http.client import HTTPConnection",
        "def late():\n    import httpx",
    ],
)
def test_each_form_of_an_import_is_seen(source: str) -> None:
    assert clients_in(source) != set()


def test_parts_of_the_same_packages_that_open_nothing_are_free() -> None:
    assert clients_in("from urllib.parse import urlsplit\nfrom http import HTTPStatus\nimport http") == set()
