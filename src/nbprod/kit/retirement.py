"""How to say that a library has taken something out, or is going to."""

from nbprod.kit.pins import Pin
from nbprod.kit.retired import Retired


def message_of(row: Retired, version: Pin | None, *, kept: bool) -> str:
    """What to say of something that was retired, where a version counts that may have `kept` it."""
    shown = _shown(row.name)
    here = f" (this kernel has {version.text})" if version is not None and version.live else ""
    if row.most is not None:
        since = row.removed or row.deprecated
        count = "only one argument" if row.most == 1 else f"only {row.most} arguments" if row.most else "no argument"
        return f"`{shown}` takes {count} by position since {row.library} {since}{here}: {row.advice}"
    if row.keyword:
        value = row.value or ""
        shown = f"{row.keyword}={value}` of `{shown.rpartition('.')[2] if not value else shown}"
    if not row.removed:
        return f"`{shown}` is deprecated since {row.library} {row.deprecated}{here}: {row.advice}"
    if kept and version is not None:
        kernel, pin = f"this kernel still has {version.text}", f"only the pin to {version.text} keeps it"
        here = f", and {kernel if version.live else pin}"
    return f"`{shown}` was removed in {row.library} {row.removed}{here}: {row.advice}"


def _shown(name: str) -> str:
    """A method by its class, everything else by its whole name."""
    parts = name.split(".")
    start = next((index for index, part in enumerate(parts[:-1]) if part[:1].isupper()), 0)
    return ".".join(parts[start:])
