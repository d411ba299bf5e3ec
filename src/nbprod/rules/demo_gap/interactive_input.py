from collections.abc import Iterator
from typing import Final

from nbprod.kit import Call, Context, Diagnosis, Dimension, Rule, Severities, Severity, fixes, on
from nbprod.kit.prompts import must_be_answered

_LOGIN: Final = Severities(explore=Severity.INFO, production=Severity.WARNING)
_HUGGING_FACE: Final = (
    "The Hugging Face libraries read the variable HF_TOKEN by themselves; `login(token=…)` takes one from elsewhere."
)
_PATH: Final = (
    "Read the file from a path that is a parameter of the notebook: the job that runs it puts the file there."
)


class InteractiveInput(Rule):
    """A prompt waits for somebody who is not there.

    ## Why is this bad?
    A job has no keyboard. Under papermill, nbconvert and most schedulers `input()` fails at once
    (`StdinNotImplementedError`); where a terminal is attached it waits until the job is killed. An upload widget just
    stays empty, and the cells after it fail.

    ## Examples
    ```nb bad error
    # %%
    import pandas as pd
    # %%
    region = input("Region: ")
    orders = pd.read_csv(f"orders-{region}.csv")
    ```
    ```nb fixed unsafe
    # %%
    import pandas as pd
    import os
    # %%
    region = os.environ["REGION"]
    orders = pd.read_csv(f"orders-{region}.csv")
    ```
    ```nb bad
    import os
    from getpass import getpass
    os.environ["OPENAI_API_KEY"] = getpass("OpenAI key: ")
    ```
    ```nb fixed unsafe
    import os
    from getpass import getpass
    if "OPENAI_API_KEY" not in os.environ:
        raise RuntimeError("set OPENAI_API_KEY in the environment of this notebook")
    ```
    ```nb bad info explore
    from google.colab import files
    uploaded = files.upload()
    ```
    A login that asks for a token in the page is a warning: the token may be there already.
    ```nb bad warning
    from huggingface_hub import notebook_login
    notebook_login()
    ```
    ```nb good
    import os
    from getpass import getpass
    key = os.environ.get("OPENAI_API_KEY") or getpass("OpenAI key: ")
    if "PINECONE_API_KEY" not in os.environ:
        os.environ["PINECONE_API_KEY"] = getpass()
    ```

    ## What keeps it quiet
    - a prompt that is only the way out when the environment, a parameter or a file does not hold the answer;
    - `except EOFError`, for a run that has nobody to ask;
    - what runs on one platform only (`if "google.colab" in sys.modules:`);
    - functions that nobody calls.

    ## Fix safety
    Unsafe: the run now needs the variable, and fails with its name where it is missing. What is asked for in a loop or
    a function, and files to be uploaded, are left to you.

    ## References
    - [Jupyter client: stdin messages](https://jupyter-client.readthedocs.io/en/stable/messaging.html#messages-on-the-stdin-router-dealer-channel)
    - [The twelve-factor app: config](https://12factor.net/config)
    """

    dimension = Dimension.DEMO_GAP
    severity = Severities(explore=Severity.INFO, production=Severity.ERROR)
    since = "0.1"

    @on("builtins.input", "getpass.getpass", "click.prompt", "click.confirm", "typer.prompt", "typer.confirm")
    def check_prompt(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        if must_be_answered(call, ctx):
            message = f"`{ctx.text(call)}` waits for somebody to type: an unattended run fails or hangs here"
            plan = fixes.prompts.environment_fix(ctx, call)
            yield self.finding(ctx, call, message, fixes=[plan] if plan is not None else [])

    @on(
        "google.colab.files.upload",
        "ipywidgets.FileUpload",
        "ipywidgets.widgets.FileUpload",
        "tkinter.filedialog.askopenfilename",
        "tkinter.filedialog.askopenfilenames",
        "tkinter.filedialog.askdirectory",
        "tkinter.simpledialog.askstring",
    )
    def check_upload(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        if must_be_answered(call, ctx):
            message = f"`{ctx.text(call)}` waits for somebody to choose a file: an unattended run has none"
            yield self.finding(ctx, call, message, advice=_PATH)

    @on("huggingface_hub.notebook_login", "huggingface_hub.interpreter_login")
    def check_login(self, call: Call, ctx: Context) -> Iterator[Diagnosis]:
        if must_be_answered(call, ctx):
            message = f"`{ctx.text(call)}` asks somebody for a token: an unattended run has nobody to give one"
            yield self.finding(ctx, call, message, severity=_LOGIN, advice=_HUGGING_FACE)
