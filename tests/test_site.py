"""Builds the site and opens its pages in a browser."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag, urlsplit

import pytest

from tests.browser import PHONE, Browser, chromium

ROOT = Path(__file__).parent.parent

# A fence that Markdown does not understand becomes code within a paragraph, with its language.
PROSE_FENCES = """
return [...document.querySelectorAll(':not(pre) > code')].map(e => e.textContent)
    .filter(text => /^\\w+ \\S+\\n/.test(text) || text.split("\\n").length > 2)
"""

pytestmark = [pytest.mark.process, pytest.mark.once]


class Site(NamedTuple):
    """A built site, where it is served, and the paths of its pages."""

    folder: Path
    url: str
    pages: list[str]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and prints nothing."""

    protocol_version = "HTTP/1.1"  # keeps connections, which makes pages load sooner

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    pytest.importorskip("zensical", reason="zensical is not installed")
    project = tmp_path_factory.mktemp("site")
    shutil.copy(ROOT / "mkdocs.yml", project)
    shutil.copytree(ROOT / "docs", project / "docs")
    build = [sys.executable, "-m", "zensical", "build", "--strict"]
    done = subprocess.run(build, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = project / "build" / "site"
    pages = sorted(
        page.parent.relative_to(folder).as_posix().removeprefix(".")
        for page in folder.rglob("index.html")
    )
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(folder, f"http://127.0.0.1:{server.server_port}/", pages)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium(tmp_path_factory.mktemp("browser")) as found:
        yield found


def address(site: Site, page: str) -> str:
    return f"{site.url}{page}/" if page else site.url


def test_pages_show_what_was_written(site: Site, browser: Browser) -> None:
    """No stray fence, no error of the console, nothing from other hosts, no broken link."""
    names: dict[str, set[str]] = {}
    links: dict[str, set[str]] = {}
    browser.complaints_about(site.url)  # what the start of the browser says is not the site's
    for page in site.pages:
        url = address(site, page)
        browser.open(url)
        assert "```" not in browser.run("return document.body.innerText"), page
        assert browser.run(PROSE_FENCES) == [], page
        names[url] = set(
            browser.run("return [...document.querySelectorAll('[id]')].map(e => e.id)")
        )
        links[url] = set(browser.run("return [...document.links].map(e => e.href)"))
        images = "return [...document.images].filter(e => !e.naturalWidth).map(e => e.src)"
        assert browser.run(images) == [], page
        assert not browser.is_wider_than_window(), page
        assert browser.complaints_about(site.url) == [], page
    assert broken(site, names, links) == []
    linked = {urldefrag(link).url for link in links[site.url]}
    assert set(names) - linked == set(), "pages that the navigation does not show"


def broken(site: Site, names: dict[str, set[str]], links: dict[str, set[str]]) -> list[str]:
    """Return the links within the site that lead to no page, no file, or no anchor of a page."""
    found = []
    for page, targets in links.items():
        for target in targets:
            url, anchor = urldefrag(target)
            if not url.startswith(site.url):
                continue
            if url in names:
                good = not anchor or anchor in names[url]
            else:
                good = (site.folder / urlsplit(url).path.lstrip("/")).is_file()
            if not good:
                found.append(f"{page}: {target}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_follow_the_color_scheme_of_the_system(
    site: Site, browser: Browser, scheme: str
) -> None:
    browser.open(address(site, "tutorial"), scheme=scheme)
    color = browser.run("return getComputedStyle(document.body).backgroundColor")
    red, green, blue = (int(part) for part in color.strip("rgba()").split(",")[:3])
    assert (red + green + blue > 3 * 128) == (scheme == "light"), color


def test_no_page_is_wider_than_a_phone(site: Site, browser: Browser) -> None:
    wide = []
    for page in site.pages:
        browser.open(address(site, page), size=PHONE)
        if browser.is_wider_than_window():
            wide.append(page)
    assert wide == []


def test_search_finds_pages(site: Site, browser: Browser) -> None:
    from selenium.webdriver import ActionChains, Keys
    from selenium.webdriver.support.wait import WebDriverWait

    hosts = "[...document.querySelectorAll('body > *')].filter(e => e.shadowRoot)"
    links = f"return {hosts}.flatMap(e => [...e.shadowRoot.querySelectorAll('a')].map(a => a.href))"
    browser.open(site.url)
    wait = WebDriverWait(browser.driver, 60)
    wait.until(lambda _: browser.run(f"return {hosts}.length"))
    keys = ActionChains(browser.driver)
    keys.key_down(Keys.CONTROL).send_keys("k").key_up(Keys.CONTROL).send_keys("keepgoing").perform()
    wait.until(lambda _: any("/fuzz-flags/" in link for link in browser.run(links)))


def test_titles_of_blocks_are_file_names(site: Site, browser: Browser) -> None:
    browser.open(address(site, "tutorial"))
    titles = browser.shown(".highlight .filename")
    assert "todo.py" in titles
    assert "testdata/script/list.txt" in titles
