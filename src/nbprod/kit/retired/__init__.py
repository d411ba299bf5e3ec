"""What libraries have taken out of their interfaces, or said that they will: one table a group of libraries.

A row is `name | deprecated in | removed in | what to do`. Its name is qualified and canonical:

- `numpy.float` is a function, class, attribute or method (`pandas.DataFrame.append`);
- `sklearn.cross_validation.*` is a module with all that is in it;
- `sklearn.preprocessing.OneHotEncoder(sparse=)` is a keyword, `…(penalty="none")` a value of it, `…(0 rule="M")`
  one that may also be passed by position;
- `pandas.DataFrame.drop(+1 axis)` says that one argument may be passed by position, and how the next are called;
  in `seaborn.barplot(+1 x: y)` the first must then be named as well;
- `{a,b}` stands for several names.

What to do is a clause, or `-> new`: a name, method, keyword or value that means the same in its place, or behind a
keyword `-> function()` to be called without it; with `~> new` it means nearly the same. What reads "drop it" is
dropped. A removal that was taken back later reads "1.24 to 1.26". The address above rows is where the library says so.
"""

import ast
import re
from functools import cache
from importlib import import_module
from itertools import product
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from nbprod.patterns import lazy_pattern

_TABLES: Final = {
    # table -> the root packages that it covers
    "pandas": "pandas",
    "numpy": "numpy scipy",
    "scikit_learn": "sklearn imblearn",
    "plotting": "matplotlib seaborn plotly bokeh PIL",
    "deep_learning": "tensorflow keras torch torchvision torchtext pytorch_lightning lightning",
    "language_models": """openai langchain langchain_community langchain_core llama_index pinecone transformers datasets
        huggingface_hub google chromadb anthropic""",
    "small": "networkx gensim spacy statsmodels sqlalchemy xgboost lightgbm fbprophet pandas_profiling",
    "standard": "time collections inspect imp distutils asyncore IPython tqdm",
}
_MODULES: Final = {root: table for table, roots in _TABLES.items() for root in roots.split()}
_LIBRARIES: Final = {
    "sklearn": "scikit-learn", "imblearn": "imbalanced-learn", "PIL": "Pillow", "numpy": "NumPy", "scipy": "SciPy",
    "matplotlib": "Matplotlib", "tensorflow": "TensorFlow", "keras": "Keras", "torch": "PyTorch",
    "sqlalchemy": "SQLAlchemy", "langchain": "LangChain", "networkx": "NetworkX", "llama_index": "LlamaIndex",
    "google": "google-generativeai", "xgboost": "XGBoost", "lightgbm": "LightGBM", "spacy": "spaCy",
    "pytorch_lightning": "Lightning", "lightning": "Lightning", "huggingface_hub": "huggingface-hub",
    "langchain_community": "langchain-community", "langchain_core": "langchain-core",
    **dict.fromkeys(("time", "collections", "inspect", "imp", "distutils", "asyncore"), "Python"),
}  # fmt: skip
"""How people call a library, where that is not how they import it."""

_ROW: Final = lazy_pattern(r"(?P<name>[\w.{},]+?)(?P<module>\.\*)?(?:\((?P<what>.*)\))?")
_CONTINUED: Final = lazy_pattern(r"(\S)\n {4}")
"""A row that goes on in the next line."""
_BRACES: Final = lazy_pattern(r"\{([^{}]*)\}")
_WHAT: Final = lazy_pattern(r"(?:(?P<position>\d+) )?(?P<keyword>\w+)=(?P<value>.*)")


class Retired(Struct, frozen=True):
    """One thing that is gone, or going.

    Attributes:
        name: The qualified name, of the function where it is about an argument.
        library: Its library, as people call it.
        deprecated: The version that announced it; "" if none did.
        removed: The version that has it no more; "" if it is still there.
        advice: What to do, as a clause.
        successor: What means the same in its place, if there is such a thing.
        exact: The successor means just the same.
        keyword: The argument that it is about.
        position: Where that may also stand among the positional arguments.
        value: The source of the value that it is about; "" for any.
        most: How many arguments may be passed by position; `names` are those of the next ones, and `first` those of the
            ones before, where these can't keep their places.
        source: Where the library says so.
    """

    name: str
    library: str
    deprecated: str
    removed: str
    advice: str
    source: str
    successor: str = ""
    exact: bool = False
    keyword: str = ""
    position: int | None = None
    value: str = ""
    most: int | None = None
    names: tuple[str, ...] = ()
    first: tuple[str, ...] = ()

    @property
    def is_gone(self) -> bool:
        """Whether the newest version has it no more."""
        return bool(self.removed) and " to " not in self.removed

    @property
    def is_of_argument(self) -> bool:
        """Whether it is about an argument and not about a name."""
        return bool(self.keyword) or self.most is not None

    @property
    def is_to_be_dropped(self) -> bool:
        """Whether an argument is simply to go."""
        return bool(self.keyword) and self.advice.startswith("drop it")

    @property
    def constant(self) -> Any:
        """The value that it is about."""
        return _constant(self.value)


