"""The generators: each makes the plan of one kind of repair. `TODO(nbprod)` marks what a person has to fill in.

Rules write `fixes.paths.hoist_path_fix(...)`: a module loads when a finding first needs it.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbprod.kit.fixes import (
        answers,
        arguments,
        boundaries,
        categories,
        checks,
        columns,
        contract,
        dates,
        deadline,
        execution,
        failures,
        frames,
        gaps,
        handlers,
        header,
        http,
        installs,
        language_models,
        loader,
        loading,
        logger,
        missing_import,
        model_inputs,
        models,
        output,
        outputs,
        own_name,
        parameters,
        paths,
        prints,
        prompts,
        relative,
        renames,
        rows,
        run_logging,
        scores,
        secret,
        seeds,
        sizes,
        split_first,
        splits,
        sql,
        to_module,
        types,
    )

__all__ = [
    "answers",
    "arguments",
    "boundaries",
    "categories",
    "checks",
    "columns",
    "contract",
    "dates",
    "deadline",
    "execution",
    "failures",
    "frames",
    "gaps",
    "handlers",
    "header",
    "http",
    "installs",
    "language_models",
    "loader",
    "loading",
    "logger",
    "missing_import",
    "model_inputs",
    "models",
    "output",
    "outputs",
    "own_name",
    "parameters",
    "paths",
    "prints",
    "prompts",
    "relative",
    "renames",
    "rows",
    "run_logging",
    "scores",
    "secret",
    "seeds",
    "sizes",
    "split_first",
    "splits",
    "sql",
    "to_module",
    "types",
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
