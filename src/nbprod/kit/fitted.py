"""What a session knows of the models that a notebook saves."""

import ast

from nbprod.evidence import Array, Estimator, Table
from nbprod.kit.context import Context
from nbprod.kit.hidden_state import HiddenState
from nbprod.kit.installed import installed_for
from nbprod.kit.model_inputs import model_fits
from nbprod.kit.models import SavedModel


def fitted_estimator(ctx: Context, saved: SavedModel) -> Estimator | None:
    """The fitted estimator in memory that a call saves; None where the cells as they stand would give another."""
    node = saved.predictors[0].node if saved.predictors else None
    if ctx.runtime is None or not isinstance(node, ast.Name) or saved.event.stmt.function is not None:
        return None
    if ctx.once(HiddenState).names:
        return None
    found = ctx.runtime.estimator(node.id)
    return found if found is not None and found.fitted else None


def made_by(ctx: Context, estimator: Estimator) -> str:
    """The library that made an estimator, with its version: "scikit-learn 1.5.2"; empty if that is not clear."""
    name, version = installed_for(ctx, estimator.type) or ("", None)
    return f"{name} {version}" if name and version else name


def fits_as_it_is(ctx: Context, saved: SavedModel, estimator: Estimator) -> bool:
    """Whether the data that a model learned from are still in memory under their name, in the same columns."""
    fits = model_fits(saved.predictors[0], ctx)
    data = fits[-1].node.args[0] if fits and fits[-1].node.args else None
    thing = ctx.runtime.thing(data.id) if ctx.runtime is not None and isinstance(data, ast.Name) else None
    if isinstance(thing, Table):
        return estimator.features == tuple(column.name for column in thing.columns)
    return isinstance(thing, Array) and len(thing.shape) == 2 and thing.shape[1] == estimator.feature_count
