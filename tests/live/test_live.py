"""A notebook that is being edited."""

from typing import Any
from unittest.mock import patch

import pytest

from nbprod.live import LiveNotebook
from nbprod.notebook import model

GET = 'import requests\nrequests.get("https://example.com")'


def cell(name: str, source: str, revision: int = 1, kind: str = "code", tags: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"id": name, "type": kind, "revision": revision, "source": source, "tags": tags, "executionCount": None}


def request(order: str, *changed: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
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
