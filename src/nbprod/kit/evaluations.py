"""Where text of language models leaves the notebook, and whether anything measures how good it is."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from nbprod.kit.answers import is_model_text
from nbprod.kit.context import Context
from nbprod.kit.execution import author
from nbprod.kit.findings import HOLE
from nbprod.kit.language_models import language_models
from nbprod.notebook import Cell
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Function, Tag, Value

_LIBRARIES: Final = (
    "ragas.", "deepeval.", "langsmith.", "trulens", "promptfoo.", "phoenix.evals", "evaluate.", "rouge", "bert_score.",
    "sacrebleu.", "nltk.translate.", "giskard.", "opik.", "braintrust.", "uptrain.", "inspect_ai.", "weave.",
    "llama_index.evaluation.", "langchain.evaluation.", "langchain.smith.", "vertexai.evaluation.", "mlflow.evaluate",
    "mlflow.genai.evaluate", "mlflow.llm", "argilla.", "label_studio", "autoevals.", "jiwer.",
)  # fmt: skip
_MEASURES: Final = lazy_pattern(
    r"_*(run_|calculate_|compute_|get_|check_)?(evaluat|grade|score|judge|accuracy|bleu|rouge|f1|exact_match|similarity|"
    r"assert_|eval_)\w*",
    re.IGNORECASE,
)
_REVIEWED: Final = lazy_pattern(
    r"\b(needs?_review|reviewed(_by|_at)?|reviewer|approved(_by)?|human_(review|feedback|eval\w*|check)|review_queue)\b"
)

_DESCRIBES: Final = lazy_pattern(r"\.(Blip|VisionEncoderDecoder|Whisper|Speech|AutoModelForSpeech|Pix2Struct|TrOCR)")


class Evaluations:
    """Tells what a notebook delivers of a model's text, and whether it is held against anything."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def deliveries(self) -> list[tuple[Event, Event]]:
        """What leaves the notebook, each with the call that asked the model for it."""
        if not language_models(self._ctx).asks:
            return []
        found: dict[ast.Call, tuple[Event, Event]] = {}
        for event in self._ctx.purpose.deliveries:
            for value in _delivered(event):
                source = author(value) if is_model_text(value) else None
                if source is not None and not _only_describes(source):
                    found.setdefault(event.node, (event, source))
        return list(found.values())

    @cached_property
    def measured(self) -> bool:
        """Whether text of the model is compared with something, scored, or put before a person."""
        model = self._ctx.model
        if model.events_of(EventKind.EVALUATE):
            return True
        if any(_REVIEWED.search(cell.source) for cell in self._cells):
            return True
        for call in model.all_calls:
            if call.name.startswith(_LIBRARIES):
                return True
            if _MEASURES.fullmatch(call.method) and any(
                value.has(Tag.LLM) for value in (*call.args, *call.keywords.values())
            ):
                return True
        return any(self._compares(node) for cell in self._cells for node in ast.walk(cell.tree or ast.Module([], [])))

    @property
    def _cells(self) -> Iterator[Cell]:
        return (cell for cell in self._ctx.cells if HOLE not in cell.source)

    def _compares(self, node: ast.AST) -> bool:
        """`answer == case["expected"]`, `expected in answer`."""
        match node:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[right]):
                return self._is_pair(left, right) or self._is_pair(right, left)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[text]):
                return self._is_pair(text, left)
        return False

    def _is_pair(self, text: ast.expr, expected: ast.expr) -> bool:
        known = self._ctx.value(text)
        other = self._ctx.value(expected)
        varies = not isinstance(expected, ast.Constant) and not isinstance(other.const, str)
        apart = not other.has(Tag.LLM) or (known.column is not None and other.column not in {None, known.column})
        return known.has(Tag.LLM) and known.type != "builtins.dict" and varies and apart

    def asking_function(self) -> Function | None:
        """The notebook's own function that takes one input and gives the model's text."""
        for function in self._ctx.model.functions:
            node = function.node
            if isinstance(node, ast.FunctionDef) and function.stmt.parent is None and function.result.has(Tag.LLM):
                required = len(node.args.args) - len(node.args.defaults)
                if node.args.args and required <= 1 and not node.args.kwonlyargs:
                    return function
        return None


def _only_describes(source: Event) -> bool:
    """Whether a model says what is in a picture or a recording, and no language model writes."""
    kind = source.subject.type if source.subject is not None else None
    return kind is not None and kind.startswith("transformers.") and _DESCRIBES.search(kind) is not None


def _delivered(event: Event) -> list[Value]:
    """The values that an event gives away."""
    if event.kind in {EventKind.DB, EventKind.HTTP}:
        return [*event.call.args, *event.call.keywords.values()]
    return list(event.inputs.values())
