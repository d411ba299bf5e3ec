"""What rules must agree on about checks of data: which tables something would have refused."""

import ast
import re
from functools import cached_property
from typing import Final

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Value

_LIBRARIES: Final = frozenset(
    {"pandera", "great_expectations", "pydantic", "soda", "tensorflow_data_validation", "deepchecks", "cerberus",
     "jsonschema", "pointblank", "frictionless", "dataframely", "patito", "pydeequ", "whylogs", "evidently"}
)  # fmt: skip
_CHECKS: Final = lazy_pattern(
    r"_?(?:(?:validate|check|verify|assert|expect|ensure|enforce)(?:_\w+)?|\w+_(?:validator|schema_check|data_checks?))"
    r"|(?:validate|check)(?:data|schema|frame|df|columns|input)\w*|run_checkpoint",
    re.IGNORECASE,
)
_RESULTS: Final = frozenset({EventKind.FIT, EventKind.PREDICT, EventKind.EVALUATE, EventKind.LLM})
_MOST: Final = 400


class Validation:
    """Tells which events' data are held against expectations that can fail.

    Calls of validation libraries, and of functions that are called like `validate` or `check_columns`,
    count wherever they are given the data. Show it the `assert` and `raise` statements of the notebook,
    too: the conditions they stand under count.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._tested: set[Event] = set()

    def see(self, node: ast.Assert | ast.Raise) -> None:
        """Take a statement into account that fails if the data are not as expected."""
        if isinstance(node, ast.Assert):
            self._tested |= _data(self._ctx.value(node.test))
            return
        stmt = self._ctx.stmt(node)
        for outer in stmt.ancestors() if stmt is not None else ():
            if isinstance(outer.node, ast.If | ast.While):
                self._tested |= _data(self._ctx.value(outer.node.test))
            elif isinstance(outer.node, ast.For):
                self._tested |= _data(self._ctx.value(outer.node.iter))

    def covers(self, event: Event) -> bool:
        """Whether something is checked of what an event gave."""
        return event in self._tested or event in self._handed

    @cached_property
    def _handed(self) -> set[Event]:
        """The events whose data are handed to a check."""
        found: set[Event] = set()
        seen = 0
        for call in self._ctx.model.all_calls:
            if call.name.partition(".")[0] in _LIBRARIES or _CHECKS.fullmatch(call.method):
                seen += 1
                values = (*call.args, *call.keywords.values(), *([call.receiver] if call.receiver else []))
                if not any(_is_of_model(value) for value in values):  # a test of predictions is none of the data
                    found.update(*(value.lineage for value in values))
                if seen >= _MOST:
                    break
        return found


def _data(value: Value) -> frozenset[Event]:
    """The events that a value comes from, unless it says something of a model."""
    return frozenset() if _is_of_model(value) else value.lineage


def _is_of_model(value: Value) -> bool:
    return any(event.kind in _RESULTS for event in value.lineage)
