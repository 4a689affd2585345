"""The page in a browser: accessible, silent, and never wider than the screen."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from audit.record import Decision
from audit_reports.html import render
from audit_reports.words import LANGUAGES
from tests.reports.hostile import HOSTILE, record_with
from tests.reports.model_checks import model_record
from tests.reports.records import passing, record, without_gates
from tests.reports.text_checks import text_record

CHROMIUM: Final = Path("/usr/bin/chromium")
RULES: Final = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS: Final = [
    ("light", 1280, "screen"),
    ("dark", 1280, "screen"),
    ("light", 375, "screen"),
    ("dark", 375, "screen"),
    ("light", 320, "screen"),
    ("light", 794, "print"),
]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.exists(), reason="no chromium to open the page in"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    options = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=options)
        yield opened
        opened.close()


class Noise:
    """Everything that a silent page does not do."""

    def __init__(self, page: Any) -> None:
        self.heard: list[str] = []
        page.on("console", lambda message: self.heard.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.heard.append(f"error: {error}"))
        page.on("request", lambda request: self._request(request.url))
        page.on("dialog", self._dialog)

    def _request(self, url: str) -> None:
        if not url.startswith("file:"):
            self.heard.append(f"request: {url}")

    def _dialog(self, dialog: Any) -> None:
        self.heard.append(f"dialog: {dialog.message}")
        dialog.dismiss()


def opened(browser: Any, path: Path, look: tuple[str, int, str]) -> tuple[Any, Noise]:
    scheme, width, medium = look
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    noise = Noise(page)
    page.emulate_media(media=medium, color_scheme=scheme)
    page.goto(path.as_uri())
    return page, noise


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("look", LOOKS, ids=["-".join(map(str, look)) for look in LOOKS])
@pytest.mark.parametrize("made", ["record", "passing", "without_gates", "model", "texts"])
def test_the_page_breaks_no_rule_of_accessibility(
    browser: Any, tmp_path: Path, made: str, look: tuple[str, int, str], language: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    records = {"record": record, "passing": passing, "model": model_record, "texts": text_record}
    known = records.get(made, without_gates)()
    path = tmp_path / "report.html"
    path.write_text(render(known, language), encoding="utf-8")
    page, noise = opened(browser, path, look)
    found = axe.Axe().run(page, options=RULES).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]][:2]) for each in found] == []
    assert noise.heard == []
    assert page.evaluate("document.documentElement.scrollWidth") <= look[1]
    page.context.close()


@pytest.mark.parametrize("decision", list(Decision))
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_word_on_the_plate_is_white(
    browser: Any, tmp_path: Path, scheme: str, decision: Decision
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(replace(record(), decision=decision), "en"), encoding="utf-8")
    page, _ = opened(browser, path, (scheme, 1280, "screen"))
    drawn = page.evaluate(
        "(({color, backgroundColor}) => [color, backgroundColor])"
        "(getComputedStyle(document.querySelector('.plate')))"
    )
    assert drawn[0] == "rgb(255, 255, 255)"
    assert drawn[1] not in {"rgba(0, 0, 0, 0)", "rgb(255, 255, 255)"}
    page.context.close()


def test_hostile_text_starts_nothing(browser: Any, tmp_path: Path) -> None:
    context = browser.new_context(viewport={"width": 375, "height": 900})
    path = tmp_path / "report.html"
    for word in (*HOSTILE, "w" * 90):
        path.write_text(render(record_with(word), "en"), encoding="utf-8")
        page = context.new_page()
        noise = Noise(page)
        page.goto(path.as_uri())
        assert noise.heard == [], word
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, word
        assert page.evaluate("document.scripts.length") == 0, word
        page.close()
    context.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (390, 844)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_blocker_is_on_the_first_screen(
    browser: Any, tmp_path: Path, language: str, width: int, height: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(render(record(), language), encoding="utf-8")
    page, _ = opened(browser, path, ("light", width, "screen"))
    box = page.locator(".blockers tbody tr").first.locator(".says").first.bounding_box()
    assert box["y"] + 20 <= height
    page.context.close()
