"""Credentials are found by format, structure and name; what only looks like one is left alone.

Every credential here is made up on the spot from parts, so that no scanner takes this file for a leak.
"""

import json
import random
import string
from base64 import urlsafe_b64encode
from zlib import crc32

import pytest

from nbprod.kit.secrets import SecretScanner
from nbprod.kit.secrets.formats import FORMATS, has_checksum
from nbprod.notebook import cell_notebook

HEX = "0123456789abcdef"
WORD = string.ascii_letters + string.digits
ANY = WORD + "_-"
UPPER = string.ascii_uppercase + "234567"


def some(count: int, characters: str = WORD, seed: int = 7) -> str:
    """Characters that nobody would type."""
    return "".join(random.Random(f"{seed}{count}").choices(characters, k=count))


def labels(source: str) -> list[str]:
    return [secret.label for secret in SecretScanner(source).in_code(source)]


def texts(source: str) -> list[str]:
    return [source[secret.start : secret.end] for secret in SecretScanner(source).in_code(source)]


KEYS = {
    "Anthropic API key": "sk-" + "ant-api03-" + some(93, ANY) + "AA",
    "OpenRouter API key": "sk-" + "or-v1-" + some(64, HEX),
    "OpenAI API key": "sk-" + some(20) + "T3Blbk" + "FJ" + some(20, seed=2),
    "API key": "sk-" + some(48),
    "Hugging Face token": "hf" + "_" + some(34),
    "Groq API key": "gsk" + "_" + some(52),
    "Replicate API token": "r8" + "_" + some(37),
    "Perplexity API key": "pplx" + "-" + some(48),
    "xAI API key": "xai" + "-" + some(80),
    "NVIDIA API key": "nvapi" + "-" + some(64, ANY),
    "Pinecone API key": "pcsk" + "_" + some(6) + "_" + some(63),
    "LangSmith API key": "lsv2" + "_pt_" + some(32, HEX) + "_" + some(10, HEX),
    "Tavily API key": "tvly" + "-dev-" + some(32),
    "LlamaCloud API key": "llx" + "-" + some(48),
    "Firecrawl API key": "fc" + "-" + some(32, HEX),
    "Kaggle API token": "KGAT" + "_" + some(32, HEX),
    "AWS access key id": "AKIA" + some(16, UPPER),
    "Amazon Bedrock API key": "ABSK" + some(120),
    "Google API key": "AIza" + some(35, ANY),
    "Google OAuth client secret": "GOCSPX" + "-" + some(28, ANY),
    "Azure storage account key": "AccountKey" + "=" + some(86) + "==",
    "Azure client secret": some(3) + "8Q~" + some(34),
    "DigitalOcean token": "dop" + "_v1_" + some(64, HEX),
    "Databricks token": "dapi" + some(32, HEX),
    "GitLab token": "glpat" + "-" + some(20),
    "PyPI token": "pypi-" + "AgEIcHlwaS5vcmc" + some(80, ANY),
    "Slack token": "xoxb" + "-" + some(12, "123456789") + "-" + some(13, "123456789") + "-" + some(24),
    "Slack webhook": "https://hooks.slack.com/services/T" + some(10, UPPER) + "/B" + some(11, UPPER) + "/" + some(24),
    "Discord webhook": "https://discord" + ".com/api/webhooks/" + some(18, "123456789") + "/" + some(68),
    "Telegram bot token": some(10, "123456789") + ":AA" + some(33, ANY),
    "Stripe secret key": "sk" + "_live_" + some(40),
    "SendGrid API key": "SG" + "." + some(22, ANY) + "." + some(43, ANY),
    "Notion token": "ntn" + "_" + some(11, "123456789") + some(35),
    "Mapbox secret token": "sk" + ".eyJ" + some(70) + "." + some(22),
    "Grafana token": "glsa" + "_" + some(32) + "_" + some(8, HEX),
    "Vault token": "hvs" + "." + some(95),
    "Postman API key": "PMAK" + "-" + some(24, HEX) + "-" + some(34, HEX),
    "Shopify token": "shpat" + "_" + some(32, HEX),
    "Supabase token": "sbp" + "_" + some(40, HEX),
}


