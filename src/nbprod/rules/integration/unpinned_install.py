import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from nbprod.kit import (
    INFO,
    Context,
    Diagnosis,
    Dimension,
    EventKind,
    Magic,
    Notebook,
    Rule,
    Severities,
    Severity,
    fixes,
    lazy_pattern,
    on,
)
from nbprod.kit.installs import Install, Requirement, installs

_NAMED: Final = 3
_RELATED: Final = 5
_INSTALLED: Final = lazy_pattern(r"^Successfully installed (.+)$", re.MULTILINE)
_SATISFIED: Final = lazy_pattern(
    r"^Requirement already satisfied: ([\w.-]++).*? \(([\w.!]++)(?:\+[\w.]++)?\)$", re.MULTILINE
)


class UnpinnedInstall(Rule):
    """A notebook that installs packages without versions runs with other code every month.

    ## Why is this bad?
    `%pip install pandas` takes whatever is newest on the day of the run. The run that worked in review and the run of
    next quarter then use different code: results change without a commit, or the run stops on a removed function.

    ## Examples
    ```nb bad
    # %%
    %pip install -q pandas "scikit-learn>=1.4" pyarrow==17.0.0
    # %%
    import pandas as pd
    ```
    ```nb fixed template
    # %%
    %pip install -q "pandas==TODO(nbprod)" "scikit-learn==TODO(nbprod)" pyarrow==17.0.0
    # %%
    import pandas as pd
    ```
    ```nb bad
    import subprocess, sys
    subprocess.check_call([sys.executable, "-m", "pip", "install", "lightgbm"])
    ```
    ```nb fixed template
    import subprocess, sys
    subprocess.check_call([sys.executable, "-m", "pip", "install", "lightgbm==TODO(nbprod)"])
    ```
    A bound that keeps the next major version out is better than nothing:
    ```nb bad info
    !pip install "pandas>=2.2,<3"
    ```
    ```nb good
    # %%
    %pip install -q "pandas==2.2.3" "scikit-learn[plots]==1.5.2"
    # %%
    !pip install -r requirements.txt
    ```
    ```nb good
    !pip install -c constraints.txt pandas
    !pip install git+https://github.com/example/tools.git@4f3c2a1b9d
    ```

    ## What a running kernel adds
    The versions that it runs: the message names them, and the fix pins them.
    ```nb bad live warning
    # %% unrun
    !pip install -q "pandas[excel]"
    # %%
    import pandas as pd
    ```
    ```nb fixed live safe
    # %%
    %pip install -q "pandas[excel]==<version of pandas>"
    # %%
    import pandas as pd
    ```

    ## What keeps it quiet
    - requirement and constraint files, hashes, `uv … --exclude-newer`;
    - a local project (`-e .`), a wheel, a repository at a commit or version tag;
    - packages that only the run knows (`!pip install {package}`);
    - the installers themselves: pip, setuptools, wheel;
    - a notebook that teaches.

    ## Fix safety
    - Safe: a session runs all of the packages; their versions are pinned, and `!pip` becomes `%pip`, which installs for
      the kernel. A local part of a version (`2.5.1+cu121`) stays only where the command names an index.
    - Unsafe: where the output of the cell says what it installed when it last ran, these versions are pinned.
    - Template: otherwise the version is left to be filled in.

    ## References
    - Pimentel et al., A large-scale study about quality and reproducibility of Jupyter notebooks (MSR 2019)
    - [pip: repeatable installs](https://pip.pypa.io/en/stable/topics/repeatable-installs/)
    """

    dimension = Dimension.INTEGRATION
    severity = Severities(explore=Severity.INFO, production=Severity.WARNING)
    since = "0.1"

    @on(Notebook, needs=[Magic, EventKind.SHELL])
    def check(self, _: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        loose = [install for install in installs(ctx) if not install.is_constrained and _unpinned(install)]
        if not loose or ctx.purpose.teaches:
            return
        for cell, group in groupby(loose, key=lambda install: install.at.cell.index):
            yield self._finding(cell, list(group), ctx)

    def _finding(self, cell: int, group: Sequence[Install], ctx: Context) -> Diagnosis:
        wanted = list({found.name: found for install in group for found in _unpinned(install)}.values())
        first, *others = group
        versions = _versions(cell, ctx)
        known = {found.name: versions[_normal(found.name)] for found in wanted if _normal(found.name) in versions}
        running = _running(wanted, ctx)
        known |= running
        is_open = any(found.is_open for found in wanted)
        names = ", ".join(_short(found.name) for found in wanted[:_NAMED])
        more = f" and {len(wanted) - _NAMED} more" if len(wanted) > _NAMED else ""
        message = f"`{first.command}` takes the newest {names}{more}: a later run gets other versions"
        if all(found.is_hole for found in wanted):
            message = f"`{first.command}` still has no version for {names}{more}"
        if running:
            message += f"; this kernel runs {', '.join(f'{name} {running[name]}' for name in list(running)[:_NAMED])}"
        return self.finding(
            ctx,
            first.at,
            message,
            related=[(other.at, "installs without versions, too") for other in others[:_RELATED]],
            fixes=[fixes.installs.pin_fix(ctx, group, known, running)] if is_open or running else [],
            severity=INFO if all(found.is_bounded for found in wanted) else None,
            advice=_advice(first.command, wanted, known, is_running=bool(running)),
            live=bool(running),
        )


def _unpinned(install: Install) -> list[Requirement]:
    return [found for found in install.requirements if not found.is_pinned]


def _running(wanted: Sequence[Requirement], ctx: Context) -> dict[str, str]:
    """The versions in this session that meet what is asked for, by the names in the command."""
    if ctx.runtime is None:
        return {}
    from nbprod.kit.installed import installed_version, meets  # noqa: PLC0415  -- most runs have no session to ask

    found = {item.name: installed_version(ctx, item.name) for item in wanted if item.is_open or item.is_hole}
    text = {item.name: "" if item.is_hole else item.text for item in wanted}
    return {name: version for name, version in found.items() if version is not None and meets(version, text[name])}


def _versions(cell: int, ctx: Context) -> dict[str, str]:
    """The versions that pip named in the saved output of a cell, by normalised name."""
    found: dict[str, str] = {}
    for output in ctx.notebook.outputs(ctx.notebook.cells[cell]):
        text = output.get("text", "")
        text = "".join(map(str, text)) if isinstance(text, list) else str(text)
        found.update((_normal(name), version) for name, version in _SATISFIED.findall(text))
        for line in _INSTALLED.findall(text):
            pairs = (item.rpartition("-") for item in line.split())
            found.update((_normal(name), version.partition("+")[0]) for name, _, version in pairs)
    return found


def _short(name: str, limit: int = 60) -> str:
    return name if len(name) <= limit else name[: limit - 1] + "…"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _advice(command: str, wanted: Sequence[Requirement], known: dict[str, str], *, is_running: bool) -> str:
    """What to write instead, with the versions that are known."""
    pins = " ".join(f'"{found.project}=={known[found.name]}"' for found in wanted if found.name in known)
    if pins:
        when = "This kernel runs" if is_running else "When this cell last ran it installed"
        return f"{when}: `{command} {pins}`."
    return (
        "`%pip freeze`, in a session in which the notebook works, lists the versions to write behind `==`. Better, "
        "keep them in a requirements file under version control and install with `-r`."
    )
