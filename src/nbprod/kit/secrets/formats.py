"""The formats of providers' keys: prefix, characters, length, and a checksum where there is one."""

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

from msgspec import Struct

from nbprod.kit.secrets.judge import is_random
from nbprod.patterns import lazy_pattern, one_of


class Secret(Struct, frozen=True):
    """A credential in a text.

    Attributes:
        start: Where it starts.
        end: Where it ends.
        label: What it is, for a message: "OpenAI API key".
        variable: The environment variable that it is usually read from, if there is one.
        name: The name that it was given, where that is what gives it away.
    """

    start: int
    end: int
    label: str
    variable: str | None = None
    name: str | None = None

    @property
    def is_address(self) -> bool:
        """Whether it is the password in an address: then the address as a whole is to be kept elsewhere."""
        return self.label.startswith("password in a ")

    @property
    def is_public_half(self) -> bool:
        """Whether it only names an account's key, and is worth little without the secret that belongs to it."""
        return self.variable == "AWS_ACCESS_KEY_ID"


Check = Callable[[str], bool]


class Format(Struct, frozen=True):
    """How the keys of a provider look.

    `markers` are literals of which every such key holds one; the pattern, which may put the secret
    part into its group 1, is compiled and tried only where one of them stands.
    """

    label: str
    variable: str | None
    markers: tuple[str, ...]
    pattern: str
    check: Check = is_random

    def find(self, text: str) -> Iterator[Secret]:
        """The keys of this format in a text."""
        for found in _compiled(self.pattern).finditer(text):
            group = 1 if found.re.groups else 0
            if self.check(found[group]):
                yield Secret(*found.span(group), self.label, self.variable)


def long_words(text: str) -> str:
    """What keys can stand in: the words of a text that are long enough, pictures left out."""
    words = "\n".join([word for word in text.split() if len(word) >= _SHORTEST])
    return _EMBEDDED.sub("", words) if "base64," in words else words


def formats_in(words: str) -> list[Format]:
    """The formats of which the long words of a text hold a marker: all that need to be looked for in it."""
    if not _any_marker().search(words):
        return []
    return [kind for kind in FORMATS if any(marker in words for marker in kind.markers)]


def any_marker() -> str:
    """A pattern of which a text holds no match when it holds the marker of no format."""
    return one_of(marker for kind in FORMATS for marker in kind.markers)


@cache
def _any_marker() -> re.Pattern[str]:
    return re.compile(any_marker())


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """With boundaries: `mask-rcnn_swin` holds no `sk-` key."""
    return re.compile(rf"(?<![A-Za-z0-9_-])(?:{pattern})(?![A-Za-z0-9_-])")


_EMBEDDED: Final = lazy_pattern(r"base64,[A-Za-z0-9+/=]{200,}+")
"""Pictures in Markdown: often most of a notebook's text."""

_SHORTEST: Final = 20
"""No key, marker included, is shorter: most of a text need not be looked at."""

_BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def has_checksum(token: str) -> bool:
    """Whether the last six characters are the CRC-32 of the thirty before, as GitHub and npm write it."""
    body = token.partition("_")[2]
    from zlib import crc32  # noqa: PLC0415 - only for what looks like a token

    number, digits = crc32(body[:30].encode()), ""
    while number:
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return is_random(token) and body[30:] == digits.rjust(6, "0")


def is_access_key_id(text: str) -> bool:
    """Whether an AWS access key id is none of the documentation's."""
    return is_random(text) and not text.endswith("EXAMPLE")


_HEX: Final = "[0-9a-f]"
_WORD: Final = "[A-Za-z0-9]"
_ANY: Final = "[A-Za-z0-9_-]"

