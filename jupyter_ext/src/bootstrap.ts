/**
 * Registers the comm target in a Python kernel.
 *
 * A file `nbprod.py`, `msgspec.py` or `libcst.py` beside the notebook must never run: the folder is on
 * the kernel's import path, so these three are found on the path without it. Nothing is bound in the
 * user's namespace. The text is constant: no cell's text is ever made into code.
 */
const LOADER = `
import os, sys
from importlib.machinery import PathFinder

class NbprodFinder:
    names = ("nbprod", "msgspec", "libcst")

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if path is not None or name not in cls.names:
            return None
        here = os.path.realpath(os.getcwd())
        return PathFinder.find_spec(name, [p for p in sys.path if p and os.path.realpath(p) != here])

if not any(getattr(finder, "__name__", "") == "NbprodFinder" for finder in sys.meta_path):
    sys.meta_path.insert(0, NbprodFinder)
spec = NbprodFinder.find_spec("nbprod")
if spec is None:
    raise ImportError("nbprod is not installed in this kernel")
loaded = sys.modules.get("nbprod")
if loaded is not None and getattr(loaded, "__file__", None) != spec.origin:
    raise ImportError("another module named nbprod is loaded in this kernel")
from nbprod.kernel import register
register()
`;

export const BOOTSTRAP = `exec(${JSON.stringify(LOADER)}, {"__name__": "nbprod_loader"})`;
