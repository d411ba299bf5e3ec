"""What rules must agree on about loaded data: which file it is, and what comes of it."""

import re
from collections.abc import Sequence
from typing import Final

from nbprod.kit.context import Context
from nbprod.patterns import lazy_pattern
from nbprod.semantic import Event, EventKind

BESIDE_CODE: Final = lazy_pattern(
    r"(?:^|/)(?:tests?|fixtures)/"
    r"|(?:^|[/._-])(?:config\w*|settings?|secrets?|credentials?|keys?|schema|requirements|readme|lookup\w*|mapping\w*"
    r"|codes?|zones?|stop_?words?|vocab\w*|holidays?|prompts?|templates?)(?=[._-]|$)"
    r"|(?:^|/)(?:meta(?:data)?|manifest|package)\.json$|\.(?:ya?ml|toml|ini|cfg|env|py|ipynb|md|html?|css)$",
    re.IGNORECASE,
)
"""Settings, lookup tables and test data: they change with the code."""
MODEL_FILE: Final = lazy_pattern(
    r"\.(?:bin|pkl|pickle|joblib|sav|h5|hdf5|keras|pth?|ckpt|onnx|model|b|weights|safetensors|gguf)$"
    r"|(?:^|[/._-])(?:model|scaler|encoder|vectorizer|tokenizer|preprocessor|pipeline|weights|checkpoint)s?(?=[._-]|$)",
    re.IGNORECASE,
)
"""Files that hold models and other fitted things."""
TRIAL_FILE: Final = lazy_pattern(
    r"(?:^|[/._-])(?:eval(?:s|uations?)?|gold(?:en)?|ground_?truth|benchmarks?|test_?cases?|fixtures?)(?=[/._-])",
    re.IGNORECASE,
)
"""The few cases that a model is tried out on: they stay the same on purpose."""

_STEPS: Final = frozenset({"transformer", "resampler", "encoder", "embedding"})
"""Kinds of fits that prepare data or draw a picture of it: no result by themselves."""

_MEDIA: Final = frozenset({"image", "audio", "video", "figure"})


def loaded_path(event: Event) -> str:
    """The path that an event reads or writes, with slashes; empty if it is not known."""
    return ((event.path.text if event.path is not None else None) or "").replace("\\", "/")


def shown_path(path: str) -> str:
    """A path in a message: the end of it, if it is long."""
    return path if len(path) <= 50 else f"…{path[-49:]}"


def named_call(sink: Event, ctx: Context) -> str:
    """A call in a message: "`model.fit` (cell 7)"."""
    call = sink.call
    name = ctx.text(sink, 200).partition("(")[0].strip()
    if name.rpartition(".")[2] != call.method or len(name) > 40:  # `Ridge().fit`, `a.b(c).to_csv`
        name = ".".join(call.name.split(".")[-2:]).lstrip(".")
    return f"`{name}` (cell {ctx.number(sink)})"


def first_sinks(ctx: Context, kinds: Sequence[EventKind]) -> dict[Event, Event]:
    """The first event of some kinds that makes something of what another gave, by that other."""
    return _firsts(ctx.model.events_of(*kinds))


def outcomes(ctx: Context) -> list[Event]:
    """The fits of models, and the tables and files that the notebook delivers, in order."""
    return ctx.once(_outcomes)[0]


def first_outcomes(ctx: Context) -> dict[Event, Event]:
    """The first model or delivered table that comes of what an event gave."""
    return ctx.once(_outcomes)[1]


def _outcomes(ctx: Context) -> tuple[list[Event], dict[Event, Event]]:
    fits = [event for event in ctx.model.events_of(EventKind.FIT) if not _only_prepares(event)]
    written = (event for event in ctx.purpose.deliveries if event.kind is EventKind.WRITE)
    writes = [event for event in written if event.detail not in _MEDIA]
    found = sorted((*fits, *writes), key=lambda event: event.order)
    return found, _firsts(found)


def _only_prepares(fit: Event) -> bool:
    shows = fit.call.name.startswith("yellowbrick.") and "y" not in fit.inputs  # a picture of the data, no model
    return shows or fit.detail in _STEPS or fit.call.method in {"fit_transform", "fit_resample"}


def _firsts(sinks: Sequence[Event]) -> dict[Event, Event]:
    found: dict[Event, Event] = {}
    for sink in sinks:
        for origin in sink.lineage:
            found.setdefault(origin, sink)
    return found
