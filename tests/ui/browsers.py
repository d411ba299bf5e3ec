"""Finds a Chromium, or gets one: the tests never do without."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_browser() -> str | None:
    """The path of a browser: $CHROMIUM, one on PATH, Debian's; None for the one that Playwright brings."""
    given = os.environ.get("CHROMIUM") or _on_path()
    if given:
        return given
    if shutil.which("apt-get") and os.geteuid() == 0:
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        packages = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        for command in (["apt-get", "update", "-qq"], packages):  # where it fails, Playwright may still get one
            subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL)
        if found := _on_path():
            return found
    subprocess.run([Path(sys.executable).parent / "playwright", "install", "chromium"], check=True)
    return None


def _on_path() -> str | None:
    return next((path for name in NAMES if (path := shutil.which(name))), None)
