"""What is recorded of a saved model: tracked runs, metadata beside it or with it, in how many respects."""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from nbprod.kit.blocks import last_name
from nbprod.kit.context import Context
from nbprod.kit.findings import HOLE
from nbprod.kit.models import SavedModel, path_node
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind, Tag, Value

ENOUGH: Final = 3
_WORDS: Final = {
    "data": r"data|dataset|hash|sha\d*|md5|checksum|fingerprint|rows?|samples?|n.train|train.size|source",
    "parameters": r"param\w*|hyper\w*|config\w*|settings?|args|options|learning.rate|epochs?|n.estimators|seed"
    r"|random.state",
    "metrics": r"metrics?|scores?|accuracy|acc|auc|roc\w*|f1|rmse|mae|mse|r2|precision|recall|loss|performance|results?"
    r"|evaluation|history",
    "versions": r"versions?|sklearn|python|librar(?:y|ies)|packages?|requirements|environment|framework",
    "code": r"commit|git|revision|code|notebook",
    "time": r"time|timestamp|date|trained|created|at|when",
    "features": r"features?|columns?|cols|inputs?|schema|vocab\w*|classes|target|labels?|dtypes?",
}
_KINDS: Final = lazy_pattern(
    "|".join(f"(?P<{kind}>(?<![a-z0-9])(?:{words})(?![a-z]))" for kind, words in _WORDS.items()), re.IGNORECASE
)
_RECORD: Final = lazy_pattern(r"meta|manifest|model_?(?:info|card|record)|lineage|provenance|run_?info", re.IGNORECASE)
_RUNS: Final = ("mlflow", "wandb", "neptune", "comet_ml", "clearml", "dvclive", "azureml", "sagemaker", "aim")
_CALLBACKS: Final = frozenset({"MLFlowLogger", "WandbLogger", "NeptuneLogger", "CometLogger", "WandbCallback"})
_TABLES: Final = frozenset({"csv", "excel", "parquet", "feather", "sql", "image", "audio", "hdf"})
_BY_NAME: Final = frozenset({"metrics", "parameters", "features", "versions"})
"""What a file may be taken to hold by its name alone."""

_SELF_RECORDING: Final = frozenset({"mlflow", "bentoml", "registry", "hub"})


class ModelRecords:
    """The records that a notebook keeps of its models: what kinds of facts they hold."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    @cached_property
    def is_tracked(self) -> bool:
        """Whether an experiment tracker records the run, or a saved model goes with its own record."""
        model = self._ctx.model
        if any(event.call.name.startswith(_RUNS) for event in model.events_of(EventKind.LOG)):
            return True
        return any(call.method in _CALLBACKS or call.method == "autolog" for call in model.all_calls)

    def missing(self, saved: SavedModel) -> list[str]:
        """The kinds of facts that no record of a model has; empty when enough of them are recorded."""
        if self.is_tracked or saved.event.detail in _SELF_RECORDING or self._is_described:
            return []
        known = self._beside | self._by_itself(saved)
        for piece in saved.pieces:
            known.update(_kinds(piece.key))
        return [] if len(known) >= ENOUGH else [kind for kind in _WORDS if kind not in known]

    def _by_itself(self, saved: SavedModel) -> set[str]:
        """The kinds of facts in the files that Hugging Face's libraries write with a model."""
        if saved.event.detail != "transformers":
            return set()
        if saved.event.call.method != "save_model":  # config.json
            return {"versions"}
        known = {"versions", "parameters"}  # training_args.bin
        if any(call.method == "save_metrics" for call in self._ctx.model.all_calls):
            known.add("metrics")
        return known

    @cached_property
    def _is_described(self) -> bool:
        """Whether something called metadata is written whose entries nobody can see."""
        return any(
            _RECORD.search(_named(event)) and not self._entries(event) and HOLE not in self._source(event)
            for event in self._writes
        )

    @cached_property
    def _beside(self) -> set[str]:
        """The kinds of facts in the JSON, YAML and lists that the notebook writes."""
        found: set[str] = set()
        for event in self._writes:
            if HOLE in self._source(event):
                continue
            for key in self._entries(event):
                found.update(_kinds(key))
            if event.detail not in _TABLES:
                found.update(set(_kinds(_named(event))) & _BY_NAME)
            if any(value.has(Tag.METRIC) for value in event.inputs.values()):
                found.add("metrics")
        for call in self._ctx.model.calls("yaml.dump", "yaml.safe_dump"):
            for key in _keys(call.args[0], 3) if call.args else ():
                found.update(_kinds(key))
        return found

    def _entries(self, event: Event) -> list[str]:
        """The keys of what is written, nested ones too, also where it is made text first: `write(json.dumps(d))`."""
        values = list(event.inputs.values())
        for node in event.node.args:
            if isinstance(node, ast.Call) and last_name(node.func) in {"dumps", "dump", "safe_dump"}:
                call = self._ctx.call(node)
                values += call.args[:1] if call is not None else []
        return [key for value in values for key in _keys(value, 3)]

    @cached_property
    def _writes(self) -> list[Event]:
        return [event for event in self._ctx.model.events_of(EventKind.WRITE) if event.inputs]

    def _source(self, event: Event) -> str:
        return self._ctx.notebook.cells[event.cell].source


def _keys(value: Value, depth: int) -> Iterator[str]:
    if isinstance(value.items, dict):
        for key, item in value.items.items():
            yield str(key)
            if depth:
                yield from _keys(item, depth - 1)


def _named(event: Event) -> str:
    """The names and texts in a call that writes something: what it is called, and where it goes."""
    words = []
    for part in ast.walk(event.node):
        if isinstance(part, ast.Constant):
            words.append(str(part.value))
        elif isinstance(part, ast.Name | ast.Attribute):
            words.append(last_name(part))
    handle = path_node(event)
    return " ".join(words) + (f" {ast.unparse(handle)}" if handle is not None else "")


def _kinds(name: str) -> Iterator[str]:
    """The kinds of facts that the words of a key or file name speak of."""
    for found in _KINDS.finditer(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("_", " ")):
        if found.lastgroup is not None:
            yield found.lastgroup
