"""The pictures of the README, taken from a demo that has just moved in. ``make screenshots`` writes docs/pictures.

Takes a few minutes: the neighbourhood lives three weeks first. Needs Chromium and Chinese fonts.
``scripts/screenshots.py http://127.0.0.1:8000`` takes them from a demo that is already running.
"""

from __future__ import annotations

import io
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import APIRequestContext, Browser, Page, expect, sync_playwright

from linli.simulator.instance import free_port

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
MAX_BYTES = 200_000
TALLEST = 1000
"""CSS pixels of a phone's picture: the README shows three side by side."""
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
WALL = {"width": 1920, "height": 1080}
HISTORY_LIVED = "the past is lived"
PATIENCE_SECONDS = 900
WORDS = "三楼到二楼的楼道一直往下滴水，地上滑得很"


def main() -> int:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        print("Chromium is missing: apt-get install -y chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    running = nullcontext(sys.argv[1]) if len(sys.argv) > 1 else demo()
    with running as url, sync_playwright() as engine:
        browser = engine.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        )
        Photographer(browser, url).take_all()
        browser.close()
    return 0


@contextmanager
def demo() -> Iterator[str]:
    """A fresh demo in a throw-away home, past its three weeks."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="linli-pictures-") as folder:
        log = Path(folder) / "demo.log"
        with log.open("w") as out:
            command = [sys.executable, "-m", "linli.cli.main", "demo", "--home", f"{folder}/home", "--port", str(port)]
            running = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while HISTORY_LIVED not in log.read_text():
                if running.poll() is not None or time.monotonic() > until:
                    raise SystemExit(f"the demo did not get through its three weeks:\n{log.read_text()[-2000:]}")
                time.sleep(1)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(60)


class Photographer:
    """Goes through the demo as its people do and keeps what they see."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url

    def take_all(self) -> None:
        director = self.enter("director", DESK)
        self.wait_for_devices(director.request)
        matter = self.live_a_matter()
        self.let_a_lift_trap_somebody(director)
        self.take(director, "cockpit", "/cockpit/?theme=standard")
        self.take(self.enter("wall", WALL), "cockpit-dark", "/cockpit/?theme=dark")
        self.take(self.stranger(DESK), "door", "/")
        resident = self.enter("resident", PHONE, scale=2)
        self.take(resident, "portal", "/portal/?theme=standard", whole=True)
        self.take(resident, "case-resident", f"{matter}?theme=standard", whole=True)
        self.take(self.enter("elder", PHONE, scale=2), "portal-elder", "/portal/?theme=elder", whole=True)
        self.take(self.enter("grid-worker", DESK), "workbench", "/workbench/")
        self.take(self.enter("grid-worker", PHONE, scale=2), "workbench-phone", "/workbench/")

    def stranger(self, viewport: dict, scale: int = 1) -> Page:
        context = self.browser.new_context(
            viewport=viewport,
            base_url=self.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            reduced_motion="reduce",
            device_scale_factor=scale,
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto("/")
        return page

    def enter(self, who: str, viewport: dict, scale: int = 1) -> Page:
        page = self.stranger(viewport, scale)
        page.click(f"button[name=who][value={who}]")
        page.wait_for_load_state()
        return page

    def wait_for_devices(self, http: APIRequestContext) -> None:
        """Until nearly every device has said something, then live at the pace of a watch."""
        until = time.monotonic() + PATIENCE_SECONDS
        while http.get("/api/v1/telemetry/status").json()["accepted"] < 20_000:
            if time.monotonic() > until:
                raise SystemExit("the devices do not speak")
            time.sleep(2)
        self.run_at(http, 1)

    @staticmethod
    def run_at(http: APIRequestContext, speed: float) -> None:
        answer = http.post("/api/v1/demo/clock", data={"speed": speed})
        if not answer.ok:
            raise SystemExit(f"the clock does not turn: {answer.status} {answer.text()}")

    def live_a_matter(self) -> str:
        """A resident reports with a photo, the grid worker mends it; returns the resident's page about it."""
        resident = self.enter("resident", PHONE)
        resident.goto("/portal/report/?theme=standard")
        resident.fill("#words", WORDS)
        resident.set_input_files("input[name=photos]", [picture_of_a_stairwell(leaking=True)])
        resident.locator("[data-preview]").wait_for()
        resident.click(".p-bar .btn.primary")
        resident.wait_for_url("**/sent/**")
        see = resident.get_by_role("link", name="看这件事")
        see.wait_for()
        matter = see.get_attribute("href") or ""
        worker = self.enter("grid-worker", DESK)
        worker.locator("a.it", has_text=WORDS[:8]).first.click()
        for _step in range(6):
            self.do_next(worker)
            resident.goto(f"{matter}?theme=standard")
            if resident.locator("#rate").count():
                return matter
        raise SystemExit("the grid worker did not get to the end of the case")

    def do_next(self, page: Page) -> None:
        """The one thing that the page proposes, with whatever it asks for."""
        page.wait_for_load_state()
        page.locator("[data-acts] .btn.primary").click()
        page.wait_for_timeout(500)
        form = page.locator("dialog[open] form")
        if form.count():
            for field in form.locator("textarea, input[type=text]").all():
                field.fill("换了三楼一段水管，试水两小时不漏。")
            for chosen in form.locator("select").all():
                chosen.select_option(index=1)
            if form.locator("input[type=radio]").count():
                form.locator("input[type=radio]").first.check()
            if form.locator("input[type=file]").count():
                form.locator("input[type=file]").set_input_files([picture_of_a_stairwell(leaking=False)])
            form.locator(".btn.primary").click()
        page.wait_for_load_state("networkidle")

    def let_a_lift_trap_somebody(self, director: Page) -> None:
        """At sixty times until the warning stands, then at the pace of a watch: nobody is there yet."""
        director.request.post("/api/v1/demo/happen", data={"what": "trapped"})
        director.goto("/cockpit/")
        self.run_at(director.request, 60)
        expect(director.locator("[data-panel=needs] .w.danger", has_text="自己发现")).not_to_have_count(
            0, timeout=PATIENCE_SECONDS * 1000
        )
        self.run_at(director.request, 1)

    def take(self, page: Page, name: str, address: str, *, whole: bool = False) -> None:
        page.goto(address)
        page.wait_for_load_state("networkidle" if "cockpit" not in address else "load")
        if address != "/":
            page.evaluate("document.querySelectorAll('#demo-bar, [data-toast]').forEach(part => part.remove())")
        if whole:
            height = min(page.evaluate("document.documentElement.scrollHeight"), TALLEST)
            page.set_viewport_size({"width": page.viewport_size["width"], "height": height})
        shrink(page.screenshot(), PICTURES / f"{name}.png")


def picture_of_a_stairwell(*, leaking: bool) -> dict:
    """A drawn photo: nobody's home."""
    image = Image.new("RGB", (960, 720), "#e8e4d9")
    pen = ImageDraw.Draw(image)
    pen.rectangle((300, 0, 660, 480), fill="#f7f4ec")
    pen.polygon([(0, 720), (300, 480), (660, 480), (960, 720)], fill="#cdc7b8")
    pen.line([(410, 0), (430, 470)], fill="#9fbcc4" if leaking else "#7e8a86", width=26)
    if leaking:
        pen.ellipse((290, 500, 640, 620), fill="#a9c4cc")
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=85)
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": kept.getvalue()}


def shrink(png: bytes, path: Path) -> None:
    """As few colours as keep the file under :data:`MAX_BYTES`."""
    image = Image.open(io.BytesIO(png)).convert("RGB")
    for colours in (256, 128, 64, 32):
        kept = io.BytesIO()
        image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
            kept, "PNG", optimize=True
        )
        if kept.tell() <= MAX_BYTES:
            break
    path.write_bytes(kept.getvalue())
    print(f"{path.relative_to(ROOT)}: {image.width}×{image.height}, {kept.tell() // 1000} kB")


if __name__ == "__main__":
    sys.exit(main())
