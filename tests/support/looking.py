"""A page looked at as visitors with other screens, colours and senses would; a picture of it if they are wanted."""

from __future__ import annotations

import os
from pathlib import Path

from playwright.sync_api import Page

from tests.support.browser import VIEWPORTS, axe

SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of the pages, by `make screenshots`."""
PHONE, DESK = ("phone", "light"), ("desk", "dark")
EVERY = tuple((screen, scheme) for scheme in ("light", "dark") for screen in VIEWPORTS)

_FAULTS = """
() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const heads = document.querySelectorAll("h1").length;
  const spilling = [...document.querySelectorAll("main *")].filter(each => {
    const style = getComputedStyle(each);
    return each.scrollWidth > each.clientWidth + 1 && each.clientWidth > 1 && style.overflowX === "visible"
      && !["inline", "contents"].includes(style.display);
  });
  const spilt = spilling.filter(each => !spilling.some(other => other !== each && each.contains(other)));
  return [...(wide > 0 ? [`${wide} px wider than the screen`] : []), ...(heads === 1 ? [] : [`${heads} h1`]),
    ...spilt.map(each => `${each.scrollWidth - each.clientWidth} px of "${each.innerText.slice(0, 40)}" spill over`)];
}
"""


def faults(page: Page, looks: tuple[tuple[str, str], ...] = (PHONE, DESK)) -> list[str]:
    """What axe and the eye of a designer find on the page, once loaded, on each screen and in each scheme."""
    # A click returns when the next page begins to arrive.
    page.wait_for_load_state()
    before, found = page.viewport_size, []
    for screen, scheme in looks:
        page.set_viewport_size(VIEWPORTS[screen])
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [f"{screen} {scheme}: {fault}" for fault in [*page.evaluate(_FAULTS), *axe(page)]]
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)
    return found


def looked_at(page: Page, name: str = "", *, dark: bool = False) -> None:
    """No fault on a phone in light and on a desk in dark colours; and a ``picture``, if it has a name."""
    assert faults(page) == [], page.url
    picture(page, name, dark=dark)


def picture(page: Page, name: str, *, dark: bool = False) -> None:
    """Of the whole page on both screens, if pictures are wanted. ``dark``: of the phone in dark colours, too."""
    if not SHOTS or not name:
        return
    before = page.viewport_size
    for screen, scheme in (("phone", "light"), ("desk", "light"), *([("phone", "dark")] if dark else [])):
        page.set_viewport_size(VIEWPORTS[screen])
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        # As high as the page: what sticks to the end of a screen is then at its end, and covers nothing.
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": VIEWPORTS[screen]["width"], "height": height})
        file = f"{name}-{screen}{'-dark' if scheme == 'dark' else ''}.png"
        page.screenshot(path=Path(SHOTS) / file, animations="disabled")
    page.emulate_media(color_scheme="light")
    if before is not None:
        page.set_viewport_size(before)
