"""Settings: `[tool.nbprod]` in pyproject.toml or nbprod.toml, found upwards from each notebook.

What the user may write is declared in `schema`; `find` looks for the file, `resolve` turns it into
the `Settings` of one notebook, `globs` says which paths a pattern means.
"""

from nbprod.config.names import UNIGNORABLE, RuleInfo, did_you_mean
from nbprod.config.resolve import Configuration, Overrides
from nbprod.config.schema import FailOn
from nbprod.config.settings import Settings

__all__ = ["UNIGNORABLE", "Configuration", "FailOn", "Overrides", "RuleInfo", "Settings", "did_you_mean"]
