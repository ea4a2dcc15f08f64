"""What is wrong with the page that a browser shows: axe, sideways scrolling, and what it says to its console."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE

NARROW = {"width": 320, "height": 640}
"""The narrowest screen on which WCAG 2.2, 1.4.10 wants no sideways scrolling."""

AXE = Axe()
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}

WHO_STICKS_OUT = """() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const out = [...document.body.querySelectorAll("*")].filter(one =>
    one.getBoundingClientRect().right > root.clientWidth + 1 && !one.closest("nav, .table-wrap"));
  return out.slice(0, 3).map(one => `<${one.localName} class="${one.getAttribute("class") ?? ""}"> ${one.textContent.trim().slice(0, 24)}`);
}"""


def breaks_the_policy(said: str) -> bool:
    """Whether the browser's console says that the content security policy stopped something."""
    return "Content Security Policy" in said


def picture(page: Page, name: str) -> None:
    """Of the whole page, where ``LINLI_PICTURES`` names a folder: for eyes."""
    if folder := os.environ.get("LINLI_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def seen(page: Page, name: str) -> None:
    """Nothing wrong with it for axe or on a narrow screen; a picture of it where somebody asked for pictures."""
    picture(page, name)
    looker = Looker(page, None)
    looker.examine((page.viewport_size or DESK)["width"])
    assert looker.findings == [], name


@dataclass(frozen=True)
class View:
    """``address`` may name objects (``/cases/{case.pk}/``); ``arrange`` clicks until the state to look at is there."""

    name: str
    address: str
    arrange: Callable[[Page], object] | None = None


class Looker:
    """Opens views on one page and collects findings as sentences."""

    def __init__(self, page: Page, objects: object, *, theme: str = "") -> None:
        self.page, self.objects, self.theme = page, objects, theme
        self.findings: list[str] = []
        self._at = ""
        page.on("pageerror", lambda error: self._say(f"script error: {error}"))
        page.on("console", self._console)

    def look(self, view: View) -> None:
        """Open a view and examine it at 1440, 390 and 320 px without reloading."""
        self._at = view.name
        address = view.address.format(o=self.objects) + (f"?theme={self.theme}" if self.theme else "")
        self.page.set_viewport_size(DESK)
        self.page.goto(address)
        if view.arrange:
            view.arrange(self.page)
        for size in (DESK, PHONE):
            self.page.set_viewport_size(size)
            self.examine(size["width"])
        self.page.set_viewport_size(NARROW)
        for one in self.page.evaluate(WHO_STICKS_OUT):
            self._say(f"sticks out at 320 px: {one}")

    def examine(self, width: int) -> None:
        for found in AXE.run(self.page, options=RULES).response["violations"]:
            nodes = [" ".join(map(str, node["target"])) for node in found["nodes"]]
            why = found["nodes"][0]["failureSummary"].split("\n")[1].strip()
            self._say(f"{width} px: {found['id']} at {nodes[:3]} ({len(nodes)}): {why}")
        for one in self.page.evaluate(WHO_STICKS_OUT):
            self._say(f"sticks out at {width} px: {one}")

    def _console(self, message) -> None:
        if message.type != "error":
            return
        if breaks_the_policy(message.text):
            self._say(f"policy: {message.text}")
        elif message.location.get("url") != self.page.url:
            self._say(f"console: {message.text} {message.location.get('url')}")

    def _say(self, what: str) -> None:
        self.findings.append(f"{self._at}: {what}")
