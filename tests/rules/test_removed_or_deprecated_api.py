"""What examples can't show of removed-or-deprecated-api: several findings at one call."""

from nbprod.config import Settings
from nbprod.engine.check import check_notebook
from nbprod.kit.testing import notebook_from
from nbprod.rules.maintenance.removed_or_deprecated_api import RemovedOrDeprecatedApi


def test_each_argument_that_is_gone_is_told_of() -> None:
    notebook = notebook_from("from gensim.models import Word2Vec\nWord2Vec(sentences, size=100, iter=5, window=3)\n")
    found = check_notebook(notebook, [RemovedOrDeprecatedApi], Settings(rules={}), edits=False).findings
    assert sorted(item.message.partition(" of ")[0] for item in found) == ["`iter=`", "`size=`"]


def test_a_value_of_an_argument_is_told_of_once() -> None:
    notebook = notebook_from("from sklearn.preprocessing import OneHotEncoder\nOneHotEncoder(sparse=False)\n")
    found = check_notebook(notebook, [RemovedOrDeprecatedApi], Settings(rules={}), edits=False).findings
    assert len(found) == 1
