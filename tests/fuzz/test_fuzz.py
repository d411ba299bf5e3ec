"""Whatever the input: a report or one clear line. `make fuzz` goes on where these stop."""

import json
from xml.etree import ElementTree as ET

import drafts
import promises
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nbprod.live import LiveNotebook
from nbprod.output import View
from nbprod.output.formats import FORMATS, renderer_of
from nbprod.protocol import Safety


def grown(make):
    """A strategy that makes every choice of a function of `drafts`."""
    return st.composite(lambda draw: make(lambda below: draw(st.integers(0, below - 1))))()


slow = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example, HealthCheck.filter_too_much)


def some(examples):
    """So many examples, the same on every machine."""
    return settings(max_examples=examples, derandomize=True, deadline=None, database=None, suppress_health_check=slow)


@some(200)
@given(st.binary(max_size=200) | st.text().map(str.encode))
def test_any_bytes_are_read_or_refused_in_one_line(data):
    promises.check(data)


@some(150)
@given(grown(drafts.wreck))
def test_a_damaged_notebook_is_checked_or_refused(data):
    promises.check(data)


@some(300)
@given(grown(drafts.notebook))
def test_any_code_is_checked(data):
    report = promises.check(data).report
    assert [problem for problem in report.problems if problem.stage == "read"] == []


@some(80)
@given(grown(drafts.notebook), st.sets(st.sampled_from(Safety), min_size=1).map(frozenset))
def test_any_code_is_fixed(data, allow):
    promises.fix(data, allow)


@some(25)
@given(st.lists(grown(drafts.wreck), max_size=2))
@pytest.mark.parametrize("name", FORMATS)
def test_any_report_is_written_in_any_format(name, notebooks):
    chunks = renderer_of(name).render([promises.check(data) for data in notebooks], View())
    text = b"".join(
        chunk if isinstance(chunk, bytes) else chunk.encode("utf-8", "backslashreplace") for chunk in chunks
    )
    if name == "junit":
        ET.fromstring(text)
    if name in {"json", "sarif", "gitlab", "rdjson"}:
        json.loads(text)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@some(200)
@given(values)
def test_any_json_is_answered(message):
    assert promises.answer(LiveNotebook("server"), message)["kind"] == "failure"


@some(150)
@given(st.lists(grown(drafts.request), min_size=1, max_size=3))
def test_any_request_is_answered(bodies):
    live = LiveNotebook("server")
    for body in bodies:
        promises.answer(live, json.loads(body))
