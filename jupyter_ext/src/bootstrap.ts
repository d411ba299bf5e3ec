/**
 * Registers the comm target in a Python kernel.
 *
 * A file `nbprod.py` or `msgspec.py` beside the notebook must never run: the notebook's folder is on the
 * kernel's import path, before the installed packages. So whatever nbprod imports, or a package that it
 * imports, is looked for on the path without that folder; the user's own imports are found as ever.
 * Nothing is bound in the user's namespace. The text is constant: no cell's text is ever made into code.
 */
const LOADER = `
import os, sys
from importlib.machinery import PathFinder

class NbprodFinder:
    ours = {"nbprod", "nbprod_loader"}

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if path is not None or name in sys.stdlib_module_names or cls.importer() not in cls.ours:
            return None
        spec = cls.elsewhere(name)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r} outside of the notebook's folder", name=name)
        cls.ours.add(name)
        return spec

    @staticmethod
    def importer():
        frame = sys._getframe(2)
        while frame and frame.f_globals.get("__name__", "").lstrip("_").startswith(("importlib", "frozen_importlib")):
            frame = frame.f_back
        return frame.f_globals.get("__name__", "").partition(".")[0] if frame else ""

    @classmethod
    def elsewhere(cls, name):
        here = os.path.realpath(os.getcwd())
        for finder in sys.meta_path:
            if finder in (cls, PathFinder) or getattr(finder, "__name__", "") == "NbprodFinder":
                continue
            spec = finder.find_spec(name, None) if hasattr(finder, "find_spec") else None
            if spec is not None:
                return spec
        return PathFinder.find_spec(name, [p for p in sys.path if p and os.path.realpath(p) != here])

if not any(getattr(finder, "__name__", "") == "NbprodFinder" for finder in sys.meta_path):
    sys.meta_path.insert(0, NbprodFinder)
spec = NbprodFinder.elsewhere("nbprod")
if spec is None:
    raise ImportError("nbprod is not installed in this kernel")
loaded = sys.modules.get("nbprod")
if loaded is not None and getattr(loaded, "__file__", None) != spec.origin:
    raise ImportError("another module named nbprod is loaded in this kernel")
from nbprod.kernel import register
register()
`;

export const BOOTSTRAP = `exec(${JSON.stringify(LOADER)}, {"__name__": "nbprod_loader"})`;
