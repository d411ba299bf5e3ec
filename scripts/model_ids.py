"""Writes src/nbprod/kit/model_ids.py from the model lists in the newest SDKs of OpenAI and Anthropic.

With --check, only says whether the file is up to date. The SDKs are downloaded with pip and read, never run.
"""

import ast
import subprocess
import sys
import tempfile
import zipfile
from datetime import UTC, datetime
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src" / "nbprod" / "kit" / "model_ids.py"
LISTS = {
    "openai": ("openai/types/shared/chat_model.py", "openai/types/shared/all_models.py"),
    "anthropic": ("anthropic/types/model.py",),
}
DEPRECATED = "anthropic/resources/messages/messages.py"
HEADER = '"""The ids of models, as the SDKs list them. Written by scripts/model_ids.py: do not edit."""\n'


def download(package: str, folder: Path) -> Path:
    """The newest wheel of a package."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), package]
    subprocess.run(command, check=True)  # noqa: S603  -- our own arguments
    (wheel,) = folder.glob(f"{package}-*.whl")
    return wheel


def listed(source: str) -> list[str]:
    """The strings of all `Literal[...]` in a module, in order."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Subscript(value=ast.Name(id="Literal"), slice=ast.Tuple(elts=items)):
                found += [item.value for item in items if isinstance(item, ast.Constant)]
    return found


def deprecated(source: str) -> list[str]:
    """The keys of `DEPRECATED_MODELS`."""
    for node in ast.parse(source).body:
        match node:
            case ast.Assign(targets=[ast.Name(id="DEPRECATED_MODELS")], value=ast.Dict(keys=keys)):
                return [key.value for key in keys if isinstance(key, ast.Constant)]
    raise SystemExit("the SDK of Anthropic has no DEPRECATED_MODELS any more")


def lines_of(name: str, ids: list[str]) -> str:
    """A tuple as source."""
    body = "".join(f'    "{model}",\n' for model in dict.fromkeys(ids))
    return f"{name}: Final = (\n{body})\n"


def render() -> str:
    """The module, without its date."""
    models: list[str] = []
    versions = {}
    with tempfile.TemporaryDirectory() as folder:
        for package, paths in LISTS.items():
            wheel = download(package, Path(folder))
            versions[package] = wheel.name.split("-")[1]
            with zipfile.ZipFile(wheel) as archive:
                for path in paths:
                    models += listed(archive.read(path).decode())
                if package == "anthropic":
                    old = deprecated(archive.read(DEPRECATED).decode())
    read = "".join(f'    "{package}": "{version}",\n' for package, version in versions.items())
    return (
        f"PACKAGES: Final = {{\n{read}}}\n\n{lines_of('MODELS', [*models, *old])}"
        f'"""In the order of the lists."""\n\n{lines_of("DEPRECATED", old)}'
        '"""They still answer, or did not long ago: nothing new should be built on them."""\n'
    )


def main() -> int:
    """Write the file, or check it."""
    body = render()
    current = TARGET.read_text(encoding="utf-8") if TARGET.exists() else ""
    if current.endswith(body):
        return 0
    if "--check" in sys.argv[1:]:
        sys.stderr.write(f"{TARGET} is out of date: run python scripts/model_ids.py\n")
        return 1
    today = datetime.now(tz=UTC).date().isoformat()
    text = f'{HEADER}\nfrom typing import Final\n\nREAD: Final = "{today}"\n{body}'
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