@cache
def _constant(source: str) -> Any:
    return ast.literal_eval(source)


class Table(Struct):
    """The rows of one root package.

    `names` are by qualified name, `modules` by that of the module, `calls` by the function whose arguments they are
    about; `last` holds the last parts of all names, `last_called` those of these functions.
    """

    names: dict[str, Retired] = field(default_factory=dict)
    modules: dict[str, Retired] = field(default_factory=dict)
    calls: dict[str, list[Retired]] = field(default_factory=dict)
    last: set[str] = field(default_factory=set)
    last_called: set[str] = field(default_factory=set)

    def find(self, name: str) -> Retired | None:
        """The row of a name, or of a module that it is in."""
        found = self.names.get(name)
        module = name
        while found is None and module:
            found = self.modules.get(module)
            if found is not None:
                return _inside(found, name)
            module = module.rpartition(".")[0]
        return found


def _inside(module: Retired, name: str) -> Retired:
    """The row of a name in a module that is gone."""
    rest = name[len(module.name) + 1 :]
    row = replace(module, name=name)
    return _succeeded(row, module.successor.replace("*", rest).rstrip(".")) if module.successor else row


def _succeeded(row: Retired, successor: str) -> Retired:
    return replace(row, successor=successor, advice=f"use `{successor.removeprefix('builtins.')}`")


@cache
def retired_in(root: str) -> Table | None:
    """The table of a root package; None if there is none."""
    module = _MODULES.get(root)
    return _load(module).get(root) if module else None


@cache
def _load(module: str) -> dict[str, Table]:
    rows: str = import_module(f"nbprod.kit.retired.{module}").ROWS
    tables: dict[str, Table] = {}
    source = ""
    for line in _CONTINUED.sub(_joined, rows).splitlines():
        if line.startswith("https://"):
            source = line
        elif line.strip():
            for row, is_module in _rows(line, source):
                _add(tables.setdefault(row.name.partition(".")[0], Table()), row, is_module=is_module)
    return tables


def _joined(found: re.Match[str]) -> str:
    return found[1] if found[1] == "," else f"{found[1]} "


def _add(table: Table, row: Retired, *, is_module: bool) -> None:
    if row.is_of_argument:
        table.calls.setdefault(row.name, []).append(row)
        table.last_called.add(row.name.rpartition(".")[2])
        return
    (table.modules if is_module else table.names)[row.name] = row
    table.last.add(row.name.rpartition(".")[2])


def _rows(line: str, source: str) -> list[tuple[Retired, bool]]:
    name, deprecated, removed, advice = (part.strip() for part in line.split(" | "))
    found = _ROW.fullmatch(name)
    if found is None:
        raise ValueError(f"this is no row of a table: {line}")
    details: dict[str, Any] = {}
    if found["what"]:
        details = _argument(found["what"])
    if advice.startswith(("-> ", "~> ")):
        details |= {"successor": advice[3:], "exact": advice.startswith("-")}
    rows = []
    for each in _expanded(found["name"]):
        root = each.partition(".")[0]
        row = Retired(each, _LIBRARIES.get(root, root), deprecated, removed, advice, source, **details)
        if row.successor and not found["module"]:  # a star stands for the last part of the name
            row = _succeeded(row, row.successor.replace("*", each.rpartition(".")[2]))
        rows.append((row, bool(found["module"])))
    return rows


def _argument(text: str) -> dict[str, Any]:
    """What the brackets behind a function's name say."""
    if text.startswith("+"):
        most, *names = text[1:].split()
        first = tuple(name[:-1] for name in names if name.endswith(":"))
        return {"most": int(most), "first": first, "names": tuple(names[len(first) :])}
    found = _WHAT.fullmatch(text)
    if found is None:
        raise ValueError(f"this is no argument of a table: {text}")
    position = int(found["position"]) if found["position"] else None
    return {"keyword": found["keyword"], "position": position, "value": found["value"]}


def _expanded(name: str) -> list[str]:
    """`a.{b,c}` is `a.b` and `a.c`."""
    parts = _BRACES.split(name)
    choices = [part.split(",") if index % 2 else [part] for index, part in enumerate(parts)]
    return ["".join(chosen) for chosen in product(*choices)]


def release(version: str) -> tuple[int, ...]:
    """A version as numbers, to compare: "1.24 to 1.26" is (1, 24)."""
    return tuple(int(part) for part in re.findall(r"\d{1,9}", version.partition(" ")[0])[:4])