FORMATS: Final = (
    # language models
    Format("Anthropic API key", "ANTHROPIC_API_KEY", ("sk-ant-",), rf"sk-ant-(?:api|admin)\d\d-{_ANY}{{93}}AA"),
    Format("OpenRouter API key", "OPENROUTER_API_KEY", ("sk-or-v1-",), rf"sk-or-v1-{_HEX}{{64}}"),
    Format(
        "OpenAI API key",
        "OPENAI_API_KEY",
        ("T3BlbkFJ",),
        rf"sk-(?:proj-)?{_WORD}{{20}}T3BlbkFJ{_WORD}{{20}}"
        rf"|sk-(?:proj|svcacct|admin)-(?:{_ANY}{{58}}|{_ANY}{{74}})T3BlbkFJ(?:{_ANY}{{58}}|{_ANY}{{74}})",
    ),
    Format("API key", None, ("sk-",), rf"sk-(?:{_WORD}{{48}}|{_HEX}{{32}})"),
    Format("Hugging Face token", "HF_TOKEN", ("hf_",), rf"hf_{_WORD}{{34}}"),
    Format("Groq API key", "GROQ_API_KEY", ("gsk_",), rf"gsk_{_WORD}{{52}}"),
    Format("Replicate API token", "REPLICATE_API_TOKEN", ("r8_",), rf"r8_{_WORD}{{37}}"),
    Format("Perplexity API key", "PPLX_API_KEY", ("pplx-",), rf"pplx-{_WORD}{{48}}"),
    Format("xAI API key", "XAI_API_KEY", ("xai-",), rf"xai-{_WORD}{{80}}"),
    Format("NVIDIA API key", "NVIDIA_API_KEY", ("nvapi-",), rf"nvapi-{_ANY}{{64}}"),
    Format("Pinecone API key", "PINECONE_API_KEY", ("pcsk_",), rf"pcsk_{_WORD}{{5,6}}_{_WORD}{{55,70}}"),
    Format("LangSmith API key", "LANGSMITH_API_KEY", ("lsv2_",), rf"lsv2_(?:pt|sk)_{_HEX}{{32}}_{_HEX}{{10}}"),
    Format("LangSmith API key", "LANGSMITH_API_KEY", ("ls__",), rf"ls__{_HEX}{{32}}"),
    Format("Tavily API key", "TAVILY_API_KEY", ("tvly-",), rf"tvly-(?:dev-|prod-)?{_WORD}{{32}}"),
    Format("LlamaCloud API key", "LLAMA_CLOUD_API_KEY", ("llx-",), rf"llx-{_WORD}{{48}}"),
    Format("Firecrawl API key", "FIRECRAWL_API_KEY", ("fc-",), rf"fc-{_HEX}{{32}}"),
    Format("Kaggle API token", "KAGGLE_API_TOKEN", ("KGAT_",), rf"KGAT_{_HEX}{{32}}"),
    # clouds
    Format("AWS access key id", "AWS_ACCESS_KEY_ID", ("AKIA", "ASIA"), r"(?:AKIA|ASIA)[A-Z2-7]{16}", is_access_key_id),
    Format("Amazon Bedrock API key", "AWS_BEARER_TOKEN_BEDROCK", ("ABSK",), r"ABSK[A-Za-z0-9+/]{109,269}={0,2}"),
    Format("Google API key", "GOOGLE_API_KEY", ("AIza",), rf"AIza{_ANY}{{35}}"),
    Format("Google OAuth client secret", "GOOGLE_CLIENT_SECRET", ("GOCSPX-",), rf"GOCSPX-{_ANY}{{28}}"),
    Format("Azure storage account key", "AZURE_STORAGE_KEY", ("AccountKey=",), r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    Format("Azure client secret", "AZURE_CLIENT_SECRET", ("Q~",), r"[A-Za-z0-9_.~]{3}\dQ~[A-Za-z0-9_.~-]{31,34}"),
    Format("DigitalOcean token", "DIGITALOCEAN_TOKEN", ("_v1_",), rf"do[opr]_v1_{_HEX}{{64}}"),
    Format("Databricks token", "DATABRICKS_TOKEN", ("dapi",), rf"dapi{_HEX}{{32}}(?:-\d)?"),
    # code and its packages
    Format("GitHub token", "GITHUB_TOKEN", ("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), rf"gh[pousr]_{_WORD}{{36}}",
           has_checksum),
    Format("GitHub token", "GITHUB_TOKEN", ("github_pat_",), rf"github_pat_{_WORD}{{22}}_{_WORD}{{59}}"),
    Format("GitLab token", "GITLAB_TOKEN", ("glpat-",), rf"glpat-{_ANY}{{20}}"),
    Format("npm token", "NPM_TOKEN", ("npm_",), rf"npm_{_WORD}{{36}}", has_checksum),
    Format("PyPI token", "PYPI_TOKEN", ("pypi-AgEIcHlwaS5vcmc",), rf"pypi-AgEIcHlwaS5vcmc{_ANY}{{50,}}"),
    # services
    Format("Slack token", "SLACK_BOT_TOKEN", ("xoxb-",), rf"xoxb-\d{{10,13}}-\d{{10,13}}-{_WORD}{{24}}"),
    Format("Slack token", "SLACK_TOKEN", ("xoxp-", "xoxe-"), rf"xox[pe](?:-\d{{10,13}}){{3}}-{_WORD}{{28,34}}"),
    Format("Slack webhook", "SLACK_WEBHOOK_URL", ("hooks.slack.com/",),
           rf"https://hooks\.slack\.com/services/(T{_WORD}{{8,12}}/B{_WORD}{{8,12}}/{_WORD}{{24}})"),
    Format("Discord webhook", "DISCORD_WEBHOOK_URL", ("/api/webhooks/",),
           rf"https://discord(?:app)?\.com/api/webhooks/(\d{{17,20}}/{_ANY}{{60,72}})"),
    Format("Telegram bot token", "TELEGRAM_BOT_TOKEN", (":AA",), rf"\d{{8,10}}:AA{_ANY}{{33}}"),
    Format("Stripe secret key", "STRIPE_SECRET_KEY", ("k_live_",), rf"[sr]k_live_{_WORD}{{24,99}}"),
    Format("SendGrid API key", "SENDGRID_API_KEY", ("SG.",), rf"SG\.{_ANY}{{22}}\.{_ANY}{{43}}"),
    Format("Notion token", "NOTION_TOKEN", ("ntn_",), rf"ntn_\d{{11}}{_WORD}{{35}}"),
    Format("Mapbox secret token", "MAPBOX_ACCESS_TOKEN", ("sk.eyJ",), rf"sk\.eyJ{_ANY}{{40,}}\.{_ANY}{{22}}"),
    Format("Grafana token", "GRAFANA_TOKEN", ("glsa_",), rf"glsa_{_WORD}{{32}}_[0-9A-Fa-f]{{8}}"),
    Format("Vault token", "VAULT_TOKEN", ("hvs.",), rf"hvs\.{_ANY}{{90,120}}"),
    Format("Postman API key", "POSTMAN_API_KEY", ("PMAK-",), rf"PMAK-{_HEX}{{24}}-{_HEX}{{34}}"),
    Format("Shopify token", "SHOPIFY_TOKEN", ("shpat_", "shpca_", "shppa_", "shpss_"),
           r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    Format("Supabase token", "SUPABASE_ACCESS_TOKEN", ("sbp_",), rf"sbp_{_HEX}{{40}}"),
)  # fmt: skip
