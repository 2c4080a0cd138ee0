"""Every fixture that starts something real lives in tests/support/fixtures.py."""

pytest_plugins = ["tests.support.fixtures"]
