"""Strategies for cell sources: lines that mean something to IPython, and lines that mean nothing to anybody."""

from hypothesis import strategies as st

LINES = (
    "x = 1",
    "if x:",
    "    y = 2",
    "%time f(x)",
    "%%time",
    "%%bash",
    "%%capture out",
    "%%unheard_of",
    "%matplotlib inline;",
    "    %cd ..",
    "!ls 'it",
    "    !pip install a \\",
    "files = !ls",
    "a, b = %sql select",
    "df.head?",
    "?print",
    "pip install pandas",
    "s = '''",
    "'''",
    "f(",
    "% 3)",
    "# ! % ?",
    "\f%pwd",
    ";",
    ">>> x",
    "é = '😀'",
    "\\",
    "",
)
BREAKS = ("\n", "\r\n", "\r", "\n\n", "\n\t", "\n    ")


def sources() -> st.SearchStrategy[str]:
    """Cells glued together from telling lines and from noise."""
    noise = st.text(alphabet="x=1%!?'\"\\#()[]{}\n\r\t \f\x0b\u2028é😀;:.", max_size=12)
    parts = st.lists(st.tuples(st.sampled_from(LINES) | noise, st.sampled_from(BREAKS)), max_size=8)
    return parts.map(lambda pairs: "".join(line + end for line, end in pairs))
