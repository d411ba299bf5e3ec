"""The fixtures of pytest-jupyter, for this folder alone: some of them are set up for every test."""

from pytest_jupyter.jupyter_server import *  # noqa: F403
