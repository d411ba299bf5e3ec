"""Estimators of scikit-learn, and of xgboost, lightgbm and catboost, which look like them.

Only what an estimator's own dictionary holds is read: properties and methods may compute.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nbprod.evidence import Estimator
from nbprod.kernel.evidence.budget import Deadline
from nbprod.kernel.evidence.classes import is_exactly, is_from, is_one_of, qualified

PACKAGES: Final = ("sklearn", "xgboost", "lightgbm", "catboost")
_DATA_PARAMETERS: Final = {"fill_value", "missing_values", "constant", "priors", "cat_features"}
"""They hold what may stand in a cell."""
_FIT_MARKS: Final = {"_Booster", "_n_features_in"}
"""What `fit` leaves in xgboost and catboost, and fills in lightgbm; scikit-learn's leave a name that ends with "_"."""
_NOTHING: Final = (None, False, -1)
_LISTS: Final = ("steps", "transformers", "transformer_list", "estimators")
_PARTS: Final = ("estimator", "base_estimator", "final_estimator", "regressor", "classifier", "transformer")
_DEEPEST: Final = 6
_MOST: Final = 100


def is_estimator(cls: type) -> bool:
    """Whether a class is one of the packages' own, and fits."""
    return any(is_from(cls, package) for package in PACKAGES) and hasattr(cls, "fit") and hasattr(cls, "get_params")


def estimator(thing: Any, deadline: Deadline) -> Estimator:
    """What is known of an estimator."""
    parts = list(_parts(thing))
    fitted = _is_fitted(thing)
    known = [_held(part) for part in (thing, *parts) if is_estimator(type(part))]
    return Estimator(
        type=qualified(type(thing)),
        fitted=fitted,
        parameters=dict(_parameters(thing)),
        features=_first(_features, known) if fitted else None,
        feature_count=_first(_feature_count, known) if fitted else None,
        classes=_first(_classes, reversed(known)) if fitted else None,
        steps=tuple(qualified(type(part)) for part in parts),
    )


def _held(thing: Any) -> Mapping[str, Any]:
    """An estimator's own dictionary."""
    held: Mapping[str, Any] = object.__getattribute__(thing, "__dict__")
    return held


def _first(ask: Any, held: Any) -> Any:
    return next((found for found in map(ask, held) if found is not None), None)


def _parts(thing: Any, depth: int = 0) -> Iterator[Any]:
    """The steps of a pipeline, and what else an estimator is made of, in order, and what those are made of."""
    if depth > _DEEPEST or not is_estimator(type(thing)):
        return
    held = _held(thing)
    direct = [part for name in _LISTS for part in _listed(held.get(name))]
    direct += [held[name] for name in _PARTS if name in held]
    for part in direct[:_MOST]:
        if type(part) is not str and part is not None:
            yield part
            yield from _parts(part, depth + 1)


def _listed(pairs: Any) -> Iterator[Any]:
    """The second of each pair, the form in which parts are named."""
    if type(pairs) is list:
        yield from (pair[1] for pair in pairs if type(pair) is tuple and len(pair) > 1)


def _is_fitted(thing: Any) -> bool:
    """Whether `fit` left something; a pipeline is fitted when its last step is, as scikit-learn says."""
    if not is_estimator(type(thing)):
        return False
    held = _held(thing)
    if is_exactly(thing, "sklearn.pipeline", "Pipeline"):
        steps = [step for step in _listed(held.get("steps")) if type(step) is not str and step is not None]
        return bool(steps) and _is_fitted(steps[-1])
    marks = (name for name in held if name in _FIT_MARKS or (name.endswith("_") and not name.startswith("__")))
    return not all(any(held[mark] is nothing for nothing in _NOTHING) for mark in marks)


def _parameters(thing: Any) -> Iterator[tuple[str, str | int | float | bool | None]]:
    held = _held(thing)
    ours = held.get("_init_params")
    given: Mapping[str, Any] = ours if type(ours) is dict else held  # catboost keeps those that were given there
    constraints = getattr(type(thing), "_parameter_constraints", {})
    for name, value in given.items():
        if name.startswith("_") or name.endswith("_") or name in _DATA_PARAMETERS:
            continue
        is_plain = value is None or is_one_of(type(value), (int, float, bool))
        if is_plain or (type(value) is str and value in _options(constraints.get(name, ()))):
            yield name, value


def _options(constraints: Any) -> set[str]:
    """The words that scikit-learn lets a parameter be."""
    allowed: set[str] = set()
    if type(constraints) is list:
        for constraint in constraints:
            if is_exactly(constraint, "sklearn.utils._param_validation", "StrOptions"):
                allowed |= constraint.options
    return allowed


def _features(held: Mapping[str, Any]) -> tuple[str, ...] | None:
    named: Any = held.get("feature_names_in_")
    if not is_exactly(named, "numpy", "ndarray"):
        return None
    names = named.tolist()
    return tuple(names) if all(type(name) is str for name in names) else None


def _feature_count(held: Mapping[str, Any]) -> int | None:
    found = next((held[name] for name in ("n_features_in_", "_n_features_in", "_n_features") if name in held), None)
    return found if type(found) is int else None


def _classes(held: Mapping[str, Any]) -> int | None:
    found: Any = held.get("classes_", held.get("_classes"))
    return int(found.shape[0]) if is_exactly(found, "numpy", "ndarray") and found.ndim == 1 else None
