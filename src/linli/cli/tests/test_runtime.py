"""A command that is pointed at a demo's home lives in the demo's time."""

import os
import subprocess
import sys

SCRIPT = """
from pathlib import Path
import sys
from linli.cli.runtime import set_up
set_up(home=Path(sys.argv[1]))
from django.conf import settings
print(settings.LINLI_MODE, settings.LINLI_SIMULATED_CLOCK)
"""


def mode_of(home, **more) -> str:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("LINLI_", "DJANGO_"))} | more
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(home)], env=env, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_a_home_that_the_demo_lives_in_is_a_demos(tmp_path):
    (tmp_path / "simulator").mkdir()
    assert mode_of(tmp_path) == "production False"
    (tmp_path / "simulator" / "state.json").write_text("{}")
    assert mode_of(tmp_path) == "demo True"
    assert mode_of(tmp_path, LINLI_MODE="production") == "production False"