def test_every_format_has_a_case() -> None:
    checked_below = {"GitHub token", "npm token"}
    assert {kind.label for kind in FORMATS} == KEYS.keys() | checked_below


@pytest.mark.parametrize("label", KEYS)
def test_a_key_is_known_by_its_format(label: str) -> None:
    key = KEYS[label]
    assert labels(f"x = f({key!r})") == [label]
    assert [secret.label for secret in SecretScanner(key).in_text(f"Log in with `{key}`.")] == [label]


@pytest.mark.parametrize("label", KEYS)
def test_part_of_a_longer_word_is_no_key(label: str) -> None:
    key = KEYS[label]
    assert label not in labels(f"x = 'a{key}'")
    assert label not in labels(f"x = '{key}_{some(200)}'") or key.startswith(("pypi", "https"))


@pytest.mark.parametrize("label", KEYS)
def test_a_key_with_one_letter_everywhere_is_a_placeholder(label: str) -> None:
    key = "".join("x" if char.isalnum() and index > 12 else char for index, char in enumerate(KEYS[label]))
    assert labels(f"f({key!r})") == []


def with_checksum(prefix: str) -> str:
    """A token whose last six characters hold the checksum of the thirty before: nobody has one by chance."""
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    body, number, check = some(30), crc32(some(30).encode()), ""
    while number:
        number, digit = divmod(number, 62)
        check = digits[digit] + check
    return f"{prefix}_{body}{check.rjust(6, '0')}"


@pytest.mark.parametrize(("prefix", "label"), [("gh" + "p", "GitHub token"), ("np" + "m", "npm token")])
def test_a_checksum_must_fit(prefix: str, label: str) -> None:
    token = with_checksum(prefix)
    assert labels(f"f({token!r})") == [label]
    assert labels(f"f({token[:-1] + ('a' if token[-1] != 'a' else 'b')!r})") == []


def test_the_checksum_is_that_of_githubs_own_example() -> None:
    assert has_checksum("gh" + "p_" + "zQWBuTSOoRi4A9spHcVY5ncnsDkxkJ" + "0mLq17")


def test_a_key_wrapped_in_a_comment_a_magic_or_an_f_string_is_found() -> None:
    key = KEYS["Google API key"]
    for source in (f"# old: {key}", f"%env KEY={key}", f'f"https://x.org/?key={key}&q={{query}}"', f"!curl -H {key}"):
        assert texts(source) == [key]


def test_a_private_key_is_found_whole() -> None:
    body = "\\n".join(some(64, seed=seed) for seed in range(6))
    found = texts(f'key = "-----BEGIN {"PRIVATE"} KEY-----\\n{body}\\n-----END {"PRIVATE"} KEY-----\\n"')
    assert len(found) == 1
    assert body in found[0]


@pytest.mark.parametrize("body", ["...", "YOUR KEY HERE", "MIIEvQIBADANB...", "x" * 200])
def test_a_private_key_without_its_content_is_none(body: str) -> None:
    assert labels(f'"-----BEGIN {"PRIVATE"} KEY-----\\n{body}\\n-----END {"PRIVATE"} KEY-----"') == []


def signed(header: dict[str, str], payload: dict[str, str]) -> str:
    parts = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (header, payload))
    return ".".join([*parts, some(43, ANY)])


def test_a_signed_token_is_known_by_its_content() -> None:
    token = signed({"alg": "HS256"}, {"sub": "reports", "exp": "1900000000"})
    assert labels(f"headers = {{'Authorization': 'Bearer {token}'}}") == ["JSON web token"]


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        ({"alg": "HS256"}, {"sub": "1234567890", "name": "John Doe"}),  # of the manuals
        ({"alg": "HS256"}, {"role": "anon"}),  # made for browsers
        ({"kind": "none"}, {"sub": "reports"}),
    ],
)
def test_other_signed_tokens_are_left_alone(header: dict[str, str], payload: dict[str, str]) -> None:
    token = signed(header, payload)
    assert SecretScanner(token).in_text(token) == []


