"""Asks axe-core what keeps people out of a page: WCAG 2.2 A and AA, and what it calls best practice."""

from __future__ import annotations

from importlib.resources import files

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
# Icons are ligatures: before their font is there axe takes their names for text that is hard to read.
RUN = """async (tags) => {
  await document.fonts.ready;
  const { violations } = await axe.run({ runOnly: tags, resultTypes: ["violations"], preload: false });
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any, all, none }) =>
    `${id}: ${target.flat().join(" > ")} (${[...any, ...all, ...none].map(({ message }) => message).join(" ")})`));
}"""


def violations(page: Page) -> list[str]:
    """Return what axe finds on the page as it stands, a line for each element; nothing if everybody can use it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(RUN, TAGS)
    return found
