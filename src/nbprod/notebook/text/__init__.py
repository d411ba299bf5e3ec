"""Notebooks that are Python files: percent format, jupytext's light format, Databricks source.

A file becomes the same `Notebook` as an .ipynb; its `TextMap` remembers which line of the file each line of a cell
came from. So the same rules look at it, and edits are written back into those lines and no others (`splicing`).
Nothing of this is loaded for an .ipynb.
"""

SUFFIX = ".py"
"""What the names of notebooks that are Python files end with."""
