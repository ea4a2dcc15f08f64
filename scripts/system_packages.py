"""The Debian packages that the tests use; installs them as root, otherwise names the exact command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def has_chinese_font() -> bool:
    if not shutil.which("fc-list"):
        return False
    return bool(subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, text=True, check=False).stdout.strip())


def has_postgres() -> bool:
    return bool(list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))) or shutil.which("initdb") is not None


NEEDED = {
    "chromium": lambda: shutil.which("chromium") is not None,
    "fonts-noto-cjk": has_chinese_font,
    "postgresql": has_postgres,
    "openjdk-17-jre-headless": lambda: shutil.which("java") is not None,
}


def main() -> None:
    missing = [package for package, there in NEEDED.items() if not there()]
    if not missing:
        return
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing, "fontconfig"]
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        sys.exit(f"The tests need {', '.join(missing)}. Run:  sudo {' '.join(command)}")
    print(f"installing {', '.join(missing)} …", file=sys.stderr)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for step in (["apt-get", "update", "-qq"], command):
        if subprocess.run(step, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
            sys.exit(f"{' '.join(step)} failed; run it by hand to see why.")


if __name__ == "__main__":
    main()
