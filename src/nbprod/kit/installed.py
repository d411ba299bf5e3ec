"""Which versions of distributions a session has installed."""

from nbprod.kit.context import Context
from nbprod.kit.distributions import modules_of, normal
from nbprod.kit.retired import release
from nbprod.patterns import lazy_pattern

_SPECIFIER = lazy_pattern(r"(===?|!=|>=|<=|~=|>|<)\s*v?(\d[\w.]*)")
_RELEASED = lazy_pattern(r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?(?:\.post\d+)?(?:\+[A-Za-z0-9.]+)?")


def installed_version(ctx: Context, distribution: str) -> str | None:
    """The installed version of a distribution; None without a session, and for what is no release ("1.2.dev3")."""
    if ctx.runtime is None:
        return None
    wanted = normal(distribution)
    for module in modules_of(distribution):
        for name, version in ctx.runtime.versions(module).items():
            if normal(name) == wanted:
                return _released(version)
    return None


def installed_for(ctx: Context, module: str) -> tuple[str, str | None] | None:
    """The one installed distribution that gives a module, and its version; None if several do, or none."""
    found = ctx.runtime.versions(module.partition(".")[0]) if ctx.runtime is not None else {}
    return next(((name, _released(version)) for name, version in found.items()), None) if len(found) == 1 else None


def _released(version: str) -> str | None:
    return version if _RELEASED.fullmatch(version) else None


def meets(version: str, requirement: str) -> bool:
    """Whether a version is one that a requirement ("pandas>=2,!=2.1") lets in."""
    here = _padded(version)
    for operator, text in _SPECIFIER.findall(requirement):
        other = _padded(text)
        fits = {
            "==": here == other, "===": here == other, "!=": here != other, ">=": here >= other, "<=": here <= other,
            ">": here > other, "<": here < other,
            "~=": here >= other and here[: len(release(text)) - 1] == other[: len(release(text)) - 1],
        }  # fmt: skip
        if not fits[operator]:
            return False
    return True


def _padded(version: str) -> tuple[int, ...]:
    numbers = release(version.partition("+")[0])
    return (*numbers, *(0,) * (4 - len(numbers)))
