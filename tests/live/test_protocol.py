"""The front end's types are those of the protocol."""

import subprocess
import sys
from pathlib import Path

GENERATE = Path(__file__).parents[2] / "jupyter_ext" / "generate.py"


def test_the_typescript_types_are_up_to_date() -> None:
    done = subprocess.run([sys.executable, GENERATE, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
