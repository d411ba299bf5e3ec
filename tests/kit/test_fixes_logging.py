"""Loggers, prints turned into records, records behind boundaries."""

import pytest
from editing import call_of, context, edited, outcome

from nbprod.kit import BOUNDARIES
from nbprod.kit.fixes.logger import ensure_logger
from nbprod.kit.fixes.prints import print_to_log_fix
from nbprod.kit.fixes.run_logging import run_logging_fix

LOGGER = "import logging\nlogger = logging.getLogger()\n# %%\n"
SETUP = """\
import logging
import os

logging.basicConfig(
    level=os.environ.get("LOG_LEVEL", "INFO"),
    format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    force=True,
)
logger = logging.getLogger("example")"""


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("import logging\nlog = logging.getLogger()\n# %%\nf()", "log"),
        ("import logging as lg\nlg.info('start')\n# %%\nf()", "lg"),
        ("from logging import getLogger\nlog = getLogger()\n# %%\nlog.info('start')\nf()", "log"),
    ],
)
def test_the_logger_of_the_notebook_is_used(source, name):
    ctx = context(source)
    assert ensure_logger(ctx, before=call_of(ctx, "f")) == ([], name)


def test_a_logger_is_set_up_behind_the_imports():
    ctx = context("import re\n# %%\nf()")
    edits, name = ensure_logger(ctx, before=call_of(ctx, "f"))
    assert (name, edited(ctx, edits)) == ("logger", f"# %%\nimport re\n# %%\n{SETUP}\n# %%\nf()")


def test_a_logger_that_comes_later_lends_its_name():
    ctx = context("import re\n# %%\nf()\n# %%\nimport logging\nlogger = logging.getLogger('x')")
    assert ensure_logger(ctx, before=call_of(ctx, "f"))[1] == "logger"


def test_the_logger_of_a_library_is_not_taken():
    ctx = context("import logging, boto3\nlogging.basicConfig()\naws = logging.getLogger('boto3.x')\n# %%\nf()")
    edits, name = ensure_logger(ctx, before=call_of(ctx, "f"))
    assert name == "logger"
    assert edited(ctx, edits).startswith('# %%\nimport logging\n\nlogger = logging.getLogger("example")\n# %%\n')


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("from loguru import logger\n# %%\nf()", "%-arguments"),
        ("f()\n# %%\nimport logging\nlogging.basicConfig(level=10)", "set up only in cell 2"),
        ("os = 1\n# %%\nf()", "a name of the notebook's own"),
    ],
)
def test_no_logger_is_set_up_where_it_would_do_harm(source, reason):
    ctx = context(source)
    assert reason in outcome(ctx, lambda: ensure_logger(ctx, before=call_of(ctx, "f"))[0])


PRINTS = {
    "words and values": ('print("loaded", n, "rows")', 'logger.info("loaded %s rows", n)'),
    "an f-string": (
        "print(f'loaded {len(df)} rows from {path!r}')",
        'logger.info("loaded %d rows from %r", len(df), path)',
    ),
    "formats": (
        "print(f'took {t:.2f}s, {n:,} rows, {p:.1%}')",
        'logger.info("took %.2fs, %s rows, %s", t, format(n, ","), format(p, ".1%"))',
    ),
    "a debugging f-string": ("print(f'now {x=}')", 'logger.info("now x=%r", x)'),
    "braces and signs": ("print(f'{{set}} of {n} at 5%')", 'logger.info("{set} of %s at 5%%", n)'),
    "the % operator": ("print('rows %d of %s %%' % (n, m))", 'logger.info("rows %d of %s %%", n, m)'),
    "format": ("print('rows {} of {:.2f}, {0}'.format(n, m))", 'logger.info("rows %s of %.2f, %s", n, m, n)'),
    "a sum": ("print('rows: ' + str(n) + ' in all')", 'logger.info("rows: %s in all", n)'),
    "strings side by side": ("print('loaded ' f'{n} rows')", 'logger.info("loaded %s rows", n)'),
    "line breaks and quotes": (r"""print('\n"Done"\n\twith it\n')""", r'logger.info("\"Done\" with it")'),
    "a raw f-string": (r"print(rf'at \d{n} now')", r'logger.info("at \\d%s now", n)'),
    "quotes inside an f-string": ("""print(f"loaded {d['k']}")""", """logger.info("loaded %s", d['k'])"""),
    "a blank before the separator": ("print('loaded ', n)", 'logger.info("loaded %s", n)'),
    "bad news": ("print('could not read', path)", 'logger.warning("could not read %s", path)'),
    "several on a line": ("print('begin it'); print('end it')", 'logger.info("begin it"); logger.info("end it")'),
    "in a handler": (
        "try:\n    f()\nexcept Exception as e:\n    print('no luck:', e)",
        'try:\n    f()\nexcept Exception as e:\n    logger.exception("no luck: %s", e)',
    ),
    "what people wait for": (
        "try:\n    f()\nexcept FileExistsError:\n    print('it is there')",
        'try:\n    f()\nexcept FileExistsError:\n    logger.info("it is there")',
    ),
}


