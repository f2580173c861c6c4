"""The web page in Chromium, against `lookalike serve` on a real node."""

import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, expect, sync_playwright

from tests.pictures import encoded, picture
from tests.search.shop import TOTAL, Shop

pytestmark = pytest.mark.cluster

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
_PATIENCE = 30_000  # milliseconds: what has to happen comes soon, but not on a machine that is busy
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "there is no Chromium: apt-get install chromium"
        if "LOOKALIKE_CI" in os.environ:
            pytest.fail(reason)
        pytest.skip(reason)
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=_FLAGS.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(shop: Shop) -> Iterator[str]:
    command = [sys.executable, "-m", "lookalike", "serve", "--index", shop.index, "--url", shop.node.url, "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            found = re.match(r"test-shop: (http://127\.0\.0\.1:\d+/)", server.stdout.readline())
            assert found
            yield found.group(1)
        finally:
            server.terminate()
        assert server.wait(10) in {0, -15}


class Visit:
    """A browser's window on the page, which notes what must not happen."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.outside: list[str] = []
        self.faults: list[str] = []
        page.on("request", lambda request: self._asked(request.url))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda message: self._said(message.text))

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, "data:", f"blob:{self.address}")):
            self.outside.append(url)

    def _said(self, text: str) -> None:
        if "Security Policy" in text:
            self.faults.append(text)

    def open(self, link: str = "") -> "Visit":
        self.page.goto(self.address + link)
        return self.settle()

    def settle(self) -> "Visit":
        """Wait until what was asked is shown."""
        expect(self.page.locator("#grid")).not_to_have_attribute("aria-busy", "true")
        expect(self.page.locator(".facet").first).to_be_attached()
        return self

    def choose(self, path: Path) -> "Visit":
        self.page.set_input_files("#file", path)
        expect(self.page.locator("#answers-title")).to_have_text("Pictures like yours")
        return self.settle()

    def transfer(self, target: str, event: str, data: bytes, name: str = "some.jpg", kind: str = "image/jpeg") -> None:
        """Drop or paste a file."""
        self.page.evaluate(
            """([target, event, data, name, type]) => {
                const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
                const carried = new DataTransfer();
                carried.items.add(new File([bytes], name, { type }));
                const options = { bubbles: true, cancelable: true };
                document.querySelector(target).dispatchEvent(event === "paste"
                    ? new ClipboardEvent(event, { ...options, clipboardData: carried })
                    : new DragEvent(event, { ...options, dataTransfer: carried }));
            }""",
            [target, event, base64.b64encode(data).decode(), name, kind],
        )

    @property
    def names(self) -> list[str]:
        return self.page.locator("#grid .card:visible .name").all_inner_texts()

    def choose_facet(self, label: str) -> None:
        self.page.locator("#facets label", has_text=re.compile(f"^{re.escape(label)}")).locator("input").click()

    def violations(self) -> list[str]:
        """What axe finds wrong."""
        found = Axe().run(self.page)
        return [f"{one['id']}: {[node['html'] for node in one['nodes']]}" for one in found.response["violations"]]


@pytest.fixture
def visit(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Visit]:
    settings: dict[str, Any] = {"viewport": DESKTOP, **getattr(request, "param", {})}
    context = browser.new_context(**settings)
    context.set_default_timeout(_PATIENCE)
    visit = Visit(context.new_page(), address)
    yield visit
    context.close()
    assert visit.outside == []
    assert visit.faults == []


def test_a_dropped_picture_is_answered(visit: Visit, shop: Shop) -> None:
    visit.open()
    assert len(visit.names) == 24
    visit.transfer("body", "dragenter", b"x")
    expect(visit.page.locator("#drop")).to_be_visible()
    visit.transfer("body", "drop", shop.picture(7).read_bytes(), "mine.jpg")
    expect(visit.page.locator("#drop")).to_be_hidden()
    expect(visit.page.locator("#answers-title")).to_have_text("Pictures like yours")
    expect(visit.page.locator("#asked-name")).to_have_text("mine.jpg")
    visit.settle()
    assert visit.names[0] == "07.jpg"
    assert visit.page.locator(".card").first.locator(".verdict").inner_text().startswith("copy")
    assert "1 copy" in visit.page.locator("#status").inner_text()
    link = visit.page.url.removeprefix(visit.address)
    shown = visit.names
    assert visit.open(link).names == shown, "the link brings the same search back"
    assert visit.page.locator("#asked-name").inner_text() == "mine.jpg"


def test_a_pasted_picture_is_answered(visit: Visit) -> None:
    visit.open()
    visit.transfer("body", "paste", encoded(picture(3)))
    expect(visit.page.locator(".card .name").first).to_have_text("03.jpg")


def test_a_box_changes_the_answers(visit: Visit, tmp_path: Path) -> None:
    both = picture(3).resize((800, 600))
    both.paste(picture(12).resize((400, 600)), (400, 0))
    both.save(tmp_path / "both.png")
    before = visit.open().choose(tmp_path / "both.png").names
    frame = visit.page.locator("picture-box").bounding_box()
    assert frame
    visit.page.mouse.move(frame["x"] + frame["width"] * 0.52, frame["y"] + 3)
    visit.page.mouse.down()
    visit.page.mouse.move(frame["x"] + frame["width"] * 0.8, frame["y"] + 50)
    visit.page.mouse.move(frame["x"] + frame["width"] - 2, frame["y"] + frame["height"] - 2)
    visit.page.mouse.up()
    expect(visit.page.locator(".card .name").first).to_have_text("12.jpg")
    assert visit.settle().names != before
    assert "part=0.5" in visit.page.url
    by_mouse = visit.page.url
    visit.page.keyboard.press("Delete")
    expect(visit.page).not_to_have_url(re.compile("part="))
    assert visit.settle().names == before
    visit.page.get_by_role("button", name="Use a part").press("Enter")
    expect(visit.page).to_have_url(re.compile(r"part=0\.2500%2C0\.2500%2C0\.5000%2C0\.5000"))
    visit.page.keyboard.press("ArrowRight")
    visit.page.keyboard.press("Shift+ArrowDown")
    expect(visit.page).to_have_url(re.compile(r"part=0\.2700%2C0\.2500%2C0\.5000%2C0\.5200"))
    assert "27 % from the left" in (visit.page.locator(".box").get_attribute("aria-label") or "")
    visit.open(by_mouse.removeprefix(visit.address))
    assert visit.names[0] == "12.jpg"
    visit.page.go_back()


@pytest.mark.parametrize("visit", [{"viewport": PHONE, "has_touch": True, "is_mobile": True}], indirect=True)
def test_a_box_is_drawn_with_a_finger(visit: Visit, shop: Shop) -> None:
    visit.open().choose(shop.picture(0))
    visit.page.get_by_role("button", name="Use a part").tap()
    visit.settle()
    corner = visit.page.locator("[data-corner=se]").bounding_box()
    assert corner
    x, y = corner["x"] + corner["width"] / 2, corner["y"] + corner["height"] / 2
    finger = visit.page.context.new_cdp_session(visit.page)
    for kind, dx in (("touchStart", 0), ("touchMove", -10), ("touchMove", -20), ("touchEnd", None)):
        points = [] if dx is None else [{"x": x + dx, "y": y + dx}]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(visit.page).not_to_have_url(re.compile(r"part=0\.2500%2C0\.2500%2C0\.5000"))
    x0, y0, width, height = map(float, re.findall(r"0\.\d{4}", visit.page.url.partition("part=")[2])[:4])
    assert (x0, y0) == (0.25, 0.25)
    assert width < 0.5
    assert height < 0.5


def test_facets_narrow_and_widen(visit: Visit, shop: Shop) -> None:
    visit.open().choose(shop.picture(7))
    visit.choose_facet("b")
    expect(visit.page.locator("#grid .card")).to_have_count(10)
    expect(visit.page.locator("#filter-count")).to_have_text(f"10 of {TOTAL} pictures")
    visit.choose_facet("true")
    expect(visit.page.locator("#grid .card")).to_have_count(5)
    visit.choose_facet("a")
    expect(visit.page.locator("#grid .card")).to_have_count(10)
    visit.page.get_by_role("button", name="Remove shelf: b").click()
    expect(visit.page.locator("#grid .card")).to_have_count(5)
    visit.page.get_by_role("button", name="Clear the filters").click()
    expect(visit.page.locator("#grid .card")).to_have_count(24)
    visit.page.get_by_role("spinbutton", name="price from").fill("3")
    visit.page.get_by_role("spinbutton", name="price to").fill("5")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#grid .card")).to_have_count(3)
    visit.page.get_by_label("Words in title").fill("nothing like it")
    visit.page.keyboard.press("Enter")
    expect(visit.page.locator("#empty")).to_contain_text("No picture satisfies these filters.")
    visit.page.locator("#empty button").click()
    expect(visit.page.locator("#grid .card")).to_have_count(24)


def test_a_filter_in_a_link_may_leave_out_metadata(visit: Visit) -> None:
    visit.open("?filter=shelf%3Db")
    expect(visit.page.locator("#grid .card")).to_have_count(10)
    visit.choose_facet("b")
    expect(visit.page.locator("#grid .card")).to_have_count(24)


def test_the_slider_leaves_copies(visit: Visit, shop: Shop) -> None:
    visit.open().choose(shop.picture(7))
    slider = visit.page.get_by_role("slider", name="How alike")
    slider.press("End")
    expect(visit.page.locator("#grid .card:visible")).to_have_count(1)
    assert slider.get_attribute("aria-valuetext") == "copy"
    assert "alike=2" in visit.page.url
    slider.press("Home")
    expect(visit.page.locator("#grid .card:visible")).to_have_count(24)


def test_more_and_less_like_this(visit: Visit, shop: Shop) -> None:
    before = visit.open().choose(shop.picture(7)).names
    visit.page.get_by_role("button", name=f"Not like this: {before[3]}").click()
    expect(visit.page.locator(".chip")).to_have_text(f"not like {before[3]}")
    visit.settle()
    visit.page.get_by_role("button", name=f"More like this: {before[8]}").click()
    expect(visit.page.locator(".chip")).to_have_count(2)
    visit.settle()
    assert not {before[3], before[8]} & set(visit.names)
    visit.page.get_by_role("button", name=f"Remove not like {before[3]}").click()
    expect(visit.page.locator(".chip")).to_have_count(1)
    visit.settle()
    visit.page.get_by_role("button", name=f"Search by this picture: {visit.names[0]}").click()
    expect(visit.page.locator("#asked-hint")).to_have_text("A picture of this index")


def test_pictures_are_compared_by_keyboard(visit: Visit, shop: Shop) -> None:
    names = visit.open().choose(shop.picture(7)).names
    first = visit.page.locator(".card .frame").first
    first.focus()
    visit.page.keyboard.press("Enter")
    title = visit.page.locator("#compare-name")
    expect(title).to_have_text(names[0])
    expect(visit.page.get_by_role("button", name="Previous picture")).to_be_disabled()
    visit.page.keyboard.press("ArrowRight")
    expect(title).to_have_text(names[1])
    expect(visit.page.locator("#compare dl")).to_contain_text("similarity")
    original = visit.page.locator("#compare [data-part=original]").get_attribute("href") or ""
    assert visit.page.request.get(visit.address.rstrip("/") + original).body().startswith(b"\xff\xd8")
    visit.page.keyboard.press("Escape")
    expect(title).to_be_hidden()
    expect(first).to_be_focused()


def test_the_query_is_shown_short_and_copied_whole(visit: Visit, shop: Shop) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit.open().choose(shop.picture(7))
    visit.page.get_by_role("button", name="Query").click()
    text = visit.page.locator("#query pre")
    expect(text).to_contain_text('"lookalike"')
    expect(text).to_contain_text("characters)")
    visit.page.get_by_role("button", name="Copy", exact=True).click()
    expect(visit.page.locator("#query [role=status]")).to_have_text("Copied.")
    copied = visit.page.evaluate("navigator.clipboard.readText()")
    assert base64.b64encode(shop.picture(7).read_bytes()).decode() in copied


def test_more_pictures_come_behind_the_others(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Show more").click()
    expect(visit.page.locator("#grid .card")).to_have_count(TOTAL)
    expect(visit.page.get_by_role("button", name="Show more")).to_be_hidden()
    assert len(set(visit.names)) == TOTAL
    assert len(visit.open(visit.page.url.removeprefix(visit.address)).names) == TOTAL


def test_inside_pictures_the_place_is_drawn(visit: Visit, tmp_path: Path) -> None:
    picture(9, (320, 240)).crop((0, 0, 160, 160)).save(tmp_path / "part.png")
    visit.open().choose(tmp_path / "part.png")
    visit.page.get_by_label("Inside pictures").check()
    expect(visit.page.locator(".card .place").first).to_be_visible()
    place = visit.page.locator(".card .place").first.bounding_box()
    image = visit.page.locator(".card img").first.bounding_box()
    assert place
    assert image
    assert image["x"] - 1 <= place["x"] < image["x"] + image["width"]
    assert place["width"] < image["width"]


def test_pictures_keep_their_shape(visit: Visit) -> None:
    visit.open()
    shapes = visit.page.locator(".card img").evaluate_all(
        "(all) => all.map((one) => [one.naturalWidth / one.naturalHeight, one.clientWidth / one.clientHeight])"
    )
    assert len(shapes) == 24
    for natural, shown in shapes:
        assert shown == pytest.approx(natural, rel=0.03)


def test_what_is_no_picture_says_so(visit: Visit) -> None:
    visit.open()
    error = visit.page.locator("#give-error")
    visit.transfer("body", "drop", b"words", "words.txt", "text/plain")
    expect(error).to_have_text("words.txt is no picture.")
    visit.transfer("body", "drop", b"words", "words.jpg")
    expect(error).to_have_text("This cannot be searched by: not a jpeg, png, webp, gif, bmp, tiff image.")
    visit.page.get_by_label("or its address").fill("http://127.0.0.1/a.jpg")
    visit.page.keyboard.press("Enter")
    expect(error).to_contain_text("has the private address 127.0.0.1")


def test_a_picture_given_while_another_is_sent_is_the_one_that_is_waited_for(visit: Visit) -> None:
    visit.open()
    visit.page.route("**/api/pictures?*", lambda route: None)  # never answered
    status, body = visit.page.locator("#status"), visit.page.locator("body")
    for seed in (1, 2):
        visit.transfer("body", "drop", encoded(picture(seed)))
        expect(status).to_have_text("Sending the picture…")
    visit.page.evaluate("new Promise((done) => setTimeout(done, 100))")  # the first one's end is told
    assert "giving" in (body.get_attribute("class") or "")
    assert status.inner_text() == "Sending the picture…"


def test_a_link_whose_picture_is_gone_says_so_and_goes_on_with_another(visit: Visit, shop: Shop) -> None:
    visit.page.goto(f"{visit.address}?picture=0123&filter=metadata.shelf%3Db")
    expect(visit.page.locator("#give-error")).to_contain_text("not kept any more")
    visit.choose(shop.picture(7))
    expect(visit.page.locator("#give-error")).to_be_hidden()
    assert len(visit.names) == 10
    assert visit.names[0] == "07.jpg"


def test_a_failing_search_says_so_and_is_tried_again(visit: Visit) -> None:
    visit.page.route("**/api/search*", lambda route: route.fulfill(status=502, json={"error": "OpenSearch is away"}))
    visit.page.goto(visit.address)
    expect(visit.page.locator("#problem")).to_contain_text("OpenSearch is away")
    visit.page.unroute("**/api/search*")
    visit.page.route("**/api/search*", lambda route: route.abort())
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.locator("#problem")).to_contain_text("The server of this page does not answer.")
    visit.page.unroute("**/api/search*")
    visit.page.get_by_role("button", name="Try again").click()
    expect(visit.page.locator("#problem")).to_be_hidden()
    expect(visit.page.locator("#grid .card")).to_have_count(24)


def test_a_slow_search_says_so_and_can_be_cancelled(visit: Visit) -> None:
    def never_answer(route: Route) -> None:
        pass

    visit.page.route("**/api/search*", never_answer)
    visit.page.clock.install()
    visit.page.goto(visit.address)
    expect(visit.page.locator("#grid")).to_have_attribute("aria-busy", "true")
    visit.page.clock.run_for(200)
    expect(visit.page.locator("#status")).to_have_text("Searching…")
    expect(visit.page.locator(".card.blank").first).to_be_visible()
    visit.page.clock.run_for(3000)
    expect(visit.page.locator("#status")).to_have_text("Still searching…")
    visit.page.get_by_role("button", name="Cancel").click()
    expect(visit.page.locator("#problem")).to_contain_text("The search was cancelled.")


def test_nothing_is_wider_than_the_window(visit: Visit, shop: Shop) -> None:
    visit.open().choose(shop.picture(2))
    for width in (320, 390, 768, 1440):
        visit.page.set_viewport_size({"width": width, "height": 800})
        assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(
    "visit",
    [
        {"color_scheme": "light", "viewport": DESKTOP, "reduced_motion": "reduce"},
        {"color_scheme": "dark", "viewport": PHONE, "reduced_motion": "reduce"},
    ],
    indirect=True,
    ids=["light desktop", "dark phone"],
)
def test_axe_finds_no_violation(visit: Visit, shop: Shop) -> None:
    visit.open()
    assert visit.violations() == []
    visit.choose(shop.picture(7))
    before = visit.names
    visit.page.get_by_role("button", name="Use a part").click()
    visit.settle()
    visit.page.get_by_role("button", name=f"Not like this: {before[3]}").click()
    expect(visit.page.locator(".chip")).to_have_count(1)
    if not visit.page.locator("#facets").is_visible():
        visit.page.locator("#filters summary").click()
    visit.choose_facet("b")
    visit.settle()
    assert visit.violations() == []
    visit.page.locator(".card .frame").first.click()
    expect(visit.page.locator("#compare")).to_be_visible()
    assert visit.violations() == []
    visit.page.keyboard.press("Escape")
    visit.page.get_by_role("button", name="Query").click()
    expect(visit.page.locator("#query pre")).to_contain_text("{")
    assert visit.violations() == []
