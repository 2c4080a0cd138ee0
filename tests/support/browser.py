"""Debian's Chromium under Playwright, watching for what a visitor would not see."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Page,
    Playwright,
    Response,
    ViewportSize,
    expect,
    sync_playwright,
)

VIEWPORTS: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "desk": {"width": 1280, "height": 900},
}
# For the `page` fixture: runs a test once on each.
both_viewports = pytest.mark.parametrize("page", list(VIEWPORTS), indirect=True)

# A busy machine takes its time; how quick a page is, is not asserted.
expect.set_options(timeout=30_000)

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
_AXE = Path(__file__).with_name("vendor") / "axe.min.js"
_REPORT_CSP = """
document.addEventListener("securitypolicyviolation", event => console.error(
  `content security policy: ${event.effectiveDirective} blocked ${event.blockedURI} at ${event.sourceFile}`));
"""
_RUN_AXE = """
async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.map(
  violation => ({id: violation.id, impact: violation.impact, help: violation.help,
                 nodes: violation.nodes.map(node => node.target.join(" "))}))
"""


class Faults:
    """What went wrong on a page unseen: script errors, blocked content, parts that did not load."""

    def __init__(self, page: Page) -> None:
        self._seen: list[tuple[str, str]] = []
        self._documents: set[str] = set()
        self._allowed: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self._seen.append((f"script error: {error}", "")))
        page.on("response", self._answered)

    def allow(self, text: str) -> None:
        """A fault that contains this is what the test is about."""
        self._allowed.append(text)

    @property
    def found(self) -> list[str]:
        """A page that answers with 4xx is no fault, a script or style sheet that does is one."""
        return [
            text
            for text, url in self._seen
            if not (text.startswith("Failed to load resource") and url in self._documents)
            and not any(allowed in text for allowed in self._allowed)
        ]

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            url = message.location.get("url", "")
            self._seen.append((f"{message.text} ({url})", url))

    def _answered(self, response: Response) -> None:
        if response.request.is_navigation_request():
            self._documents.add(response.url)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser that ends with the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_program(playwright), args=list(_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched_page(browser: Browser, viewport: str = "desk", **context_options: Any) -> Iterator[Page]:
    """A page with a fresh profile; leaving the block fails the test if the page had faults."""
    context = browser.new_context(viewport=VIEWPORTS[viewport], **context_options)
    context.add_init_script(_REPORT_CSP)
    try:
        page = context.new_page()
        _FAULTS[page] = faults = Faults(page)
        yield page
        if faults.found:
            pytest.fail("the page had faults:\n" + "\n".join(faults.found))
    finally:
        context.close()


def faults_of(page: Page) -> Faults:
    """The watch over a page of ``watched_page``, to allow a fault or to look at it early."""
    return _FAULTS[page]


def signed_in(page: Page, link: str) -> None:
    """Whoever the link is for has just signed in, and the first page that she is shown has loaded."""
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def axe(page: Page) -> list[dict[str, Any]]:
    """axe-core's violations on the page as it stands: id, impact, help and the selectors of the nodes."""
    if not page.evaluate("'axe' in window"):
        # Through the debugger, not as a script element: the page's own content security policy stays as it is.
        page.evaluate(_AXE.read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE)
    return found


_FAULTS: WeakKeyDictionary[Page, Faults] = WeakKeyDictionary()


def _program(playwright: Playwright) -> str:
    for name in _PROGRAMS:
        if path := shutil.which(name):
            return path
    if Path(playwright.chromium.executable_path).exists():
        return playwright.chromium.executable_path
    # CI can install one, so there a missing browser is a fault; elsewhere it may be all that a person cannot have.
    missing = "There is no Chromium here. Run `make browser`, then the tests again."
    if "CI" in os.environ:
        pytest.fail(missing, pytrace=False)
    pytest.skip(missing)
