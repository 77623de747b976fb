"""`make screenshots`: a picture of every page, as the people who may open it see it, in var/screenshots.

The pages are those that the links lead to, on a hub with the demo market of its own. With --docs only the few pictures
that the docs show are made, in docs/pictures; they show the days around today, and so are not made each time.
"""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path
from urllib.parse import urlsplit

import django
from playwright.sync_api import Browser, Page, sync_playwright

from datahub.local.supervisor import ROOT
from tests.contracts.product import Product
from tests.portal.browser import chromium
from tests.portal.browser.granting import go_through_giving
from tests.portal.browser.reader import NARROW, WIDE, reader
from tests.portal.browser.walk import Visitor, visitor

# Who looks, in which role, from where; with the looks of her pictures: language, colours, width.
EVERY = [("en", "light", WIDE), ("en", "dark", WIDE), ("et", "light", WIDE), ("et", "dark", NARROW)]
WALKERS: list[tuple[str, int | str, str, list[tuple[str, str, int]]]] = [
    ("", 0, "/", EVERY),
    ("grid", 0, "/operator/", EVERY),
    ("supplier", 0, "/operator/", EVERY[:1]),
    ("viewer", 0, "/operator/", EVERY[:1]),
    ("all", "AGGREGATOR", "/operator/", EVERY[:1]),
    ("mari", 0, "/role", EVERY),
    ("kadri", 0, "/role", EVERY[:1]),
    ("bakery", 0, "/role", EVERY[3:]),
    ("staff", 0, "/admin/", EVERY[:1]),
]
# The pictures of the docs: an address, who sees it, how.
DOCS = {
    "start": ("/operator/", "grid", ("en", "light", WIDE)),
    "point": ("/operator/metering-points/38ZGO-10000001-U", "grid", ("en", "light", WIDE)),
    "readings": ("/operator/readings/?point=38ZGO-10000001-U", "grid", ("en", "dark", WIDE)),
    "places": ("/portal/", "mari", ("et", "light", WIDE)),
    "seen": ("/portal/tracker/", "mari", ("en", "light", WIDE)),
    "enquiry": ("/operator/enquiries/5b0c7d1e-4a52-4f6b-8a37-1c9f2d60e004", "grid", ("et", "light", WIDE)),
}
DOCS_HEIGHT = 820
DOCS_BYTES = 150_000


def say(text: str) -> None:
    """Tell whoever waits."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def file_name(path: str) -> str:
    """Give an address the form of a file's name; of what is named in it, only that something is."""
    named = re.sub(
        r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=/)[0-9]+(?=/|$)|(?<=/authorizations/new/)[^/]+", "one", urlsplit(path).path
    )
    return re.sub(r"[^A-Za-z0-9]+", "-", named).strip("-") or "first"


def take(page: Page, path: str, to: Path, *, full: bool = True) -> None:
    """Take a picture of a page."""
    page.goto(path, wait_until="networkidle")
    to.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=to, full_page=full, animations="disabled")


def shown_of(pages: dict[str, list[str]]) -> dict[str, str]:
    """Give the addresses to take pictures of by the names of the files: one of each kind, of a customer's pages all."""
    shown: dict[str, str] = {}
    for name, paths in pages.items():
        for number, path in enumerate(paths if name.startswith("client:") else paths[:1], start=1):
            shown[file_name(path) if number == 1 else f"{file_name(path)}-{number}"] = path
    return shown


def let_give(customer: Visitor) -> None:
    """Let a customer give access and end it, so that there is a picture of each step and of each end."""
    if customer.name.startswith("mari/"):
        go_through_giving(customer)


def all_pages(chrome: Browser, hub: Product, out: Path) -> None:
    """Take pictures of every page as everybody."""
    for username, role, start, looks in WALKERS:
        who = visitor(hub.url, username, role)
        let_give(who)
        pages = shown_of(who.walk(start))
        for language, theme, width in looks:
            window = reader(
                chrome, hub.url, language=language, theme=theme, width=width, cookies={**who.cookies, "theme": theme}
            )
            for name, path in pages.items():
                picture = f"{name}-{language}-{theme}-{width}.png"
                take(window.page, hub.url + path, out / (username or "nobody") / picture)
            window.context.close()
        say(f"{username or 'nobody'}: {len(pages)} pages, {len(looks)} pictures of each")


def for_docs(chrome: Browser, hub: Product, to: Path) -> None:
    """Take the pictures of the docs; each fits into DOCS_BYTES."""
    for name, (path, username, (language, theme, width)) in DOCS.items():
        who = visitor(hub.url, username)
        window = reader(
            chrome, hub.url, language=language, theme=theme, width=width, cookies={**who.cookies, "theme": theme}
        )
        window.page.set_viewport_size({"width": width, "height": DOCS_HEIGHT})
        picture = to / f"{name}.png"
        take(window.page, hub.url + path, picture, full=False)
        window.context.close()
        if picture.stat().st_size > DOCS_BYTES:
            raise SystemExit(f"{picture} has {picture.stat().st_size} bytes, more than {DOCS_BYTES}.")


def main() -> int:
    """Take the pictures as the command line says."""
    parser = argparse.ArgumentParser(description="Take a picture of every page of a hub with the demo market.")
    parser.add_argument("--docs", action="store_true", help="make the pictures of docs/pictures alone")
    arguments = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "datahub.settings.demo"
    django.setup()
    out = Path(os.environ.get("DATAHUB_VAR") or "var").resolve() / "screenshots"
    if not arguments.docs:
        shutil.rmtree(out, ignore_errors=True)
    hub = Product()
    try:
        say("Starting a hub with the demo market …")
        hub.start()
        with sync_playwright() as playwright:
            chrome = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
            if arguments.docs:
                for_docs(chrome, hub, ROOT / "docs/pictures")
            else:
                all_pages(chrome, hub, out)
            chrome.close()
    finally:
        hub.stop()
    if not arguments.docs:
        say(f"{len(list(out.rglob('*.png')))} pictures stand in {out}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
