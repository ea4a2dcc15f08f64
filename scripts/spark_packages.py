"""The packages that only the comparison with Spark needs (half a gigabyte): installed when its tests run, not before."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from setup import PYTHON, VENV, uv_settings

LOCK = Path(__file__).resolve().parent.parent / "requirements-spark.lock"


def main() -> None:
    if find_spec("pyspark") and find_spec("pandas"):
        return
    print("installing Spark for its tests …", file=sys.stderr)
    command = [VENV / "bin" / "uv", "pip", "install", "--quiet", "--python", PYTHON, "--require-hashes", "-r", LOCK]
    subprocess.run(command, env=os.environ | uv_settings(), check=True)


if __name__ == "__main__":
    main()
