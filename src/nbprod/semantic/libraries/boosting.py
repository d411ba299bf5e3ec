"""Gradient boosting: XGBoost, LightGBM, CatBoost; NGBoost and TPOT by the names of their classes.

None of the first three has a `Seed`: without one they start from a constant, also with row and column
sampling (run: three processes, equal to the last digit).
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Type
from nbprod.semantic.values import Tag

_CLASSIFIER: Final = "sklearn.base.ClassifierMixin"
_REGRESSOR: Final = "sklearn.base.RegressorMixin"
_PREDICT: Final = Effect(
    EventKind.PREDICT, inputs={"X": (0, "data")}, returns="numpy.ndarray", tags=Tag.PREDICTION | Tag.PROBABILITY
)


def _save(path: str) -> Effect:
    return Effect(EventKind.PERSIST, "boosting", path=(0, path), inputs={"model": SELF})


def _load(path: str) -> Effect:
    return Effect(EventKind.LOAD, "model", path=(0, path), returns="self", tags=Tag.FITTED, mutates=True)


def _train(parameter: str, position: int, returns: str) -> Effect:
    return Effect(EventKind.FIT, "booster", inputs={"X": (position, parameter)}, returns=returns, tags=Tag.FITTED)


def _cross(parameter: str, position: int = 1) -> Effect:
    return Effect(
        EventKind.EVALUATE, "cross-validation", inputs={"X": (position, parameter)}, tags=Tag.METRIC,
        returns="pandas.DataFrame",
    )  # fmt: skip


_MATRIX: Final = Type(make=Effect(inputs={"X": (0, "data"), "y": (1, "label")}))
_BOOSTER: Final = {"predict": _PREDICT, "update": Effect(), "eval": Effect(EventKind.EVALUATE, tags=Tag.METRIC)}

LIBRARY = Library(
    aliases={
        "xgboost.sklearn": "xgboost",
        "xgboost.core": "xgboost",
        "xgboost.training": "xgboost",
        "lightgbm.sklearn": "lightgbm",
        "lightgbm.basic": "lightgbm",
        "lightgbm.engine": "lightgbm",
        "catboost.core": "catboost",
        "xgboost.QuantileDMatrix": "xgboost.DMatrix",
    },
    functions={
        "xgboost.train": _train("dtrain", 1, "xgboost.Booster"),
        "xgboost.cv": _cross("dtrain"),
        "lightgbm.train": _train("train_set", 1, "lightgbm.Booster"),
        "lightgbm.cv": _cross("train_set"),
        "catboost.train": _train("pool", 0, "catboost.CatBoost"),
        "catboost.cv": _cross("pool", 0),
        **each("titanic adult amazon epsilon higgs msrank msrank_10k", Effect(EventKind.LOAD, "toy"),
               "catboost.datasets"),
    },
    types={
        "xgboost.DMatrix": _MATRIX,
        "lightgbm.Dataset": _MATRIX,
        "catboost.Pool": _MATRIX,
        "xgboost.Booster": Type(
            methods={**_BOOSTER, "save_model": _save("fname"), "load_model": _load("fname"),
                     "dump_model": Effect(path=(0, "fout"))},
            make=Effect(path=(None, "model_file")),
        ),
        "lightgbm.Booster": Type(
            methods={**_BOOSTER, "save_model": _save("filename")}, make=Effect(path=(2, "model_file"))
        ),
        "xgboost.XGBModel": Type(
            methods={"save_model": _save("fname"), "load_model": _load("fname"),
                     "get_booster": Effect(returns="xgboost.Booster", tags=Tag.FITTED)},
        ),
        "lightgbm.LGBMModel": Type(attributes={"booster_": "lightgbm.Booster"}),
        "catboost.CatBoost": Type(bases=("catboost.BaseCatBoost", "sklearn.base.BaseEstimator")),
        "catboost.BaseCatBoost": Type(
            methods={"save_model": _save("fname"), "load_model": _load("fname"),
                     "eval_metrics": Effect(EventKind.EVALUATE, "eval_metrics", inputs={"X": (0, "data")},
                                            tags=Tag.METRIC),
                     "grid_search": Effect(EventKind.FIT, "search", inputs={"X": (1, "X"), "y": (2, "y")},
                                           tags=Tag.FITTED, mutates=True)},
        ),
        **each("XGBClassifier XGBRFClassifier", Type(bases=("xgboost.XGBModel", _CLASSIFIER)), "xgboost"),
        **each("XGBRegressor XGBRFRegressor XGBRanker", Type(bases=("xgboost.XGBModel", _REGRESSOR)), "xgboost"),
        "lightgbm.LGBMClassifier": Type(bases=("lightgbm.LGBMModel", _CLASSIFIER)),
        **each("LGBMRegressor LGBMRanker", Type(bases=("lightgbm.LGBMModel", _REGRESSOR)), "lightgbm"),
        "catboost.CatBoostClassifier": Type(bases=("catboost.BaseCatBoost", _CLASSIFIER)),
        **each("CatBoostRegressor CatBoostRanker", Type(bases=("catboost.BaseCatBoost", _REGRESSOR)), "catboost"),
    },
    families=(("Classifier", _CLASSIFIER), ("Regressor", _REGRESSOR), ("Ranker", _REGRESSOR)),
)  # fmt: skip
