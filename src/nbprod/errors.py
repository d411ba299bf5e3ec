"""The exceptions of nbprod.

NbprodError
├── ReadError      a file that cannot be read as a notebook (exit code 1)
├── UsageError     bad arguments or a path that does not exist (exit code 2)
│   └── ConfigError    a bad configuration file (exit code 2)
├── EditConflict   edits that do not fit the notebook they are applied to
└── RuleError      a rule class that breaks the contract of `nbprod.kit`
"""


class NbprodError(Exception):
    """The base of all errors that nbprod raises on purpose; its text is meant for the user."""


class ReadError(NbprodError):
    """A file cannot be read as a notebook."""


class UsageError(NbprodError):
    """The command cannot be carried out as it was given."""


class ConfigError(UsageError):
    """A configuration file is wrong; the text names the file, the key and what to write."""


class EditConflict(NbprodError):  # noqa: N818  -- as the field calls it
    """Edits overlap, or do not fit the text they were made for."""


class RuleError(NbprodError):
    """A rule class breaks the contract of `nbprod.kit`."""
