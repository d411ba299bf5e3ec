"""A notebook that is being edited."""

from typing import Any
from unittest.mock import patch

import pytest

from nbprod.api import Checker
from nbprod.live import LiveNotebook
from nbprod.notebook import model

GET = 'import requests\nrequests.get("https://example.com")'


def cell(name: str, source: str, revision: int = 1, kind: str = "code", **more: Any) -> dict[str, Any]:
    return {"id": name, "type": kind, "revision": revision, "source": source, **more}


def request(order: str, *changed: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "kind": "analyse",
        "version": 1,
        "revision": 7,
        "path": "a.ipynb",
        "order": order.split(),
        "changed": list(changed),
        "profile": "explore",
        "metadata": {},
        **more,
    }


def present(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings about something that is there."""
    assert answer["kind"] == "report", answer
    return [finding for finding in answer["report"]["findings"] if not finding["absence"]]


def rules(answer: dict[str, Any]) -> list[str]:
    return [finding["rule"] for finding in present(answer)]


def test_it_answers_with_the_revision_and_the_name_of_the_analyser() -> None:
    answer = LiveNotebook("kernel").answer(request("a", cell("a", GET)))
    assert (answer["revision"], answer["report"]["revision"], answer["analyser"]) == (7, 7, "kernel")
    assert rules(answer) == ["http-without-timeout"]
    assert answer["report"]["findings"][0]["at"]["cell"] == {"index": 0, "id": "a"}


def test_it_asks_for_cells_that_it_has_not_seen() -> None:
    live = LiveNotebook("kernel")
    answer = live.answer(request("a b", cell("a", GET)))
    assert (answer["kind"], list(answer["ids"])) == ("needCells", ["b"])
    assert rules(live.answer(request("a b", cell("b", "x = 1")))) == ["http-without-timeout"]


def test_cells_that_went_are_forgotten() -> None:
    live = LiveNotebook("kernel")
    live.answer(request("a b", cell("a", GET), cell("b", "x = 1")))
    assert rules(live.answer(request("b"))) == []
    assert list(live.answer(request("a b"))["ids"]) == ["a"]


def test_an_edit_parses_only_the_cell_that_changed() -> None:
    live = LiveNotebook("kernel")
    live.answer(request("a b c", cell("a", GET), cell("b", "x = 1"), cell("c", "y = 2")))
    with patch.object(model, "mask", wraps=model.mask) as parse:
        live.answer(request("a b c", cell("b", "x = 3", 2)))
        assert [call.args[0] for call in parse.call_args_list] == ["x = 3"]
    with patch.object(model, "mask", wraps=model.mask) as parse:
        assert rules(live.answer(request("c b a"))) == ["http-without-timeout"]  # moved cells keep their trees
        assert parse.call_args_list == []


def seen_by_rules(live: LiveNotebook, *requests: dict[str, Any]) -> list[Any]:
    """The notebooks that the rules got, one for each request."""
    with patch.object(Checker, "check_notebook", autospec=True, side_effect=Checker.check_notebook) as check:
        for one in requests:
            live.answer(one)
    return [call.args[1] for call in check.call_args_list]


def test_outputs_counts_and_metadata_reach_the_rules() -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "語 😀 \ud800"}
    graded = {"tags": ["raises-exception", 3], "nbgrader": {"grade": True}}
    sent = cell("a", "1 / 0", metadata=graded, executionCount=7, outputs=[stream])
    (notebook,) = seen_by_rules(LiveNotebook("kernel"), request("a", sent))
    (found,) = notebook.cells
    assert (found.execution_count, found.tags, found.metadata) == (7, ("raises-exception",), graded)
    assert notebook.outputs(found) == [stream]


def test_outputs_that_were_not_sent_again_are_as_they_were() -> None:
    old = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    requests = [
        request("a", cell("a", "print(1)", outputs=old)),
        request("a", cell("a", "print(2)", 2)),
        request("a", cell("a", "print(2)", 3, outputs=[], executionCount=4)),
    ]
    notebooks = seen_by_rules(LiveNotebook("kernel"), *requests)
    assert [book.outputs(book.cells[0]) for book in notebooks] == [old, old, []]


def test_fixes_are_combined_as_the_command_line_does() -> None:
    live = LiveNotebook("kernel")
    span = present(live.answer(request("a", cell("a", GET))))[0]["at"] | {"start": 0, "end": 0}
    texts = ["import os\n", "import abc\n", "f()\n", "g()\n", "import os\n"]
    edits = [{"kind": "replaceText", "span": span, "text": text} for text in texts]
    fixes = [{"title": "a", "safety": "safe", "edits": [edit]} for edit in edits]
    answer = live.answer({"kind": "combine", "version": 1, "revision": 9, "fixes": fixes})
    assert (answer["kind"], answer["revision"], answer["taken"]) == ("combined", 9, (0, 1, 2, 4))
    assert [edit["text"] for edit in answer["edits"]] == ["import abc\nimport os\nf()\n"]


def test_offsets_count_code_points() -> None:
    source = 'import requests; s = "😀語"; requests.get("https://example.com")'
    (finding,) = present(LiveNotebook("kernel").answer(request("a", cell("a", source))))
    assert source[finding["at"]["start"] : finding["at"]["end"]].startswith("requests.get(")


def test_other_languages_are_skipped() -> None:
    metadata = {"kernelspec": {"name": "ir", "display_name": "R", "language": "R"}, "language_info": {"name": "R"}}
    answer = LiveNotebook("kernel").answer(request("a", cell("a", "x <- c(1, 2)"), metadata=metadata))
    assert "R" in answer["report"]["skipped"]


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "text",
        {},
        {"revision": "seven"},
        {**request(""), "kind": "dance"},
        {"kind": "combine", "revision": 1, "fixes": [{"title": "a", "safety": "safe", "edits": [{"kind": "dance"}]}]},
        request("a", {"id": "a"}),
        {**request(""), "order": 3},
        request("a", cell("a", GET), metadata={"nbprod": 3}),
        request("a a", cell("a", GET)),
        request("a", cell("a", "x = (" * 3000)),
        request("a", cell("a", "\x00\ud800")),
        request("a", cell("a", GET, kind="poem")),
    ],
    ids=str,
)
def test_nothing_makes_it_raise(message: object) -> None:
    assert LiveNotebook("kernel").answer(message)["kind"] in {"failure", "report"}


def test_another_version_of_the_protocol_is_refused_with_advice() -> None:
    answer = LiveNotebook("kernel").answer(request("a", cell("a", GET), version=2))
    assert answer["kind"] == "failure"
    assert "install the same version" in answer["message"]
