"""Who answers for a notebook, as far as it or its project says."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Final

from nbprod.kit.context import Context
from nbprod.kit.project import notebook_file, project_root, project_text
from nbprod.patterns import lazy_pattern

_CODEOWNERS: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
_CATALOGUES: Final = ("catalog-info.yaml", "catalog-info.yml")
_PACKAGES: Final = ("pyproject.toml", "setup.cfg", "setup.py")
_OPENING: Final = 3
_MOST_LINES: Final = 2_000
_MOST_STARS: Final = 6

_ROLE: Final = (
    r"(?:(?:(?:data|notebook|project|product|business|technical|code)[ -])?(?:owners?|contacts?|teams?|authors?"
    r"|maintainers?|stewards?)|owned by|maintained by|written by|created by|prepared by|developed by|responsible"
    r"|contact person|autor(?:es|en|a)?|auteure?s?|autori?|contacto|作者)"
)
_HINTS: Final = ("owner", "contact", "team", "auth", "maintain", "steward", "written", "created", "prepared",
                 "developed", "responsible", "autor", "auteur", "owned", "作者")  # fmt: skip
_NAMED: Final = lazy_pattern(
    rf"^[ \t>*_#|\-•]{{0,12}}{_ROLE}(?:\(s\))?[*_]{{0,3}}[ \t]{{0,4}}"
    r"(?:[:\uff1a=|]|<br>)[ \t*_|]{0,8}(?!TODO)[^\s*_|:]",
    re.IGNORECASE | re.MULTILINE,
)
_BY: Final = lazy_pattern(
    r"^[ \t>*_#\-•]{0,12}(?:[Oo]wned|[Mm]aintained|[Ww]ritten|[Cc]reated|[Pp]repared|[Dd]eveloped|[Aa]uthored)[ \t]by"
    r"[ \t]+[\[*_@]{0,4}(?!TODO)[A-Z@]\w",
    re.MULTILINE,
)
_PEOPLE: Final = lazy_pattern(
    r"^[ \t]*(?:maintainers?|authors?)(?:_email)?[ \t]*=[ \t]*\[?\s{0,20}(?:#[^\n]*\s{0,20})?[{\"'\w]", re.MULTILINE
)
_CATALOGUED: Final = lazy_pattern(r"^[ \t]*owner:[ \t]*\S", re.MULTILINE)


def owner(ctx: Context) -> str | None:
    """What names an owner of the notebook: "metadata", "header", or a file of the project; None if nothing does.

    Who committed it is no owner.
    """
    if _in_metadata(ctx):
        return "metadata"
    if _in_header(ctx):
        return "header"
    root = project_root(ctx)
    return _in_project(ctx, root) if root is not None else None


def _in_metadata(ctx: Context) -> bool:
    metadata = ctx.notebook.metadata
    own = metadata.get("nbprod")
    candidates = [own.get("owner") if isinstance(own, dict) else None, metadata.get("authors"), metadata.get("owner")]
    return any(_is_name(candidate) for candidate in candidates)


def _is_name(value: object) -> bool:
    if isinstance(value, list):
        return any(_is_name(item) for item in value[:20])
    if isinstance(value, dict):
        return any(_is_name(value.get(key)) for key in ("name", "email"))
    return isinstance(value, str) and bool(value.strip()) and not value.startswith("TODO")


def _in_header(ctx: Context) -> bool:
    texts = [cell.source[:4_000] for cell in ctx.notebook.cells if cell.type == "markdown"][:_OPENING]
    texts += [cell.source[:1_000] for cell in ctx.notebook.code_cells[:1]]
    return any(_speaks_of_people(text) and (_NAMED.search(text) or _BY.search(text)) for text in texts)


def _speaks_of_people(text: str) -> bool:
    """Whether a closer look is worth its time."""
    lower = text.lower()
    return any(word in lower for word in _HINTS)


def _in_project(ctx: Context, root: Path) -> str | None:
    file = notebook_file(ctx)
    for name in _CODEOWNERS:
        text = project_text(root, name)
        if text is not None and file is not None and file.is_relative_to(root):
            if owns(text, file.relative_to(root).as_posix()):
                return name
            break  # the first that there is counts
    for name in _CATALOGUES:
        text = project_text(root, name)
        if text is not None and _CATALOGUED.search(text):
            return name
    for name in _PACKAGES:
        text = project_text(root, name)
        if text is not None and _PEOPLE.search(text):
            return name
    return None


def owns(codeowners: str, path: str) -> bool:
    """Whether a CODEOWNERS file gives a path, seen from the root, an owner: the last line that matches decides."""
    for pattern, has_owner in reversed(_lines(codeowners)):
        if pattern.match(path):
            return has_owner
    return False


@lru_cache(maxsize=64)
def _lines(codeowners: str) -> list[tuple[re.Pattern[str], bool]]:
    found = []
    for line in codeowners.splitlines()[:_MOST_LINES]:
        words = line.partition("#")[0].split()
        if words and not words[0].startswith(("[", "^", "!")) and words[0].count("*") <= _MOST_STARS:
            found.append((_pattern(words[0]), len(words) > 1))
    return found


def _pattern(glob: str) -> re.Pattern[str]:
    """The paths that a pattern of a CODEOWNERS file stands for: those of `.gitignore`, without `!` and `[…]`."""
    inner = glob.rstrip("/")
    anchored = inner.startswith("/") or "/" in inner
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", inner.lstrip("/"))
    regex = "".join({"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}.get(part, re.escape(part))
                    for part in parts)  # fmt: skip
    start = "" if anchored else "(?:.*/)?"
    end = "/.*" if glob.endswith("/") else r"\Z" if inner.endswith("/*") else r"(?:/.*)?\Z"
    return re.compile(f"{start}{regex}{end}", re.DOTALL)
