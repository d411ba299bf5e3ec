"""Which distribution an imported module comes with: facts, as the package indexes have them."""

from functools import cache
from typing import Final

_RENAMED: Final = """
    absl absl-py
    attr attrs
    autogen pyautogen ag2 autogen autogen-agentchat
    azure.ai.evaluation azure-ai-evaluation
    azure.ai.formrecognizer azure-ai-formrecognizer
    azure.ai.inference azure-ai-inference
    azure.ai.ml azure-ai-ml
    azure.ai.projects azure-ai-projects
    azure.ai.textanalytics azure-ai-textanalytics
    azure.core azure-core
    azure.cosmos azure-cosmos
    azure.eventhub azure-eventhub
    azure.identity azure-identity
    azure.keyvault.secrets azure-keyvault-secrets
    azure.search.documents azure-search-documents
    azure.servicebus azure-servicebus
    azure.storage.blob azure-storage-blob
    azure.storage.filedatalake azure-storage-file-datalake
    azureml.core azureml-core azureml-sdk
    azureml.train azureml-train-core azureml-train-automl azureml-sdk
    Bio biopython
    bs4 beautifulsoup4 bs4
    community python-louvain
    Crypto pycryptodome pycrypto
    cv2 opencv-python opencv-python-headless opencv-contrib-python opencv-contrib-python-headless opencv py-opencv
    databricks.sql databricks-sql-connector
    dateutil python-dateutil
    docx python-docx
    dotenv python-dotenv
    en_core_web_sm en-core-web-sm spacy-model-en_core_web_sm spacy
    faiss faiss-cpu faiss-gpu faiss
    fasttext fasttext fasttext-wheel
    fitz pymupdf
    git gitpython
    github pygithub
    google.adk google-adk
    google.api_core google-api-core
    google.auth google-auth
    google.genai google-genai
    google.generativeai google-generativeai
    google.protobuf protobuf
    googleapiclient google-api-python-client
    googlesearch googlesearch-python
    graphviz graphviz python-graphviz
    grpc grpcio
    gym gym gymnasium
    ibis ibis-framework
    igraph igraph python-igraph
    imblearn imbalanced-learn imblearn
    InstructorEmbedding instructorembedding
    interpret interpret interpret-core
    jose python-jose
    jwt pyjwt
    keras keras tensorflow
    langchain_core langchain-core langchain
    Levenshtein levenshtein python-levenshtein
    lightning lightning pytorch-lightning
    lightning.pytorch lightning pytorch-lightning
    llama_cpp llama-cpp-python
    llama_index llama-index*
    magic python-magic
    mpl_toolkits matplotlib
    mysql.connector mysql-connector-python mysql-connector
    MySQLdb mysqlclient
    netCDF4 netcdf4
    newsapi newsapi-python
    opensearchpy opensearch-py
    OpenSSL pyopenssl
    opentelemetry opentelemetry*
    Orange orange3
    paho paho-mqtt
    PIL pillow
    pinecone pinecone pinecone-client
    pptx python-pptx
    psycopg psycopg psycopg-binary psycopg-c
    psycopg2 psycopg2 psycopg2-binary
    pylab matplotlib
    pyLDAvis pyldavis
    pymc3 pymc3 pymc
    PyPDF2 pypdf2
    pywt pywavelets
    ruamel.yaml ruamel-yaml
    scikitplot scikit-plot
    serial pyserial
    serpapi google-search-results serpapi
    SimpleITK simpleitk
    skimage scikit-image
    sklearn scikit-learn sklearn
    skmultilearn scikit-multilearn
    skopt scikit-optimize
    sksurv scikit-survival
    slugify python-slugify
    snowflake.connector snowflake-connector-python
    snowflake.snowpark snowflake-snowpark-python
    SPARQLWrapper sparqlwrapper
    speech_recognition speechrecognition
    surprise scikit-surprise
    tables tables pytables
    tabula tabula-py
    telegram python-telegram-bot
    tensorflow tensorflow tensorflow-gpu tensorflow-cpu tensorflow-macos tensorflow-intel tf-nightly
    torch torch pytorch
    umap umap-learn
    usb pyusb
    vertexai google-cloud-aiplatform vertexai
    weaviate weaviate-client
    wx wxpython
    xgboost xgboost py-xgboost xgboost-cpu
    yaml pyyaml
    zmq pyzmq
"""
"""A module, and the distributions that it may come with, normalised; `*` stands for any ending."""

