"""Statistical models: statsmodels, Prophet, pmdarima.

statsmodels explains data more often than it predicts them: its FIT has the detail "inference".
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Type
from nbprod.semantic.values import Tag

_MODEL: Final = "statsmodels.base.model.Model"
_RESULTS: Final = "statsmodels.base.model.Results"
_ARIMA: Final = "pmdarima.arima.ARIMA"
_TOY: Final = Effect(EventKind.LOAD, "toy")
_DOWNLOAD: Final = Effect(EventKind.HTTP, "download")
_FIT: Final = Effect(EventKind.FIT, "inference", inputs={"X": SELF}, returns=_RESULTS, tags=Tag.FITTED)
_PREDICT: Final = Effect(EventKind.PREDICT, inputs={"X": (0, "exog")}, tags=Tag.PREDICTION)
_CONSTANT: Final = Effect(returns="argument")


def _examples() -> dict[str, Effect]:
    names = """anes96 cancer ccard co2 copper elnino engel fair fertility grunfeld heart longley macrodata nile randhie
        scotland spector stackloss star98 statecrime strikes sunspots"""
    loaded = {f"{name}.{load}": _TOY for name in names.split() for load in ("load", "load_pandas")}
    rows = {**loaded, **each("get_rdataset webuse", _DOWNLOAD)}
    return {f"statsmodels.{module}.{name}": effect for module in ("api.datasets", "datasets")
            for name, effect in rows.items()}  # fmt: skip


LIBRARY = Library(
    aliases={
        "fbprophet": "prophet",
        "prophet.forecaster.Prophet": "prophet.Prophet",
        "statsmodels.api.add_constant": "statsmodels.tools.add_constant",
        "statsmodels.tools.tools.add_constant": "statsmodels.tools.add_constant",
        "pmdarima.arima.auto_arima": "pmdarima.auto_arima",
        "pmdarima.ARIMA": _ARIMA,
        "pmdarima.AutoARIMA": _ARIMA,
    },
    functions={
        **_examples(),
        **each("ols logit glm wls gls mixedlm poisson probit rlm quantreg gee phreg mnlogit negativebinomial",
               Effect(inputs={"X": (1, "data")}, returns=_MODEL), "statsmodels.formula.api"),
        "statsmodels.api.load": Effect(EventKind.LOAD, "model", path=(0, "fname"), returns=_RESULTS),
        "statsmodels.tools.add_constant": _CONSTANT,
        "pmdarima.auto_arima": Effect(
            EventKind.FIT, "regressor", inputs={"y": (0, "y")}, returns=_ARIMA, tags=Tag.FITTED
        ),
        **each("load_airpassengers load_wineind load_lynx load_woolyrnq", _TOY, "pmdarima.datasets"),
    },
    types={
        _MODEL: Type(methods=each("fit fit_regularized fit_constrained", _FIT)),
        _RESULTS: Type(
            methods={
                **each("predict forecast get_forecast get_prediction simulate", _PREDICT),
                "save": Effect(EventKind.PERSIST, "pickle", path=(0, "fname"), inputs={"model": SELF}),
                "summary": Effect(),
            },
            attributes=each("resid fittedvalues params pvalues", "pandas.Series"),
        ),
        "prophet.Prophet": Type(
            methods={
                "fit": Effect(EventKind.FIT, "regressor", inputs={"X": (0, "df")}, tags=Tag.FITTED, mutates=True,
                              returns="self"),
                "predict": Effect(EventKind.PREDICT, inputs={"X": (0, "df")}, returns="pandas.DataFrame",
                                  tags=Tag.PREDICTION),
                "make_future_dataframe": Effect(returns="pandas.DataFrame"),
                **each("add_regressor add_seasonality add_country_holidays", Effect(returns="self")),
            }
        ),
        _ARIMA: Type(bases=("sklearn.base.RegressorMixin",)),
    },
    # whatever class statsmodels has beside these is a model, or does nothing that matters here
    families=(("", _MODEL),),
)  # fmt: skip
