"""The examples on the rule's page are its tests; further cases stand here."""

from acme_nbprod.personal_schema import PersonalSchema

from nbprod.kit.testing import check_examples, findings, notebook_from


def test_the_examples_on_its_page() -> None:
    check_examples(PersonalSchema)


def test_it_names_the_owner() -> None:
    notebook = notebook_from('import pandas as pd\nframe = pd.read_sql("select * from SANDBOX_Bob.t", engine)')
    assert [found.message.split(":")[0] for found in findings(PersonalSchema, notebook)] == [
        "`SANDBOX_Bob.t` lies in the sandbox of Bob"
    ]
