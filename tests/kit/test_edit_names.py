"""Names, imports and parameters: what a fix brings in collides with nothing."""

import pytest
from editing import context, edited, outcome, stmt_of

from nbprod.kit.edit import combine, ensure_import, fresh, hoist, move_to_parameters
from nbprod.protocol import InsertCell, SetMetadata


@pytest.mark.parametrize(
    "source",
    [
        "seed = 1",
        "print(seed)",
        "import seed",
        "import x as seed",
        "from seed import *",
        "def f(seed): pass",
        "lambda seed: 1",
        "try: pass\nexcept E as seed: pass",
        "match x:\n    case [*seed]: pass",
        "class seed: pass",
        "seed = !ls",
        "%store -r seed",
        "this does not parse: seed",
        "def f():\n    global seed",
    ],
)
def test_a_fresh_name_shadows_nothing(source):
    ctx = context(f"{source}\n# %%\nx = 1")
    assert fresh(ctx, "seed") == ("seed" if source == "from seed import *" else "seed_2")


def test_a_fresh_name_is_no_builtin_and_no_keyword():
    ctx = context("list_2 = 1")
    assert [fresh(ctx, wish) for wish in ("list", "class", "display", "other")] == [
        "list_3",
        "class_2",
        "display_2",
        "other",
    ]


IMPORTS = {
    # what is there before T: (source, name to write, notebook after)
    "it is there": ("import os\n# %%\nT", "os", None),
    "it is there under an alias": ("import os as system\n# %%\nT", "system", None),
    "it came with a submodule": ("import os.path\n# %%\nT", "os", None),
    "it stands earlier in the cell": ("import os\nT", "os", None),
    "there is no import": ("# a note\n\nT", "os", "# a note\n\nimport os\nT"),
    "a comment belongs to the statement": ("# load\nT", "os", "import os\n# load\nT"),
    "under a cell magic": ("%%time\nT", "os", "%%time\nimport os\nT"),
    "it comes too late": ("T\n# %%\nimport os", "os", "# %%\nimport os\nT\n# %%\nimport os"),
    "the block is not in order": (
        "import sys\nimport re\n# %%\nT",
        "os",
        "# %%\nimport sys\nimport re\nimport os\n# %%\nT",
    ),
    "the block is in order": (
        "import re\nimport sys\n# %%\nT",
        "os",
        "# %%\nimport os\nimport re\nimport sys\n# %%\nT",
    ),
    "the block is all of another origin": (
        "import numpy\nimport pandas\n# %%\nT",
        "os",
        "# %%\nimport numpy\nimport pandas\nimport os\n# %%\nT",
    ),
    "the block has groups": (
        "import re\nimport abc\n\nimport numpy\nimport pandas\n# %%\nT",
        "os",
        "# %%\nimport re\nimport abc\nimport os\n\nimport numpy\nimport pandas\n# %%\nT",
    ),
    "only the first block counts": (
        "%matplotlib inline\nimport re\nx = 1\nimport sys\n# %%\nT",
        "os",
        "# %%\n%matplotlib inline\nimport re\nimport os\nx = 1\nimport sys\n# %%\nT",
    ),
    "it may be missing": (
        "try:\n    import os\nexcept ImportError:\n    pass\n# %%\nT",
        "os",
        "# %%\ntry:\n    import os\nexcept ImportError:\n    pass\n# %%\nimport os\nT",
    ),
    "the name means something else": ("os = 1\n# %%\nT", "os_2", "# %%\nos = 1\n# %%\nimport os as os_2\nT"),
    "the import is lost again": (
        "import os\nos = 1\n# %%\nT",
        "os_2",
        "# %%\nimport os\nimport os as os_2\nos = 1\n# %%\nT",
    ),
}


@pytest.mark.parametrize(("source", "name", "after"), IMPORTS.values(), ids=IMPORTS)
def test_a_module_is_made_available(source, name, after):
    ctx = context(source)
    edits, local = ensure_import(ctx, "os", before=stmt_of(ctx))
    assert local == name
    assert edits == [] if after is None else edited(ctx, edits) == after


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("from pathlib import Path\n# %%\nT", "Path"),
        ("from pathlib import Path as P\n# %%\nT", "P"),
        ("import pathlib\n# %%\nT", "pathlib.Path"),
        ("import pathlib as pl\n# %%\nT", "pl.Path"),
    ],
)
def test_a_name_of_a_module_is_found_as_the_user_imported_it(source, name):
    ctx = context(source)
    assert ensure_import(ctx, "pathlib", "Path", before=stmt_of(ctx)) == ([], name)


def test_an_alias_that_the_code_already_uses_is_kept():
    ctx = context("import re\n# %%\nT = sns.plot()")
    edits, local = ensure_import(ctx, "seaborn", before=stmt_of(ctx), alias="sns")
    assert (local, edited(ctx, edits)) == ("sns", "# %%\nimport re\nimport seaborn as sns\n# %%\nT = sns.plot()")


