"""A headless Chromium for tests of pages; whoever has none skips those tests."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

PHONE = (390, 844)
DESKTOP = (1280, 900)


class Browser:
    """One window."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(
        self,
        page: Path | str,
        size: tuple[int, int] = DESKTOP,
        scheme: str = "light",
        media: str = "screen",
    ) -> None:
        """Open a file or a URL."""
        self.resize(size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        emulated = {"media": media, "features": [feature]}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", emulated)
        self.driver.get(page.as_uri() if isinstance(page, Path) else page)

    def resize(self, size: tuple[int, int]) -> None:
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": True}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def find(self, selector: str) -> Any:
        return self.driver.find_element("css selector", selector)

    def find_all(self, selector: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", selector))

    def shown(self, selector: str) -> list[str]:
        """Return the texts of what is really displayed."""
        return [each.text for each in self.find_all(selector) if each.is_displayed()]

    def run(self, script: str) -> Any:
        return self.driver.execute_script(script)

    def complaints(self) -> list[str]:
        """Return what the console says, and every request for something besides the page."""
        requests = [
            url for page, url in self._requests() if page.startswith("file:") and url != page
        ]
        return [*self._console(), *requests]

    def complaints_about(self, site: str) -> list[str]:
        """Return what the console says, and every request for something outside of the site."""
        foreign = [url for _, url in self._requests() if not url.startswith((site, "blob:"))]
        return [*self._console(), *foreign]

    def _console(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def _requests(self) -> Iterator[tuple[str, str]]:
        """Yield the page and the URL of every request of web pages since the last call."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] != "Network.requestWillBeSent":
                continue
            page, url = message["params"]["documentURL"], message["params"]["request"]["url"]
            if page.startswith(("file:", "http")) and not url.startswith("data:"):
                yield page, url

    def is_wider_than_window(self) -> bool:
        return bool(self.run("return document.documentElement.scrollWidth > innerWidth"))


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Start a Chromium that keeps its files in a folder; it is gone at the end."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program = shutil.which("chromium") or shutil.which("google-chrome")
    service = shutil.which("chromedriver")
    if program is None or service is None:
        pytest.skip("no Chromium with its chromedriver is installed")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for argument in ("headless=new", "no-sandbox", "disable-dev-shm-usage", "no-first-run"):
        options.add_argument(f"--{argument}")
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    environment = {**os.environ, "TMPDIR": str(folder), "HOME": str(folder)}
    driver = webdriver.Chrome(
        options=options,
        service=webdriver.ChromeService(executable_path=service, env=environment),
    )
    try:
        yield Browser(driver)
    finally:
        driver.quit()