@pytest.mark.parametrize("scheme", ["postgresql+psycopg2", "mongodb+srv", "https", "amqp"])
@pytest.mark.parametrize("password", [some(9), "P@ssw0rd123", "password123"])
def test_a_password_in_an_address_is_found(scheme: str, password: str) -> None:
    assert texts(f'engine = f("{scheme}://reports:{password}@db.shop.internal:5432/sales")') == [password]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://user:password@host:5432/db",
        "postgresql://postgres:postgres@db.shop.internal/db",
        "postgresql://reports:{password}@db.shop.internal/db",
        "postgresql://reports:<password>@db.shop.internal/db",
        "postgresql://reports:$PASSWORD@db.shop.internal/db",
        "postgresql://reports:adminsecret@db.shop.internal/db",
        "postgresql://alex:AbC123dEf@db.shop.internal/db",
        "postgresql://reports:" + some(9) + "@localhost:5432/db",
        "https://shop.internal:8080/a@b",
        "git+ssh://git@github.com/shop/tools.git",
        "https://0123abcd@o1.ingest.sentry.io/1",
    ],
)
def test_an_address_without_a_password_is_left_alone(address: str) -> None:
    assert labels(f'connect("{address}")') == []


def test_a_key_in_the_query_of_an_address_is_found() -> None:
    key = some(32, HEX)
    assert texts(f'get("https://api.weather.example/v1?q=x&appid={key}&units=m")') == [key]
    assert labels('get("https://tiles.example/v1?access_token=pk.' + some(60) + '")') == []


PASSWORD = "k7Vt" + "2q9x!"
KEY = some(32, HEX)


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (f'password = "{PASSWORD}"', PASSWORD),
        ('password = "password123"', "password123"),
        ('password = "admin123"', "admin123"),
        ('api_key = "sk-0123456789abcdefghij"', "sk-0123456789abcdefghij"),
        (f'self.db_password: str = "{PASSWORD}"', PASSWORD),
        (f'connect(host="h", pwd="{PASSWORD}")', PASSWORD),
        (f'config = {{"user": "u", "smtp_pass": "{PASSWORD}"}}', PASSWORD),
        (f'if given == "x" or password == "{PASSWORD}": pass', PASSWORD),
        (f'r.get(url, auth=("reports", "{PASSWORD}"))', PASSWORD),
        (f'HTTPBasicAuth("reports", "{PASSWORD}")', PASSWORD),
        (f'api_key = "{KEY}"', KEY),
        (f'openAIKey = "{KEY}"', KEY),
        (f'openai.api_key = "{KEY}"', KEY),
        (f'headers = {{"Ocp-Apim-Subscription-Key": "{KEY}"}}', KEY),
        (f'headers = {{"Authorization": "Bearer {KEY}"}}', KEY),
        (f'os.environ["WEATHER_API_KEY"] = "{KEY}"', KEY),
        (f'os.getenv("WEATHER_API_KEY", "{KEY}")', KEY),
        (f"%env WEATHER_API_KEY={KEY}", KEY),
        (f"!export API_TOKEN={KEY}", KEY),
        (f"!ngrok authtoken {KEY}", KEY),
        (f"!tool login --token {KEY}", KEY),
        (f'wandb.login(key="{some(40, HEX)}")', some(40, HEX)),
        (f'cohere.Client("{some(40)}")', some(40)),
        (f'json.dump({{"username": "u", "key": "{KEY}"}}, f)', KEY),
        (f'aws_secret_access_key = "{some(40)}"', some(40)),
    ],
)
def test_a_name_gives_a_secret_away(source: str, value: str) -> None:
    assert texts(source) == [value]


