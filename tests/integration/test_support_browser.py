"""The browser that pages are tested with: faults are noticed, and axe looks behind a strict policy."""

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.support.browser import VIEWPORTS, axe, both_viewports, faults_of, watched_page

pytestmark = pytest.mark.browser

SITE = "http://tests.invalid/"
GOOD = (
    "<!doctype html><html lang=en><title>Page</title><main><h1>Page</h1>"
    "<label>Name <input></label></main></html>"
)


def _serve(page: Page, body: str, *, status: int = 200, policy: str = "default-src 'self'") -> None:
    """Opens a page made of ``body``; everything else at the site is missing."""

    def answer(route: Route) -> None:
        if route.request.url == SITE:
            headers = {"Content-Type": "text/html", "Content-Security-Policy": policy}
            route.fulfill(status=status, body=body, headers=headers)
        else:
            route.fulfill(status=404 if not route.request.url.endswith("favicon.ico") else 204)

    page.route("**/*", answer)
    page.goto(SITE)


def _visit(browser: Browser, body: str, policy: str = "default-src 'self'") -> None:
    with watched_page(browser) as page:
        _serve(page, body, policy=policy)
        page.wait_for_load_state("networkidle")


@both_viewports
def test_a_sound_page_has_no_faults_and_no_violations(page: Page) -> None:
    _serve(page, GOOD)
    assert page.viewport_size in VIEWPORTS.values()
    assert axe(page) == []
    assert faults_of(page).found == []


def test_axe_names_an_input_without_a_label(page: Page) -> None:
    _serve(page, GOOD.replace("<label>Name <input></label>", "<input>"))
    assert [violation["id"] for violation in axe(page)] == ["label"]


def test_a_document_that_answers_with_4xx_is_no_fault(page: Page) -> None:
    _serve(page, GOOD, status=422)
    assert faults_of(page).found == []


@pytest.mark.parametrize(
    "part, trace",
    [
        ("<script>document.title = 'inline'</script>", "Content Security Policy"),
        ("<script src=/missing.js></script>", "Failed to load resource"),
        ("<img src=http://elsewhere.invalid/x.png alt=x>", "Content Security Policy"),
    ],
)
def test_blocked_and_missing_parts_fail_the_test(browser: Browser, part: str, trace: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=trace):
        _visit(browser, GOOD.replace("</main>", f"{part}</main>"))


def test_an_error_in_a_script_fails_the_test(browser: Browser) -> None:
    broken = GOOD.replace("</main>", "<script>throw new Error('boom')</script></main>")
    with pytest.raises(pytest.fail.Exception, match="boom"):
        _visit(browser, broken, policy="default-src 'unsafe-inline'")


def test_a_fault_that_is_the_point_of_a_test_can_be_allowed(page: Page) -> None:
    faults_of(page).allow("missing.js")
    _serve(page, GOOD.replace("</main>", "<img src=/missing.js alt=x></main>"))
    page.wait_for_load_state("networkidle")
    assert faults_of(page).found == []
