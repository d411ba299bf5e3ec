"""Looks into the running session: types, shapes and counts of what the user's names stand for, and never a value.

Nothing of the user's is called, compared, counted or shown unless its exact class is on the lists of `tables`,
`arrays` and `estimators`; libraries are looked up among the loaded modules and never imported.
"""

from nbprod.kernel.evidence.session import KernelWitness

__all__ = ["KernelWitness"]
