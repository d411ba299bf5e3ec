import json
import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layouts import LAYOUTS, notebooks, written

from nbprod.notebook import parse_notebook

PLACE = re.compile(r"\r\n|\r|\n")


def marked(nb: dict[str, object]) -> Iterator[tuple[int, int, dict[str, object]]]:
    """For each line of each cell: the cell, the line, and the notebook with a mark in front of that line."""
    for index, cell in enumerate(nb["cells"]):  # type: ignore[call-overload]
        source = "".join(cell["source"])
        for line, start in enumerate([0, *(found.end() for found in PLACE.finditer(source))], 1):
            pieces = [cell["source"]] if isinstance(cell["source"], str) else list(cell["source"])
            offset = 0
            for number, piece in enumerate(pieces):
                at = start - offset
                if at < len(piece) or (number == len(pieces) - 1 and at == len(piece)):
                    pieces[number] = piece[:at] + "MARK" + piece[at:]
                    break
                offset += len(piece)
            changed = {**cell, "source": pieces[0] if isinstance(cell["source"], str) else pieces}
            cells = [*nb["cells"][:index], changed, *nb["cells"][index + 1 :]]  # type: ignore[index]
            yield index, line, {**nb, "cells": cells}


@pytest.mark.parametrize("layout", LAYOUTS)
@given(notebooks())
def test_file_lines_are_where_a_mark_would_land(layout: str, nb: dict[str, object]) -> None:
    read = parse_notebook(written(layout, nb), "a.ipynb")
    for index, line, changed in marked(nb):
        data = written(layout, changed)
        if b"MARK" in data and read.cells[index].source:
            assert read.file_line(index, line) == data[: data.index(b"MARK")].count(b"\n") + 1


@pytest.mark.parametrize("layout", LAYOUTS)
@given(notebooks())
def test_spans_hold_what_a_decoder_finds(layout: str, nb: dict[str, object]) -> None:
    data = written(layout, nb)
    file = parse_notebook(data, "a.ipynb").json
    assert file
    assert len(file.cells) == len(nb["cells"])  # type: ignore[arg-type]
    for index, (span, cell) in enumerate(zip(file.cells, nb["cells"], strict=True)):  # type: ignore[call-overload]
        assert json.loads(data[span.start : span.end]) == cell
        assert "".join(piece.text for piece in file.pieces(index)) == "".join(cell["source"])
        for key in ("source", "outputs", "metadata"):
            start = getattr(span, key)
            assert (start >= 0) == (key in cell)
            if start >= 0:
                assert json.JSONDecoder().raw_decode(data[start:].decode())[0] == cell[key]
    for key, member in file.members.items():
        assert json.loads(data[member.start : member.end]) == nb[key]


def lines(data: str, *, cell: int = 0) -> list[int | None]:
    nb = parse_notebook(data.encode(), "a.ipynb")
    return [nb.file_line(cell, line) for line in range(1, len(nb.cells[cell].map.starts) + 1)]


def test_the_last_of_equal_keys_wins() -> None:
    cell = '{"cell_type": "code",\n"source": ["no"],\n"outputs": [],\n"source": ["a\\n",\n"b"],\n"outputs": [{}]}'
    assert lines(f'{{"nbformat": 4, "cells": [{cell}]}}') == [4, 5]
    assert lines(f'{{"cells": [{{"source": "x"}}, {{}}],\n"nbformat": 4, "cells": [{cell}]}}') == [5, 6]


def test_a_cell_without_a_source_has_no_lines() -> None:
    assert lines('{"nbformat": 4, "cells": [{"cell_type": "code"}]}') == [None]


def test_keys_may_be_escaped() -> None:
    text = r'{"nbformat": 4, "c\u0065lls": [{"cell_type": "code",' + "\n" + r'"s\u006furce": ["a"]}]}'
    assert lines(text) == [2]


def test_a_key_that_is_not_utf_8_hides_nothing() -> None:
    nb = parse_notebook(
        b'{"nbformat": 4, "k\xff": 1,\n"cells": [{"cell_type": "code", "\xff": 1, "source": "a"}]}', "a"
    )
    assert nb.file_line(0, 1) == 2


def test_one_item_may_hold_several_lines_and_one_line_several_items() -> None:
    assert lines(
        '{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["a\\nb\\n",\n"c", "d",\n"e\\n",\n""]}]}'
    ) == [
        1,
        1,
        2,
        4,
    ]


def test_a_pair_of_escaped_surrogates_is_one_character() -> None:
    nb = parse_notebook(
        b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": ["\\ud83d\\ude00\\n",\n "b"]}]}', "a"
    )
    assert nb.cells[0].source == "\U0001f600\nb"
    assert nb.file_line(0, 2) == 2


@pytest.mark.parametrize("deep", ["[" * 500 + "]" * 500, '{"a":' * 500 + "1" + "}" * 500])
def test_deep_values_are_stepped_over(deep: str) -> None:
    cell = f'{{"cell_type": "code", "metadata": {{"a": {deep}}}, "outputs": [{deep}],\n"source": ["a"]}}'
    assert lines(f'{{"metadata": {{"a": {deep}}}, "nbformat": 4, "cells": [{cell},\n{cell}]}}', cell=1) == [4]


@pytest.mark.parametrize(
    "value",
    [
        '"' + "\\n" * 1_000_000 + '"',
        '"' + '\\"' * 1_000_000 + '"',
        "[" + '"a", ' * 200_000 + '"b"]',
        "[" + "{}," * 300_000 + "[[[[[[[[[[]]]]]]]]]]]",
        "[" * 900 + "{}" + "]" * 900,
    ],
    ids=["escapes", "quotes", "strings", "objects", "depth"],
)
@pytest.mark.parametrize("key", ["outputs", "metadata", "other"])
def test_large_values_take_linear_time(key: str, value: str) -> None:
    value = f'{{"a": {value}}}' if key == "metadata" else f"[{value}]"
    assert lines(f'{{"nbformat": 4, "cells": [{{"{key}": {value},\n"source": ["a"], "cell_type": "code"}}]}}') == [2]


@given(st.binary(max_size=60))
def test_noise_behind_a_known_output_is_not_looked_at(noise: bytes) -> None:
    text = json.dumps(noise.decode("latin-1")).encode()
    data = b'{"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [' + text + b'],\n"source": "a"}]}'
    assert parse_notebook(data, "a").file_line(0, 1) == 2
