from collections.abc import Iterator
from typing import Any, ClassVar, Final

from nbprod.kit import Cell, Context, Diagnosis, Dimension, Notebook, Rule, Severities, Severity, Span, fixes, on
from nbprod.kit.saved_text import SavedText, saved_texts, text_bytes
from nbprod.kit.secrets import Secret, SecretScanner, allowed_hashes, may_hold_secret
from nbprod.kit.secrets.hints import hash_of, quoted

_ADVICE: Final = (
    "Revoke it where it was issued: whoever has, or had, this notebook can use it, and the history of the repository "
    "keeps it. Then clear the output, and print that the value is set rather than what it is."
)


class SecretInOutput(Rule):
    """A password, key or token stands in a saved output.

    ## Why is this bad?
    The code reads the key from the environment, as it should, and then a `print`, a traceback or the repr of a client
    shows it. Outputs are saved with the notebook: they go wherever it goes, and reviews of the code pass them over.

    ## Examples
    ```nb bad error
    # %%
    import os
    # %% prints="postgresql://reports:k7Vt2q9x@db.shop.internal/sales"
    print(os.environ["DATABASE_URL"])
    ```
    ```nb fixed unsafe
    # %%
    import os
    # %%
    print(os.environ["DATABASE_URL"])
    ```
    ```nb good
    # %% prints="postgresql://reports:***@db.shop.internal/sales"
    print(engine.url)
    # %% prints="sk-estimator-doc-link fitted sk-toggleable__label"
    print(html)
    ```

    ## What counts
    The forms that `hard-coded-secret` knows in any text: keys in the format of their provider, private keys, passwords
    in addresses, JSON web tokens. They are looked for in printed text, results as text or HTML, and tracebacks, without
    the codes that colour them. Names (`password: …`) are no evidence here.

    ## What keeps it quiet
    - placeholders, and what is masked;
    - the public half of a key (an AWS access key id) by itself;
    - all but the first and last part of a text of more than 120 kilobytes.

    As with `hard-coded-secret`, no ignore comment silences it. A value that protects nothing is allowed by its SHA-256,
    in the option `allow` of this rule or under `nbprod.secret-allow` in the notebook's metadata.

    ## Fix safety
    Unsafe: all outputs of the cell are cleared. That does not make the value secret again.

    ## References
    - CWE-532: insertion of sensitive information into log file
    - [OWASP: secrets management](https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html)
    """

    dimension = Dimension.TRUST
    severity = Severities(explore=Severity.ERROR, production=Severity.ERROR)
    since = "0.1"
    options: ClassVar[dict[str, Any]] = {"allow": []}

    @on(Notebook)
    def check(self, notebook: Notebook, ctx: Context) -> Iterator[Diagnosis]:
        everything = b"\n".join(data for cell in notebook.code_cells for data in text_bytes(cell))
        if not may_hold_secret(everything):  # one look at all is much quicker
            return
        for cell in notebook.code_cells:
            seen: set[str] = set()
            for saved in saved_texts(cell):
                if may_hold_secret(saved.ends):
                    yield from self._in_text(saved, cell, seen, ctx)

    def _in_text(self, saved: SavedText, cell: Cell, seen: set[str], ctx: Context) -> Iterator[Diagnosis]:
        """A finding for each secret that the cell has not shown before."""
        text = saved.text
        for secret in SecretScanner(text).in_text(text):
            value = text[secret.start : secret.end]
            if value in seen or secret.is_public_half:
                continue
            seen.add(value)
            allowed = allowed_hashes(ctx.notebook, ctx.options["allow"])
            if not allowed or hash_of(value) not in allowed:
                yield self._finding(saved, text, secret, cell, ctx)

    def _finding(self, saved: SavedText, text: str, secret: Secret, cell: Cell, ctx: Context) -> Diagnosis:
        value = text[secret.start : secret.end]
        shown = quoted(value)
        return self.finding(
            ctx,
            _place(saved, text, secret, cell),
            f"{secret.label} in the output of cell {ctx.number(cell.index)} ({shown}…, {len(value)} characters): "
            "whoever has the notebook can use it",
            fixes=[fixes.outputs.clear_fix(cell)],
            advice=_ADVICE,
            anchor=f"{secret.label} {cell.source.strip()}",
        )


def _place(saved: SavedText, text: str, secret: Secret, cell: Cell) -> Span:
    """Where a secret stands in the text of an output."""
    before, value = text[: secret.start], text[secret.start : secret.end]
    line = before.count("\n") + 1
    column = secret.start - before.rfind("\n")
    lines = value.count("\n")
    return Span(
        cell=cell.ref,
        start=secret.start,
        end=secret.end,
        line=line,
        column=column,
        end_line=line + lines,
        end_column=column + len(value) if not lines else len(value) - value.rfind("\n"),
        output=saved.output,
    )
