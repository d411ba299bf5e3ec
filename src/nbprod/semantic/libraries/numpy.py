"""NumPy and SciPy."""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Seed, Type
from nbprod.semantic.values import Tag

_ARRAY: Final = Effect(returns="numpy.ndarray")
_SAME: Final = Effect(returns="argument")  # a ufunc of a frame is a frame
_DRAW: Final = Effect(returns="numpy.ndarray", seed=Seed())
_GENERATOR: Final = "numpy.random.Generator"

_DRAWS: Final = """beta binomial bytes chisquare choice dirichlet exponential f gamma geometric gumbel hypergeometric
    laplace logistic lognormal logseries multinomial multivariate_normal negative_binomial noncentral_chisquare
    noncentral_f normal pareto permutation poisson power rand randint randn random random_integers random_sample ranf
    rayleigh sample shuffle standard_cauchy standard_exponential standard_gamma standard_normal standard_t triangular
    uniform vonmises wald weibull zipf"""
_ARRAYS: Final = """append apply_along_axis arange argsort argwhere array asarray ascontiguousarray asfarray
    atleast_1d atleast_2d broadcast_to column_stack concatenate copy corrcoef cov cumsum delete diag diff digitize dot
    dstack empty expand_dims eye flip frombuffer full full_like gradient histogram hstack identity in1d insert interp
    isin linspace logspace matmul meshgrid moveaxis ndarray nonzero ones ones_like outer pad ravel repeat reshape roll
    searchsorted sort squeeze stack swapaxes take tile transpose tril triu unique vstack where zeros zeros_like argmax
    argmin"""
_ELEMENTWISE: Final = """abs absolute around ceil clip cos exp expm1 fabs floor isfinite isinf isnan log log10 log1p
    log2 log_softmax logical_not maximum minimum nan_to_num negative power rint round sign sin sqrt square tan tanh"""
_REDUCTIONS: Final = """all any average count_nonzero max mean median min nanmax nanmean nanmedian nanmin
    nanpercentile nanstd nansum percentile prod ptp quantile std sum var"""


def _save(detail: str, path: str, data: str) -> Effect:
    return Effect(EventKind.WRITE, detail, path=(0, path), inputs={"data": (1, data)})


_DISTRIBUTIONS: Final = """bernoulli beta binom cauchy chi2 expon gamma geom laplace loguniform lognorm
    multivariate_normal norm pareto poisson randint skewnorm t triang truncnorm uniform weibull_min"""

LIBRARY = Library(
    aliases={
        "numpy.core.multiarray": "numpy",
        "numpy.random.mtrand": "numpy.random",
        "numpy.lib.npyio": "numpy",
        "numpy.linalg.linalg": "numpy.linalg",
        "scipy.random": "numpy.random",
        "scipy.sparse.csr": "scipy.sparse",
        "jax.numpy": "numpy",
    },
    functions={
        **each(_ARRAYS, _ARRAY, "numpy"),
        **each("dot matmul vdot inner argsort", Effect(returns="numpy.ndarray", forgets=Tag.LLM), "numpy"),
        **each(_ELEMENTWISE, _SAME, "numpy"),
        **each(_REDUCTIONS, Effect(), "numpy"),
        **each(_DRAWS, _DRAW, "numpy.random"),
        "numpy.random.seed": Effect(EventKind.SEED, "numpy"),
        "numpy.random.set_state": Effect(EventKind.SEED, "numpy"),
        "numpy.random.default_rng": Effect(returns=_GENERATOR, seed=Seed((0, "seed"), generators=())),
        "numpy.load": Effect(EventKind.LOAD, "npy", path=(0, "file"), returns="numpy.ndarray"),
        "numpy.loadtxt": Effect(
            EventKind.LOAD, "csv", path=(0, "fname"), returns="numpy.ndarray", limits=(None, "max_rows")
        ),
        "numpy.genfromtxt": Effect(
            EventKind.LOAD, "csv", path=(0, "fname"), returns="numpy.ndarray", limits=(None, "max_rows")
        ),
        "numpy.fromfile": Effect(EventKind.LOAD, "binary", path=(0, "file"), returns="numpy.ndarray"),
        "numpy.memmap": Effect(
            EventKind.WRITE, "binary", path=(0, "filename"), returns="numpy.ndarray",
            when=((2, "mode"), ("w+", "write"), "r+"),
            otherwise=Effect(EventKind.LOAD, "binary", path=(0, "filename"), returns="numpy.ndarray"),
        ),
        "numpy.save": _save("npy", "file", "arr"),
        "numpy.savez": _save("npy", "file", "args"),
        "numpy.savez_compressed": _save("npy", "file", "args"),
        "numpy.savetxt": _save("csv", "fname", "X"),
        "scipy.io.loadmat": Effect(EventKind.LOAD, "mat", path=(0, "file_name"), returns="builtins.dict"),
        "scipy.io.savemat": _save("mat", "file_name", "mdict"),
        "scipy.io.wavfile.read": Effect(EventKind.LOAD, "audio", path=(0, "filename"), results=(0, 0)),
        "scipy.io.wavfile.write": Effect(
            EventKind.WRITE, "audio", path=(0, "filename"), inputs={"data": (2, "data")}
        ),
        "scipy.io.arff.loadarff": Effect(EventKind.LOAD, "arff", path=(0, "f"), results=(0, 0)),
        "scipy.sparse.load_npz": Effect(EventKind.LOAD, "npy", path=(0, "file"), returns="scipy.sparse.spmatrix"),
        "scipy.sparse.save_npz": _save("npy", "file", "matrix"),
        "scipy.misc.imread": Effect(EventKind.LOAD, "image", path=(0, "name"), returns="numpy.ndarray"),
        "scipy.misc.face": Effect(EventKind.LOAD, "toy", returns="numpy.ndarray"),
        "scipy.datasets.face": Effect(EventKind.LOAD, "toy", returns="numpy.ndarray"),
        **each("hstack vstack", Effect(returns="scipy.sparse.spmatrix"), "scipy.sparse"),
    },
    types={
        "numpy.ndarray": Type(
            fluent=True,
            methods={
                **each("sum mean std var min max any all item prod", Effect()),
                "tolist": Effect(returns="builtins.list"),
                "tofile": Effect(EventKind.WRITE, "binary", path=(0, "fid"), inputs={"data": SELF}),
                "sort": Effect(),
                "fill": Effect(),
            },
            attributes={"shape": "builtins.tuple", "size": "builtins.int", "ndim": "builtins.int", "T": "numpy.ndarray",
                        "real": "numpy.ndarray", "flat": "numpy.ndarray"},
        ),
        # Draws of a generator repeat exactly if the generator was seeded, so that only making one is random.
        _GENERATOR: Type(methods=each(f"{_DRAWS} integers permuted spawn", _ARRAY)),
        "numpy.random.RandomState": Type(bases=(_GENERATOR,), seed=Seed((0, "seed"), generators=())),
        "scipy.sparse.spmatrix": Type(
            fluent=True, methods={"toarray": _ARRAY, "todense": _ARRAY, "sum": Effect(), "mean": Effect()}
        ),
        **each(
            "csr_matrix csr_array csc_matrix csc_array coo_matrix coo_array lil_matrix lil_array",
            Type(bases=("scipy.sparse.spmatrix",), fluent=True),
            "scipy.sparse",
        ),
        "scipy.stats.Distribution": Type(
            methods={"rvs": Effect(returns="numpy.ndarray", seed=Seed((None, "random_state")))}
        ),
    },
    instances=each(_DISTRIBUTIONS, "scipy.stats.Distribution", "scipy.stats"),
)  # fmt: skip