def test_imports_of_several_helpers_stand_together():
    ctx = context("T")
    first, _ = ensure_import(ctx, "pathlib", "Path", before=stmt_of(ctx))
    second, _ = ensure_import(ctx, "os", before=stmt_of(ctx))
    assert edited(ctx, combine(first, second, first)) == "import os\nfrom pathlib import Path\nT"


# --- the parameters cell ---------------------------------------------------------------------------

PARAMETERS = {
    "behind the imports": ("import re\n# %%\nT", '# %%\nimport re\n# %% tags=["parameters"]\nA = "x"\n# %%\nT'),
    "below the title": (
        "# %% [markdown]\n# Title\n# %%\nT",
        '# %% [markdown]\n# Title\n# %% tags=["parameters"]\nA = "x"\n# %%\nT',
    ),
    "above the first heading": (
        "# %% [markdown]\n# Title\n# %% [markdown]\n## Load\n# %%\nT",
        '# %% [markdown]\n# Title\n# %% tags=["parameters"]\nA = "x"\n# %% [markdown]\n## Load\n# %%\nT',
    ),
    "extended": (
        '# %% tags=["parameters"]\nB = 1  # rows\n# %%\nT',
        '# %% tags=["parameters"]\nB = 1  # rows\nA = "x"\n# %%\nT',
    ),
    "in a cell of constants": (
        "B = 1\n# %%\ny = B + 1\n# %%\nT",
        '# %% tags=["parameters"]\nB = 1\nA = "x"\n# %%\ny = B + 1\n# %%\nT',
    ),
    "there already": ('# %% tags=["parameters"]\nA = "x"\n# %%\nT', None),
}  # fmt: skip


@pytest.mark.parametrize(("source", "after"), PARAMETERS.values(), ids=PARAMETERS)
def test_a_literal_becomes_a_parameter(source, after):
    ctx = context(source)
    edits, names = hoist(ctx, {"A": '"x"'}, before=stmt_of(ctx))
    assert names == {"A": "A"}
    assert edits == [] if after is None else edited(ctx, edits) == after


def test_a_parameter_of_another_value_is_used_only_if_shared():
    ctx = context('# %% tags=["parameters"]\nSEED = 7\n# %%\nT')
    assert hoist(ctx, {"SEED": "42"}, before=stmt_of(ctx), shared=True) == ([], {"SEED": "SEED"})
    edits, names = hoist(ctx, {"SEED": "42"}, before=stmt_of(ctx))
    assert names == {"SEED": "SEED_2"}
    assert "SEED = 7\nSEED_2 = 42" in edited(ctx, edits)


def test_parameters_do_not_come_back_in_time():
    ctx = context('T\n# %% tags=["parameters"]\nB = 1')
    assert outcome(ctx, lambda: hoist(ctx, {"A": "1"}, before=stmt_of(ctx))[0]).startswith("declined")


@pytest.mark.parametrize(
    ("source", "after"),
    [
        ("T = 'x'\nN = 2", "# %% tags=[\"parameters\"]\nT = 'x'\nN = 2"),
        ("import re\n# %%\nre.x\nT = 'x'", "# %%\nimport re\n# %% tags=[\"parameters\"]\nT = 'x'\n# %%\nre.x"),
    ],
)
def test_a_constant_of_the_user_becomes_a_parameter_under_its_own_name(source, after):
    ctx = context(source)
    assert edited(ctx, move_to_parameters(ctx, stmt_of(ctx))) == after


@pytest.mark.parametrize("source", ["T = 'x'\nT = 'y'", "if a:\n    T = 'x'", "T = f()", "T = 'x'  # why\nf()"])
def test_what_is_no_constant_of_its_own_stays(source):
    ctx = context(source)
    assert outcome(ctx, lambda: move_to_parameters(ctx, stmt_of(ctx))).startswith("declined")


def test_new_lines_of_two_fixes_share_the_parameters_cell():
    ctx = context("import re\n# %%\nT")
    first, _ = hoist(ctx, {"A": "1"}, before=stmt_of(ctx))
    second, _ = hoist(ctx, {"B": "2"}, before=stmt_of(ctx))
    assert combine(first, second) == [
        InsertCell(before=1, cell_type="code", source="A = 1\nB = 2", tags=("parameters",))
    ]


def test_a_cell_keeps_its_other_tags():
    ctx = context('# %% tags=["setup"]\nB = 1\n# %%\nT')
    edits, _ = hoist(ctx, {"A": "1"}, before=stmt_of(ctx))
    assert edits[0] == SetMetadata(cell=ctx.notebook.cell_ref(0), path=("tags",), value=["setup", "parameters"])
