"""The generators: each makes the plan of one kind of repair. `TODO(nbprod)` marks what a person has to fill in.

Rules write `fixes.paths.hoist_path_fix(...)`: a module loads when a finding first needs it.
"""

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbprod.kit.fixes import (
        boundaries,
        columns,
        deadline,
        execution,
        failures,
        frames,
        handlers,
        http,
        installs,
        language_models,
        loader,
        loading,
        logger,
        missing_import,
        models,
        outputs,
        paths,
        preparations,
        prints,
        prompts,
        rows,
        run_logging,
        scores,
        secret,
        seeds,
        types,
    )

__all__ = [
    "boundaries",
    "columns",
    "deadline",
    "execution",
    "failures",
    "frames",
    "handlers",
    "http",
    "installs",
    "language_models",
    "loader",
    "loading",
    "logger",
    "missing_import",
    "models",
    "outputs",
    "paths",
    "preparations",
    "prints",
    "prompts",
    "rows",
    "run_logging",
    "scores",
    "secret",
    "seeds",
    "types",
]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
