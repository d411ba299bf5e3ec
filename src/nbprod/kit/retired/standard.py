"""The standard library, IPython and tqdm."""

ROWS = r"""
https://docs.python.org/3/whatsnew/3.8.html
time.clock | 3.3 | 3.8 | -> time.perf_counter
https://docs.python.org/3/whatsnew/3.10.html
collections.{Mapping,MutableMapping,Sequence,MutableSequence,Set,MutableSet,Iterable,Iterator,Callable,Hashable,
    Sized,Container,Generator,ByteString} | 3.3 | 3.10 | -> collections.abc.*
https://docs.python.org/3/whatsnew/3.11.html
inspect.getargspec | 3.0 | 3.11 | use `inspect.signature` or `inspect.getfullargspec`
https://docs.python.org/3/whatsnew/3.12.html
imp.reload | 3.4 | 3.12 | -> importlib.reload
imp.* | 3.4 | 3.12 | use `importlib`
distutils.* | 3.10 | 3.12 | use setuptools, packaging or `shutil`
asyncore.* | 3.6 | 3.12 | use asyncio
https://ipython.readthedocs.io/en/stable/whatsnew/version9.html
IPython.core.display.display | 7.14 | 9.0 | -> IPython.display.display
IPython.html.* | 4.0 | 4.0 | use the package ipywidgets
IPython.nbformat.* | 4.0 | 4.0 | use the package nbformat
IPython.parallel.* | 4.0 | 4.0 | use the package ipyparallel
IPython.kernel.* | 4.0 | 4.0 | use the package jupyter-client
https://github.com/tqdm/tqdm
tqdm.tqdm_notebook | 4.36 |  | -> tqdm.notebook.tqdm
tqdm.tnrange | 4.36 |  | -> tqdm.notebook.trange
tqdm._tqdm_notebook.* | 4.36 |  | -> tqdm.notebook.*
"""
