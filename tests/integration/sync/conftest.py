"""Every database of these tests has the schema that the program gives it."""

import pytest


@pytest.fixture
def database_url(upgraded_url: str) -> str:
    """The test runs on each database in turn, its tables empty."""
    return upgraded_url
