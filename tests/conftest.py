"""Every fixture that starts something real lives in tests/support/fixtures.py."""

from hypothesis import settings

from tests.support.templates import compile_templates_once

pytest_plugins = ["tests.support.fixtures"]

# No test asserts a time, so Hypothesis sets no deadline either; a failure prints what is needed to repeat it.
settings.register_profile("freehold", deadline=None, print_blob=True)
settings.load_profile("freehold")

compile_templates_once()
