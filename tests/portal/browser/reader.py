"""Somebody who reads the pages in a browser, with eyes on all that may be wrong with each of them."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, Response

from datahub.local.supervisor import ROOT
from tests.portal.browser.words import english_in

AXE = (ROOT / "tests/portal/vendor/axe-core-4.14.1/axe.min.js").read_text()
NARROW, WIDE = 320, 1280
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_AXE_RUN = """async (tags) => {
    const asked = {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"], preload: false};
    const found = await axe.run(document, asked);
    return found.violations.map((one) =>
        `${one.id}: ${one.help}: ` + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | "));
}"""
# What is seen or read aloud, but no codes, no other language, and nothing that a person of the market has written.
_TEXTS = """() => {
    const left = ["script", "noscript", "style", "code", "pre", ".code", "[lang]:not(html)", "[translate=no]",
        ".written", ".snippet", "textarea", "option[value*='-']"].join(", ");
    const texts = [];
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const parent = walker.currentNode.parentElement;
        if (parent && !parent.closest(left)) texts.push(walker.currentNode.textContent);
    }
    for (const node of document.querySelectorAll("[aria-label], [title], [placeholder], [alt]"))
        for (const name of ["aria-label", "title", "placeholder", "alt"])
            if (node.hasAttribute(name) && !node.closest(left)) texts.push(node.getAttribute(name));
    return texts;
}"""
_SHAPE = """() => ({
    headings: document.querySelectorAll("h1").length,
    lang: document.documentElement.lang,
    title: document.title,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
    theme: document.documentElement.dataset.bsTheme,
    wide: [...document.querySelectorAll("body *")].filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
        .slice(0, 3).map((node) => node.outerHTML.slice(0, 120)),
    inline: document.querySelectorAll("[style]:not(.chart-canvas *), [onclick], style,"
        + " script:not([src]):not([type='application/json'])").length,
})"""
# What the browser says of an answer that is meant: the page says in words why it was refused.
_MEANT = "Failed to load resource: the server responded with a status of 4"


@dataclass
class Reader:
    """A browser window of somebody: language, colours, width, with or without scripts."""

    base: str
    context: BrowserContext
    page: Page
    language: str = "en"
    width: int = WIDE
    scripts: bool = True
    problems: list[str] = field(default_factory=list)
    checked: int = 0
    # Where she is meant to be led to from here, and nothing answers.
    elsewhere: str | None = None

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.problems.append(f"{self.page.url}: error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("response", self._answered)
        self.page.on("requestfailed", self._failed)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_MEANT):
            self.problems.append(f"{self.page.url}: console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")) and not self._is_elsewhere(request):
            self.problems.append(f"{self.page.url}: asks another host: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type not in {"document", "fetch", "xhr"}:
            self.problems.append(f"{self.page.url}: {response.status} for {response.url}")
        if response.status >= 500:
            self.problems.append(f"{self.page.url}: {response.status} for {response.url}")

    def _failed(self, request: Request) -> None:
        # A download and a page that is left are no failures.
        if "ERR_ABORTED" not in str(request.failure) and not self._is_elsewhere(request):
            self.problems.append(f"{self.page.url}: failed: {request.url}: {request.failure}")

    def _is_elsewhere(self, request: Request) -> bool:
        meant = self.elsewhere is not None and request.url.startswith(self.elsewhere)
        return meant and request.is_navigation_request()

    # --- reading ----------------------------------------------------------------------------------------------------

    def open(self, path: str, *, status: int = 200) -> "Reader":
        """Open a page by its address, and look at it."""
        answer = self.page.goto(self.base + path)
        if answer is None or answer.status != status:
            self.problems.append(f"{path}: {answer and answer.status}, not {status}")
        return self.look()

    def look(self) -> "Reader":
        """Look at the page that is shown: everything that must hold of every page."""
        here = f"{urlsplit(self.page.url).path} ({self.language}, {self.width}px)"
        self.checked += 1
        shape = self.page.evaluate(_SHAPE)
        if shape["headings"] != 1:
            self.problems.append(f"{here}: {shape['headings']} headings h1")
        if shape["lang"] != self.language:
            self.problems.append(f"{here}: says that its language is {shape['lang']!r}")
        if shape["overflow"] > 0:
            self.problems.append(f"{here}: {shape['overflow']}px too wide: {shape['wide']}")
        if shape["inline"]:
            self.problems.append(f"{here}: script or style in the page")
        if not shape["title"].strip(" –"):
            self.problems.append(f"{here}: no title")
        if self.language == "et" and (english := english_in(self.page.evaluate(_TEXTS))):
            self.problems.append(f"{here}: English: {english[:5]}")
        if not self.scripts:
            # Axe waits for timers, which such a page has none of.
            return self
        if not self.page.evaluate("() => 'axe' in window"):
            self.page.evaluate(AXE + "; 0")
        self.problems += [f"{here}: axe: {one}" for one in self.page.evaluate(_AXE_RUN, _RULES)]
        return self

    def follow(self, target: Locator, *, look: bool = True) -> "Reader":
        """Press what leads to another page, wait until that is there, and look at it."""
        with self.page.expect_navigation():
            target.first.click()
        return self.look() if look else self

    def leave(self, target: Locator, host: str) -> Request:
        """Press what leads to another host, of which the browser finds nothing; give what it asked for there."""
        self.elsewhere = f"https://{host}/"
        with self.page.expect_event("requestfailed", self._is_elsewhere) as waiting:
            target.first.click()
        asked: Request = waiting.value
        if "ERR_NAME_NOT_RESOLVED" not in str(asked.failure):
            # Not even looked for: the page that she left did not let her go there.
            self.problems.append(f"{self.page.url}: not let go to {asked.url}: {asked.failure}")
        self.page.wait_for_url("chrome-error://**")
        return asked

    def sees(self, text: str) -> bool:
        """Tell whether a text stands in the page."""
        return text in self.page.inner_text("main")

    # --- by keyboard ------------------------------------------------------------------------------------------------

    def tab_to(self, target: Locator, *, most: int = 120) -> "Reader":
        """Press Tab until something has the focus, which must be seen there."""
        wanted = target.first.element_handle()
        for _ in range(most):
            if self.page.evaluate("(wanted) => document.activeElement === wanted", wanted):
                style = self.page.evaluate(
                    "(node) => { const s = getComputedStyle(node); return [s.outlineStyle, s.boxShadow]; }", wanted
                )
                if style[0] == "none" and style[1] == "none":
                    self.problems.append(f"{self.page.url}: the focus on {target} is not seen")
                return self
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{self.page.url}: {target} is not reached by Tab")

    def press(self, *keys: str) -> "Reader":
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)
        return self

    def type(self, text: str) -> "Reader":
        """Type a text where the focus is."""
        self.page.keyboard.type(text)
        return self


def reader(
    browser: Browser,
    base: str,
    *,
    language: str = "en",
    theme: str = "light",
    width: int = WIDE,
    scripts: bool = True,
    cookies: dict[str, str] | None = None,
) -> Reader:
    """Open a window."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        locale="et-EE" if language == "et" else "en-GB",
        timezone_id="Europe/Tallinn",
        java_script_enabled=scripts,
        reduced_motion="reduce",
    )
    kept = {"django_language": language, **(cookies or {})}
    context.add_cookies([{"name": name, "value": value, "url": base} for name, value in kept.items()])
    context.set_default_timeout(15_000)
    return Reader(base, context, context.new_page(), language=language, width=width, scripts=scripts)