@pytest.mark.parametrize(
    "source",
    [
        'api_key = "YOUR_API_KEY"',
        'api_key = "OPENAI_API_KEY"',
        'api_key = "<your key here>"',
        'api_key = "your-api-key-123456"',
        'api_key = "EXAMPLE_API_KEY_12345"',
        'api_key = "xxxxxxxxxxxxxxxx1234"',
        'api_key = "sk-***************99"',
        'api_key = "sk-proj-..."',
        'api_key = "0123456789abcdef0123456789abcdef"',
        'api_key = "abcd1234abcd1234abcd1234"',
        'api_key = "🔑🔑🔑 1234567890abc 🔑🔑🔑"',
        'api_key = "my secret key number 17"',
        'api_key = os.environ["OPENAI_API_KEY_2024"]',
        'api_key = keyring.get_password("service-1", "user-2024x")',
        'api_key = f"{PREFIX}-{NUMBER}-2024xyz99"',
        'password = "changeme99"',
        'client_secret = "[UPDATE_CLIENT_SECRET_1]"',
        'password = "passwords"',
        'api_key = "test-4711-key-of-a-demo"',
        'password = getpass("Password-2024 please")',
        'password = "secrets/db/prod-2024.txt"',
        'password = "$2b$12$abcdefghijklmnopqrstuv"',
        'password_hash = "5f4dcc3b5aa765d61d8327deb882cf99"',
        'secret_name = "projects/4711/secrets/db/versions/2"',
        'tokenizer.pad_token = "<|pad_7g2k|>"',
        'next_page_token = "CiAKGjBpNDd2Nmp2Zml2cXRwYjBpOXA"',
        'token_pattern = r"(?u)[a-z0-9]{2,}"',
        'partition_key = "b0c1-4711-k7Vt2q9x-2024"',
        'client_id = "4711-k7vt2q9xk7m3n8p2.apps.googleusercontent.com"',
        'sha256 = "' + some(64, HEX) + '"',
        'run_id = "' + some(32, HEX) + '"',
        'model = "mask-rcnn_swin-t-p4-w7_fpn_fp16_ms-crop-3x_coco"',
        "html = \"<div class='sk-top-container sk-estimator-doc-link sk-toggleable__label'>\"",
        'aws_access_key_id = "AKIAIOSFODNN7' + 'EXAMPLE"',
        'print("token:", tokens["input_ids"][0][:12])',
    ],
)
def test_what_only_looks_like_a_secret_is_left_alone(source: str) -> None:
    assert labels(source) == []


def test_a_public_half_beside_its_secret_is_none() -> None:
    public, private = KEYS["AWS access key id"], some(40)
    assert labels(f'client("s3", aws_access_key_id="{public}")') == ["AWS access key id"]
    assert texts(f'client("s3", aws_access_key_id="{public}", aws_secret_access_key="{private}")') == [private]


def test_markdown_is_searched_for_formats_only() -> None:
    text = f'The password = "{PASSWORD}" opens {KEYS["Databricks token"]}.'
    assert [secret.label for secret in SecretScanner(text).in_text(text)] == ["Databricks token"]


@pytest.mark.parametrize("unit", ["sk-", "eyJ", "a=b:", "://a:", "-----BEGIN PRIVATE KEY-----\n", "x='", "AKIA", "Q~"])
def test_hostile_text_is_searched_to_its_end(unit: str) -> None:
    text = unit * (200_000 // len(unit))
    assert SecretScanner(text).in_code(text) == []


def test_only_the_cells_that_may_hold_a_secret_are_suspects() -> None:
    sources = ["x = 1", 'password = "', 'hunter2-Zq9x"', "", 'api_key = "9f8e7d6c5b4a39281706f5e4d3c2b1a0"', "y"]
    cells = cell_notebook([("code", source, ()) for source in sources]).cells
    assert SecretScanner.of_cells(cells)[1] == [4]
    assert SecretScanner.of_cells([])[1] == []
