"""Notebooks as bytes, and findings out of JSON."""

import json
from collections.abc import Sequence
from typing import Any

from click.testing import Result


def notebook_bytes(*sources: str, metadata: dict[str, Any] | None = None) -> bytes:
    cells = [
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        for source in sources
    ]
    known = {"kernelspec": {"language": "python", "name": "python3"}, **(metadata or {})}
    return json.dumps({"cells": cells, "metadata": known, "nbformat": 4, "nbformat_minor": 4}).encode()


def findings(result: Result) -> Sequence[dict[str, Any]]:
    """All findings in JSON output."""
    return [finding for report in json.loads(result.stdout) for finding in report["findings"]]