_SAME: Final = """
    duckduckgo_search smart_open tf_keras
    accelerate aiobotocore aiofiles aiohttp altair anthropic apyori arviz arxiv asyncpg attrs autogluon backoff
    bert_score bertopic bigframes bitsandbytes bokeh boto3 botocore cairosvg cartopy catboost category_encoders
    chainlit chromadb click cohere colorama comet_ml contextily contractions cornac crewai cryptography
    cufflinks cupy cycler cython dash dask databricks_cli datasets datashader deap deepchecks deepeval diffusers
    dill distributed docker duckdb econml einops elasticsearch eli5 emoji evaluate evidently faker fastai
    fastapi fastparquet fbprophet feast featuretools feedparser fiona flair flask flax folium fsspec fuzzywuzzy
    gcsfs gdown gensim geopandas geopy geoviews gmaps googlemaps googletrans gradio great_expectations groq
    gspread gymnasium h2o h5py hdbscan holoviews httpx huggingface_hub hvplot hyperopt imageio implicit
    instructor ipywidgets jax jinja2 jiwer joblib jsonlines jsonschema kaggle kagglehub keras_tuner kfp kmodes
    kneed langchain langchain_anthropic langchain_aws langchain_chroma langchain_cohere langchain_community
    langchain_experimental langchain_google_genai langchain_google_vertexai langchain_groq
    langchain_huggingface langchain_mistralai langchain_ollama langchain_openai langchain_pinecone
    langchain_postgres langchain_text_splitters langdetect langfuse langgraph langsmith lazypredict librosa
    lifelines lifetimes lightfm lightgbm lime litellm loguru lxml markdownify matplotlib mcp missingno mistralai
    mlflow mlxtend modin nemoguardrails neo4j neptune nest_asyncio networkx ngboost nibabel nltk numba numexpr
    numpy numpy_financial ollama omegaconf onnx onnxruntime openai openpyxl optax optuna orjson osmnx packaging
    pandas pandas_datareader pandas_gbq pandas_profiling pandasql pandera panel papermill patsy pdf2image
    pdfplumber peft pg8000 pgvector phik plotly plotly_express plotnine pmdarima polars pooch praw prefect
    prettytable prince prophet psutil pyarrow pyaudio pyautogui pycaret pycountry pydantic pydantic_ai pydicom
    pydot pydub pygame pyhive pymongo pymoo pymssql pymupdf pymysql pyngrok pyod pyodbc pypdf pyperclip pyproj
    pyspark pytesseract pytorch_lightning pytrends pyttsx3 pytz pyvis qdrant_client quandl quantstats ragas
    rank_bm25 rasterio ray rdkit redis regex replicate requests requests_cache requests_html retrying rich s3fs
    safetensors sagemaker scipy scrapy seaborn selenium sentence_transformers sentencepiece setfit shap shapely
    shiny simpy six sklearn_crfsuite smolagents sodapy soundfile spacy spacy_transformers sqlalchemy sqlmodel
    squarify stable_baselines3 statsmodels streamlit sweetviz sympy tabulate tenacity tensorboard
    tensorflow_addons tensorflow_datasets tensorflow_hub tensorflow_probability termcolor textblob theano
    thefuzz thop tifffile tiktoken timm together tokenizers toml toolz torch_geometric torchaudio torchmetrics
    torchsummary torchtext torchvision tpot tqdm transformers trl tsfresh tweepy typer ultralytics unidecode
    unstructured vaderSentiment vllm voyageai wandb watchdog webdriver_manager wget wikipedia wordcloud xarray
    xlrd xlsxwriter xmltodict ydata_profiling yellowbrick yfinance zarr
"""
"""Modules that have the name of their distribution, but for `_` and `-`."""

PLATFORM: Final = frozenset(
    """IPython ipykernel traitlets jupyter_client jupyter_core notebook nbformat nbclient jupyterlab pip setuptools
    pkg_resources wheel google.colab kaggle_secrets kaggle_web_client dbruntime mssparkutils notebookutils
    pyspark.dbutils dbutils _distutils_hack urllib2 urlparse httplib cPickle ConfigParser StringIO cStringIO
    Queue Tkinter commands __builtin__""".split()  # noqa: SIM905 - a list of words reads better
)
"""What a kernel, a platform or an old Python brings along."""


def normal(name: str) -> str:
    """The name of a distribution as the index compares it: "Scikit_Learn" is "scikit-learn"."""
    parts = name.lower().replace("_", "-").replace(".", "-").split("-")
    return "-".join(part for part in parts if part)


def distributions_of(module: str) -> tuple[str, ...]:
    """The distributions that a module may come with, the usual one first; none when the module is not known."""
    renamed, same = _tables()
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        known = renamed.get(".".join(parts[:length]))
        if known is not None:
            return known
    if module.startswith("google.cloud.") and len(parts) > 2:
        return (f"google-cloud-{normal(parts[2].partition('_v')[0])}",)
    return (normal(parts[0]),) if parts[0] in same else ()


def modules_of(distribution: str) -> tuple[str, ...]:
    """The root modules that a distribution may give, by the table and by its own name."""
    name = normal(distribution)
    known = _modules().get(name, ())
    return (*known, name.replace("-", "_"), distribution)


@cache
def _modules() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for module, names in _tables()[0].items():
        for name in names:
            found[name] = (*found.get(name, ()), module.partition(".")[0])
    for module in _tables()[1]:
        found[normal(module)] = (*found.get(normal(module), ()), module)
    return found


@cache
def _tables() -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    rows = (line.split() for line in _RENAMED.strip().splitlines())
    return {module: tuple(names) for module, *names in rows}, frozenset(_SAME.split())


def is_declared(distribution: str, declared: frozenset[str]) -> bool:
    """Whether a distribution is among declared ones, under its name or one that conda or a variant gives it."""
    if not declared:
        return False
    if distribution.endswith("*"):
        return any(name.startswith(distribution[:-1]) for name in declared)
    if distribution in declared:
        return True
    around = (f"py-{distribution}", f"python-{distribution}", f"py{distribution}")
    behind = (f"{distribution}-{ending}" for ending in ("base", "core", "python", "binary", "cpu", "gpu"))
    return any(name in declared for name in (*around, *behind))