@pytest.mark.parametrize(("before", "after"), PRINTS.values(), ids=PRINTS)
def test_a_print_becomes_a_record_with_lazy_arguments(before, after):
    ctx = context(LOGGER + before)
    calls = [call for call in ctx.model.all_calls if call.name == "builtins.print"]
    assert edited(ctx, print_to_log_fix(ctx, calls).build()) == f"# %%\n{LOGGER}{after}"


@pytest.mark.parametrize(
    "source",
    [
        "print(x)",
        "print()",
        "print('-' * 50)",
        "print('begin', end='')",
        "print('begin it', file=f)",
        "print('begin it', *rest)",
        "print('%(a)s it' % values)",
        "print('{name} it'.format(name=1))",
        "print('two %s words' % (a, b))",
        "print(f'wide {x:{n}}')",
        "print('begin it',  # why\n      n)",
        "x = print('begin it')",
    ],
)
def test_a_print_that_shows_or_has_no_words_stays(source):
    ctx = context(LOGGER + source)
    calls = [call for call in ctx.model.all_calls if call.name == "builtins.print"]
    assert edited(ctx, print_to_log_fix(ctx, calls).build()) == f"# %%\n{LOGGER}{source}"


RECORDS = {
    "a table": ("df = pd.read_csv(path)", 'df = pd.read_csv(path)\nlogger.info("read %d rows from %s", len(df), path)'),
    "a constant": (
        "df = pd.read_csv('a b.csv')",
        "df = pd.read_csv('a b.csv')\nlogger.info(\"read %d rows from a b.csv\", len(df))",
    ),
    "a table that is written": (
        "df = pd.DataFrame()\ndf.to_csv(path)",
        'df = pd.DataFrame()\ndf.to_csv(path)\nlogger.info("wrote %d rows to %s", len(df), path)',
    ),
    "an f-string": (
        "df = pd.read_csv(f'{folder}/x.csv')",
        "df = pd.read_csv(f'{folder}/x.csv')\nlogger.info(\"read %d rows from %s/x.csv\", len(df), folder)",
    ),
    "what follows a check": (
        "r = requests.get(url)\nr.raise_for_status()\nx = 1",
        'r = requests.get(url)\nr.raise_for_status()\nlogger.info("requested %s", url)\nx = 1',
    ),
    "what a print says already": (
        "df = pd.read_csv(path)\nprint('loaded', len(df))",
        'df = pd.read_csv(path)\nlogger.info("loaded %d", len(df))',
    ),
    "a return": (
        "def f():\n    return pd.read_csv(p)\nf()",
        'def f():\n    logger.info("reading %s", p)\n    return pd.read_csv(p)\nf()',
    ),
    "what the cell shows": ("pd.read_csv(path)", 'logger.info("reading %s", path)\npd.read_csv(path)'),
    "a name of a comprehension": (
        "x = [pd.read_csv(p) for p in ps]",
        'x = [pd.read_csv(p) for p in ps]\nlogger.info("called pd.read_csv")',
    ),
    "a name that changes": (
        "x = pd.read_csv(x)",
        'x = pd.read_csv(x)\nlogger.info("called pd.read_csv: %d rows", len(x))',
    ),
    "a file": (
        "with open(p) as f:\n    x = json.load(f)",
        'with open(p) as f:\n    x = json.load(f)\nlogger.info("read %s", p)',
    ),
    "a block that ends the function": (
        "def g():\n    with open(p) as f:\n        return f.read()\ng()",
        'def g():\n    logger.info("reading %s", p)\n    with open(p) as f:\n        return f.read()\ng()',
    ),
    "an address with a key": (
        "r = requests.get('https://x.org/a?key=5')\nr",
        "r = requests.get('https://x.org/a?key=5')\nlogger.info(\"requested https://x.org/a\")\nr",
    ),
    "a database": (
        "c = sqlite3.connect('a.db')\nx = pd.read_sql('select 1', c)",
        """c = sqlite3.connect('a.db')
logger.info("connected to the database")
x = pd.read_sql('select 1', c)
logger.info("read %d rows from the database", len(x))""",
    ),
}


@pytest.mark.parametrize(("before", "after"), RECORDS.values(), ids=RECORDS)
def test_a_record_is_left_behind_each_boundary(before, after):
    imports = "import pandas as pd, requests, json, sqlite3, logging\nlogger = logging.getLogger()\n# %%\n"
    ctx = context(imports + before)
    plan = run_logging_fix(ctx, ctx.model.events_of(*BOUNDARIES), is_set_up=True)
    assert edited(ctx, plan.build()) == f"# %%\n{imports}{after}"
