import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from nbprod.kit import (
    INFO,
    Context,
    Diagnosis,
    Dimension,
    Notebook,
    Rule,
    Severities,
    Severity,
    Stmt,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.dependencies import Project, project_of
from nbprod.kit.distributions import PLATFORM, distributions_of, is_declared, normal
from nbprod.kit.installs import installs

_NAMED: Final = 4
_RELATED: Final = 5
_LISTED: Final = 30
_FILE: Final = lazy_pattern(r"(?:-r|--requirement)[ =]*([^\s;|&]+)")
_GUARDS: Final = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})
_ELSEWHERE: Final = lazy_pattern(r"colab|kaggle|databricks|type_checking", re.IGNORECASE)


class UndeclaredDependency(Rule):
    """The notebook imports packages that no dependency file of its project names.

    ## Why is this bad?
    It runs on the machine on which somebody once typed `pip install`. A job builds its environment from the files of
    the project: the package is missing there, or some other package brings it along today, in a version that nobody
    chose, and no longer does so tomorrow.

    ## Examples
    ```nb bad warning
    # %%
    import lightgbm as lgb
    # %%
    from shap import TreeExplainer
    ```
    ```nb bad info explore
    import lightgbm
    ```
    A notebook that installs all of it by itself, if only in some version, can at least run: that is information.
    ```nb bad info
    # %%
    %pip install lightgbm
    # %%
    import lightgbm
    ```
    ```nb good
    # %%
    %pip install lightgbm==4.5.0
    # %%
    import json
    import lightgbm
    try:
        import shap
    except ImportError:
        shap = None
    ```

    ## Where it looks
    `requirements*.txt` and `.in` files (a folder `requirements`, too), `pyproject.toml` (the tables of the project,
    Poetry, PDM, uv, Hatch and Pixi, with groups and extras), `environment.yml`, `setup.cfg`, `setup.py`, nbdev's
    `settings.ini`, `Pipfile`, `pixi.toml` and lock files: in the folder of the notebook and those above it, up to the
    root of the repository. Where none of them declares anything, it says so, once. Which distribution a module comes
    with (`cv2`: opencv-python) is a table of nbprod's; no index is asked.

    ## What a running kernel adds
    It knows which distribution each module came with, also where nbprod's table does not, and in which version: the
    advice lists the lines to add. Where no file declares anything, and the kernel runs all of it, a fix lets the
    notebook install just these versions.
    ```nb bad live warning
    # %%
    import pandas as pd
    orders = pd.DataFrame({"amount": [3, 5]})
    ```
    ```nb fixed live safe
    # %%
    %pip install "pandas==<version of pandas>"
    # %%
    import pandas as pd
    orders = pd.DataFrame({"amount": [3, 5]})
    ```

    ## What keeps it quiet
    - the standard library, and what comes with kernels and platforms (`IPython`, `google.colab`; `pyspark` where a
      kernel of Spark runs);
    - modules of the project: a file or package beside the notebook, on the way to the root, or in a `src` folder there;
    - modules of which neither the table nor a kernel knows that they come from a package index;
    - `try: import x` with `except ImportError`, and packages that the notebook installs in a pinned version;
    - a dependency file that can't be read or understood: then nothing can be said;
    - a notebook that comes without a path.

    ## Fix safety
    Safe: the kernel runs these versions already, so that nothing is installed in it. A dependency file of the project
    is better still.

    ## References
    - [pip: requirements files](https://pip.pypa.io/en/stable/reference/requirements-file-format/)
    - Pimentel et al., A large-scale study about quality and reproducibility of Jupyter notebooks (MSR 2019)
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"
    absence = True

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        needed = _needed(ctx)
        if not needed:
            return
        project = project_of(notebook.path)
        if project is None or not project.is_complete:
            return
        pinned = _pinned(ctx, project)
        if pinned is None:
            return
        declared = project.declared | pinned
        installed = frozenset(normal(item.name) for install in installs(ctx) for item in install.requirements)
        missing: dict[str, Stmt] = {}
        floating: dict[str, Stmt] = {}  # installed in no certain version, of which another rule tells
        for module, stmt in needed.items():
            names = _distributions(module, ctx)
            if any(is_declared(normal(name), declared) for name in names) or project.owns(module.partition(".")[0]):
                continue
            found = floating if any(is_declared(normal(name), installed) for name in names) else missing
            found.setdefault(names[0].rstrip("*"), stmt)
        if missing:
            yield self._finding(missing, project, ctx, installs_some=bool(installed))
        elif floating:
            yield self._finding(floating, project, ctx, severity=INFO)

    def _finding(
        self,
        missing: dict[str, Stmt],
        project: Project,
        ctx: Context,
        *,
        installs_some: bool = False,
        severity: Severities | None = None,
    ) -> Diagnosis:
        (_, first), *others = missing.items()
        running = _running(missing, ctx)
        here = ", ".join(f"{name} {version}" for name, version in list(running.items())[:_NAMED])
        message = _message(list(missing), project, installs_some=installs_some)
        can_install = len(running) == len(missing) and not (project.files or installs(ctx) or ctx.notebook.text)
        return self.finding(
            ctx,
            first,
            f"{message}; this kernel runs {here}" if here else message,
            fixes=[fixes.installs.install_fix(ctx, running)] if can_install else [],
            related=[(stmt, f"{name} is imported here") for name, stmt in others[:_RELATED] if stmt is not first],
            severity=severity,
            advice=_advice(missing, running, project),
            live=bool(running),
        )


def _message(missing: Sequence[str], project: Project, *, installs_some: bool) -> str:
    names = ", ".join(missing[:_NAMED]) + (f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else "")
    verb, them = ("is", "it") if len(missing) == 1 else ("are", "them")
    if not project.files and installs_some:
        return f"{names} {verb} imported, but nothing declares or installs {them}: a job has {them} by chance"
    if not project.files:
        return f"nothing declares what this notebook needs ({names}): a job can't tell what environment to build"
    where = project.files[0] if len(project.files) == 1 else f"any of {len(project.files)} dependency files"
    return f"{names} {verb} imported, but not in {where}: a job that builds its environment from it stops at the import"


def _advice(missing: Iterable[str], running: Mapping[str, str], project: Project) -> str:
    plain = [name for name in project.files if name.endswith(".txt")]
    where = plain[0] if plain else project.files[0] if project.files else "a requirements.txt beside the notebook"
    lines = [f"{name}=={running[name]}" if name in running else name for name in missing]
    which = "" if len(running) == len(lines) else ", each with the version that works (`pip freeze` tells)"
    return f"Add to {where}{which}:\n" + "\n".join(lines[:_LISTED])


def _running(missing: Iterable[str], ctx: Context) -> dict[str, str]:
    """The versions of distributions in this session, without what no index has (`2.5.1+cu121`)."""
    if ctx.runtime is None:
        return {}
    from nbprod.kit.installed import installed_for, installed_version  # noqa: PLC0415  -- most runs have no session

    imported = dict(filter(None, (installed_for(ctx, module) for module in _needed(ctx))))
    found = {name: imported.get(name) or installed_version(ctx, name) for name in missing}
    return {name: version.partition("+")[0] for name, version in found.items() if version is not None}


def _distributions(module: str, ctx: Context) -> tuple[str, ...]:
    """The distributions that a module may come with, that of the session first."""
    known = distributions_of(module)
    if ctx.runtime is None:
        return known
    from nbprod.kit.installed import installed_for  # noqa: PLC0415  -- most runs have no session to ask

    installed = installed_for(ctx, module)
    return known if installed is None else (installed[0], *known)


def _needed(ctx: Context) -> dict[str, Stmt]:
    """The modules from package indexes that are imported whatever happens, each where that is done first."""
    found: dict[str, Stmt] = {}
    has_spark = _has_spark(ctx.notebook.metadata)
    imported = [(name, binding.stmt) for name, binding in ctx.model.imports]
    for module, stmt in (*imported, *ctx.model.starred_imports):
        root = module.partition(".")[0]
        if stmt is None or not root or root in sys.stdlib_module_names or root in PLATFORM:
            continue
        if ".".join(module.split(".")[:2]) in PLATFORM or (root == "pyspark" and has_spark):
            continue
        if module not in found and _distributions(module, ctx) and not _is_optional(stmt):
            found[module] = stmt
    return found


def _has_spark(metadata: Mapping[str, Any]) -> bool:
    """Whether the platform runs the notebook in a session of Spark: Databricks, or a kernel of that name."""
    kernel = metadata.get("kernelspec")
    name = kernel.get("name") if isinstance(kernel, dict) else None
    return (isinstance(name, str) and "spark" in name.lower()) or any("databricks" in key for key in metadata)


def _is_optional(stmt: Stmt) -> bool:
    """Whether the notebook goes on without the import, or only tries it on some platform."""
    for outer in stmt.ancestors():
        node = outer.node
        if isinstance(node, ast.ExceptHandler):
            return True
        if isinstance(node, ast.Try):
            for handler in node.handlers:
                caught = ast.unparse(handler.type) if handler.type is not None else "Exception"
                if any(name in caught for name in _GUARDS):
                    return True
        elif isinstance(node, ast.If) and _ELSEWHERE.search(ast.unparse(node.test)):
            return True
    return False


def _pinned(ctx: Context, project: Project) -> frozenset[str] | None:
    """What the notebook installs in versions that are settled; None when that can't be told."""
    found: set[str] = set()
    for cell in ctx.notebook.code_cells:
        for magic in cell.magics:
            command = magic.body if magic.kind == "cell" else f"{magic.name} {magic.args}"
            if "install" not in command:
                continue
            for name in _FILE.findall(command):
                more = project.requirements_in(name.strip("\"'"))
                if more is None:
                    return None
                found |= more
    for install in installs(ctx):
        found.update(item.name for item in install.requirements if item.is_pinned or install.is_constrained)
    return frozenset(map(normal, found))
