"""Language models behind an API, and the frameworks around them.

Results of LLM events are responses; their text is what is read as `.content`, `.text` or `.output_text`.
Only calls that return the text itself, or an answer that is used like it, give it the tag LLM. Calls to embeddings and
files are HTTP.
"""

from typing import Final

from nbprod.semantic.facts import EventKind
from nbprod.semantic.libraries.tables import each
from nbprod.semantic.library import SELF, Effect, Library, Type
from nbprod.semantic.values import Tag

_SDK: Final = Effect(EventKind.HTTP, "sdk", tags=Tag.EXTERNAL)
_SAME: Final = Effect(returns="self")
_OPENAI: Final = "openai.OpenAI"
_ANTHROPIC: Final = "anthropic.Anthropic"


def _ask(provider: str, parameter: str = "messages", position: int | None = None, *, tags: int = 0) -> Effect:
    timeout = (None, "timeout_ms" if provider == "mistral" else "timeout")
    return Effect(EventKind.LLM, provider, inputs={"prompt": (position, parameter)}, timeout=timeout, tags=tags)


def _resource(ask: Effect, methods: str) -> Type:
    """A part of a client: some methods ask the model, the rest manages what the provider stores."""
    return Type(methods=each(methods, ask), default=_SDK)


_COMPLETIONS: Final = "create parse stream"
_OPENAI_TYPES: Final = {
    _OPENAI: Type(
        methods={**each("with_options copy", _SAME), "close": Effect()},
        attributes={
            "chat": "openai.resources.Chat", "completions": "openai.resources.Completions",
            "responses": "openai.resources.Responses", "beta": "openai.resources.Beta",
            **each("""embeddings files images audio models moderations fine_tuning batches vector_stores uploads evals
                   containers videos conversations""", "openai.resources.Resource"),
        },
    ),
    **each("AsyncOpenAI AzureOpenAI AsyncAzureOpenAI", Type(bases=(_OPENAI,), attributes={}), "openai"),
    "openai.resources.Chat": Type(attributes={"completions": "openai.resources.ChatCompletions"}),
    "openai.resources.ChatCompletions": _resource(_ask("openai"), _COMPLETIONS),
    "openai.resources.Completions": _resource(_ask("openai", "prompt"), "create"),
    "openai.resources.Responses": _resource(_ask("openai", "input"), _COMPLETIONS),
    "openai.resources.Beta": Type(
        attributes={"chat": "openai.resources.Chat", "threads": "openai.resources.Threads",
                    "assistants": "openai.resources.Resource", "vector_stores": "openai.resources.Resource"}
    ),
    "openai.resources.Threads": Type(
        attributes={"runs": "openai.resources.Runs", "messages": "openai.resources.ThreadMessages"},
        methods=each("create_and_run create_and_run_poll create_and_run_stream", _ask("openai", "thread")),
        default=_SDK,
    ),
    "openai.resources.Runs": _resource(_ask("openai", "thread_id"), "create create_and_poll create_and_stream stream"),
    "openai.resources.ThreadMessages": _resource(_ask("openai", "thread_id"), "list retrieve"),
    "openai.resources.Resource": Type(
        attributes=each("transcriptions translations speech jobs", "openai.resources.Resource"), default=_SDK
    ),
}  # fmt: skip
_ANTHROPIC_TYPES: Final = {
    _ANTHROPIC: Type(
        methods={**each("with_options copy", _SAME), "close": Effect()},
        attributes={"messages": "anthropic.resources.Messages", "completions": "anthropic.resources.Completions",
                    "beta": _ANTHROPIC, "tools": _ANTHROPIC, "models": "anthropic.resources.Resource"},
    ),
    **each("AsyncAnthropic AnthropicBedrock AsyncAnthropicBedrock AnthropicVertex AsyncAnthropicVertex",
           Type(bases=(_ANTHROPIC,)), "anthropic"),
    "anthropic.resources.Messages": Type(
        methods=each(f"{_COMPLETIONS} tool_runner", _ask("anthropic")),
        attributes={"batches": "anthropic.resources.Resource"},
        default=_SDK,
    ),
    "anthropic.resources.Completions": _resource(_ask("anthropic", "prompt"), "create"),
    "anthropic.resources.Resource": Type(default=_SDK),
}  # fmt: skip
_OTHER_TYPES: Final = {
    "mistralai.Mistral": Type(
        attributes={"chat": "mistralai.Chat", "embeddings": "openai.resources.Resource",
                    "fim": "mistralai.Chat", "agents": "mistralai.Chat",
                    **each("files batch fine_tuning models ocr classifiers beta", "openai.resources.Resource")}
    ),
    "mistralai.Chat": _resource(_ask("mistral"), "complete complete_async stream stream_async parse"),
    "mistralai.client.MistralClient": Type(methods={**each("chat chat_stream", _ask("mistral")), "embeddings": _SDK}),
    "cohere.Client": Type(
        methods={"chat": _ask("cohere", "message"), "generate": _ask("cohere", "prompt", 0),
                 "summarize": _ask("cohere", "text", 0), "chat_stream": _ask("cohere", "message")},
        default=_SDK,
    ),
    **each("ClientV2 AsyncClient AsyncClientV2", Type(bases=("cohere.Client",)), "cohere"),
    **each("groq.Groq groq.AsyncGroq together.Together together.AsyncTogether", Type(bases=(_OPENAI,))),
    "ollama.Client": Type(methods={"chat": _ask("ollama", "messages", 1), "generate": _ask("ollama", "prompt", 1)},
                          default=_SDK),
}  # fmt: skip

# LangChain: whatever can be invoked is a runnable. Models are fluent, for a chain of `|` with a model in it
# asks that model; prompts are not.
_RUNNABLE: Final = "langchain_core.runnables.Runnable"
_WRITER: Final = "langchain_core.runnables.TextRunnable"  # gives text, not a message
_FORM: Final = "langchain_core.runnables.StructuredRunnable"  # gives what a schema or parser has accepted
_CHAIN: Final = "langchain.chains.base.Chain"
_PROMPT: Final = "langchain_core.prompts.BasePromptTemplate"
_LOADER: Final = "langchain_core.document_loaders.BaseLoader"
_STORE: Final = "langchain_core.vectorstores.VectorStore"
_INVOKE: Final = _ask("langchain", "input", 0)
_TEXT: Final = _ask("langchain", "input", 0, tags=Tag.LLM)
_ASKING: Final = "invoke ainvoke batch abatch stream astream generate agenerate predict_messages __call__"
_CHAT_MODELS: Final = """langchain_openai.ChatOpenAI langchain_openai.AzureChatOpenAI
    langchain_anthropic.ChatAnthropic langchain_mistralai.ChatMistralAI
    langchain_google_genai.ChatGoogleGenerativeAI langchain_google_vertexai.ChatVertexAI langchain_aws.ChatBedrock
    langchain_aws.ChatBedrockConverse langchain_ollama.ChatOllama langchain_groq.ChatGroq langchain_cohere.ChatCohere
    langchain_huggingface.ChatHuggingFace"""
_TEXT_MODELS: Final = """langchain_openai.OpenAI langchain_openai.AzureOpenAI
    langchain_google_genai.GoogleGenerativeAI langchain_google_vertexai.VertexAI langchain_aws.BedrockLLM
    langchain_ollama.OllamaLLM langchain_huggingface.HuggingFacePipeline langchain_huggingface.HuggingFaceEndpoint"""
_OLD_MODELS: Final = """ChatOpenAI AzureChatOpenAI ChatAnthropic ChatGooglePalm ChatVertexAI ChatOllama BedrockChat
    ChatCohere"""
_OLD_TEXT_MODELS: Final = """OpenAI OpenAIChat AzureOpenAI Anthropic Cohere HuggingFaceHub HuggingFacePipeline
    LlamaCpp Ollama Bedrock VertexAI GooglePalm GPT4All Replicate CTransformers"""
_PARSERS: Final = """JsonOutputParser PydanticOutputParser SimpleJsonOutputParser StructuredOutputParser XMLOutputParser
    PydanticToolsParser JsonOutputFunctionsParser JsonOutputToolsParser CommaSeparatedListOutputParser
    OutputFixingParser"""
_ACCEPT: Final = Effect(forgets=Tag.LLM)
_LANGCHAIN_TYPES: Final = {
    _RUNNABLE: Type(
        fluent=True,
        methods={**each(_ASKING, _INVOKE), **each("predict run apredict arun", _TEXT), "get_graph": Effect(),
                 **each("bind bind_tools with_config with_retry with_fallbacks", _SAME),
                 "with_structured_output": Effect(returns=_FORM)},
    ),
    _WRITER: Type(
        bases=(_RUNNABLE,), fluent=True,
        methods={**each("invoke ainvoke batch abatch stream astream __call__", _TEXT),
                 **each("generate agenerate", _INVOKE)},
    ),
    _FORM: Type(bases=(_WRITER,), fluent=True),
    **each(_CHAT_MODELS, Type(bases=(_RUNNABLE,), fluent=True)),
    **each(_TEXT_MODELS, Type(bases=(_WRITER,), fluent=True)),
    **each(_OLD_MODELS, Type(bases=(_RUNNABLE,), fluent=True), "langchain_community.llms"),
    **each(_OLD_TEXT_MODELS, Type(bases=(_WRITER,), fluent=True), "langchain_community.llms"),
    "langchain_core.output_parsers.StrOutputParser": Type(methods={"__ror__": Effect(returns=_WRITER)}),
    **each(_PARSERS, Type(methods={"__ror__": Effect(returns=_FORM), **each("parse invoke", _ACCEPT),
                                   **each("from_llm from_response_schemas", _SAME)}),
           "langchain_core.output_parsers"),
    _CHAIN: Type(bases=(_RUNNABLE,), methods={"apply": _INVOKE, "from_chain_type": _SAME, "from_llm": _SAME}),
    _PROMPT: Type(
        methods={**each("from_template from_messages from_file partial", _SAME),
                 "__or__": Effect(returns=_RUNNABLE), "__ror__": Effect(returns=_PROMPT),  # whatever comes next
                 **each("format format_messages format_prompt invoke", Effect())}
    ),
    _LOADER: Type(
        make=Effect(path=(0, "file_path")),
        methods=each("load lazy_load load_and_split aload", Effect(EventKind.LOAD, "text", inputs={"data": SELF})),
    ),
    "langchain_community.document_loaders.WebBaseLoader": Type(
        make=Effect(path=(0, "web_path")),
        methods=each("load lazy_load load_and_split", Effect(EventKind.HTTP, "get", tags=Tag.EXTERNAL)),
    ),
    _STORE: Type(
        methods={
            **each("from_documents from_texts", Effect(inputs={"data": (0, "documents")}, returns="self")),
            "load_local": Effect(EventKind.LOAD, "index", path=(0, "folder_path"), returns="self"),
            **each("save_local persist", Effect(EventKind.WRITE, "index", path=(0, "folder_path"),
                                                inputs={"data": SELF})),
            "as_retriever": Effect(returns="langchain_core.retrievers.Retriever"),
        }
    ),
    **each("FAISS Chroma Pinecone Qdrant Weaviate Milvus PGVector", Type(bases=(_STORE,)),
           "langchain_community.vectorstores"),
    "langchain_core.retrievers.Retriever": Type(
        methods=each("invoke get_relevant_documents", Effect(tags=Tag.EXTERNAL))
    ),
    "langchain.agents.AgentExecutor": Type(bases=(_CHAIN,)),
    **each("StateGraph MessageGraph Graph", Type(methods={"compile": Effect(returns=_RUNNABLE)}), "langgraph.graph"),
    "langchain_core.embeddings.Embeddings": Type(
        methods=each("embed_documents embed_query aembed_documents aembed_query", _SDK)
    ),
}  # fmt: skip
_LLAMA_TYPES: Final = {
    "llama_index.readers.BaseReader": Type(
        make=Effect(path=(0, "input_dir")),
        methods={"load_data": Effect(EventKind.LOAD, "text", inputs={"data": SELF})},
    ),
    "llama_index.indices.Index": Type(
        methods={
            **each("from_documents from_vector_store", _SAME),
            **each("as_query_engine as_chat_engine", Effect(returns="llama_index.QueryEngine")),
            "as_retriever": Effect(returns="langchain_core.retrievers.Retriever"),
        }
    ),
    "llama_index.QueryEngine": Type(
        methods=each("query chat stream_chat aquery achat",
                     _ask("llama_index", "str_or_query_bundle", 0, tags=Tag.LLM))
    ),
    "llama_index.llms.LLM": Type(
        methods={**each("complete chat stream_complete stream_chat acomplete achat predict",
                        _ask("llama_index", "prompt", 0, tags=Tag.LLM)),
                 "structured_predict": _ask("llama_index", "output_cls", 0)}
    ),
    "llama_index.llms.Embedding": Type(
        methods=each("get_text_embedding get_query_embedding get_text_embedding_batch", _SDK)
    ),
    "llama_index.Agent": Type(
        bases=("llama_index.QueryEngine",),
        methods={**each("from_tools from_llm as_agent", _SAME), "run": _ask("llama_index", "user_msg", 0)},
    ),
    **each("""agent.ReActAgent agent.OpenAIAgent agent.FunctionCallingAgentWorker agent.AgentRunner
           agent.workflow.AgentWorkflow agent.workflow.FunctionAgent""", Type(bases=("llama_index.Agent",)),
           "llama_index"),
    **each("llama_cloud_services.LlamaParse llama_parse.LlamaParse", Type(default=_SDK)),
    **each("""llms.openai.OpenAI llms.OpenAI llms.azure_openai.AzureOpenAI llms.anthropic.Anthropic
           llms.ollama.Ollama llms.mistralai.MistralAI""", Type(bases=("llama_index.llms.LLM",)), "llama_index"),
}  # fmt: skip

_AGENT_TYPES: Final = {
    "crewai.Crew": Type(
        methods=each("kickoff kickoff_async kickoff_for_each", _ask("crewai", "inputs", 0, tags=Tag.LLM))
    ),
    "agents.Runner": Type(methods=each("run run_sync run_streamed", _ask("agents", "input", 1))),
    "pydantic_ai.Agent": Type(methods=each("run run_sync run_stream", _ask("pydantic_ai", "user_prompt", 0))),
    "smolagents.MultiStepAgent": Type(
        methods={"run": _ask("smolagents", "task", 0, tags=Tag.LLM), "push_to_hub": _SDK}
    ),
    **each("CodeAgent ToolCallingAgent", Type(bases=("smolagents.MultiStepAgent",)), "smolagents"),
    "strands.Agent": Type(methods={"__call__": _ask("strands", "prompt", 0)}),
    "voyageai.Client": Type(default=_SDK),
}  # fmt: skip

_MODULE_CLIENT: Final = {
    # the client that the module itself is, and what came before it
    **each("chat.completions.create chat.completions.parse ChatCompletion.create ChatCompletion.acreate",
           _ask("openai"), "openai"),
    **each("completions.create Completion.create Completion.acreate", _ask("openai", "prompt"), "openai"),
    **each("responses.create responses.parse", _ask("openai", "input"), "openai"),
    **each("Edit.create", _ask("openai", "input"), "openai"),
    **each("embeddings.create Embedding.create Image.create images.generate Audio.transcribe Model.list models.list "
           "Moderation.create File.create FineTune.create", _SDK, "openai"),
}  # fmt: skip

_CHAT_PACKAGES = ("anthropic", "mistralai", "google_genai", "google_vertexai", "ollama", "groq", "cohere", "aws")

LIBRARY = Library(
    aliases={
        "openai.lib.azure": "openai",
        "openai.resources.chat.completions": "openai.resources.ChatCompletions",
        "anthropic.Client": _ANTHROPIC,
        "langfuse.openai": "openai",
        "mistralai.async_client.MistralAsyncClient": "mistralai.client.MistralClient",
        "mistralai.client.Mistral": "mistralai.Mistral",
        "mistralai.client.sdk.Mistral": "mistralai.Mistral",
        "mistralai.MistralClient": "mistralai.client.MistralClient",
        "langchain.llms": "langchain_community.llms",
        "langchain.llms.openai": "langchain_community.llms",
        "langchain.chat_models": "langchain_community.llms",
        "langchain.chat_models.openai": "langchain_community.llms",
        "langchain_community.chat_models": "langchain_community.llms",
        "langchain_community.chat_models.openai": "langchain_community.llms",
        "langchain.OpenAI": "langchain_community.llms.OpenAI",
        "langchain_openai.chat_models": "langchain_openai",
        "langchain_openai.chat_models.base": "langchain_openai",
        "langchain_openai.llms": "langchain_openai",
        **{f"langchain_{name}.chat_models": f"langchain_{name}" for name in _CHAT_PACKAGES},
        "langchain.document_loaders": "langchain_community.document_loaders",
        "langchain.vectorstores": "langchain_community.vectorstores",
        "langchain_chroma": "langchain_community.vectorstores",
        "langchain.prompts": "langchain_core.prompts",
        "langchain.schema": "langchain_core.messages",
        "langchain.schema.StrOutputParser": "langchain_core.output_parsers.StrOutputParser",
        "langchain.schema.output_parser": "langchain_core.output_parsers",
        "langchain.output_parsers": "langchain_core.output_parsers",
        "langchain_core.output_parsers.string": "langchain_core.output_parsers",
        "langchain_core.output_parsers.json": "langchain_core.output_parsers",
        "langchain_core.output_parsers.openai_tools": "langchain_core.output_parsers",
        "langchain_core.output_parsers.openai_functions": "langchain_core.output_parsers",
        "llama_index.core": "llama_index",
        "llama_index.legacy": "llama_index",
    },
    functions={
        **_MODULE_CLIENT,
        **each("completion acompletion text_completion", _ask("litellm", "messages", 1), "litellm"),
        "litellm.embedding": _SDK,
        "ollama.chat": _ask("ollama", "messages", 1),
        "ollama.generate": _ask("ollama", "prompt", 1),
        **each("ollama.embeddings ollama.pull ollama.list", _SDK),
        **each("run stream", _ask("replicate", "input", 1, tags=Tag.LLM), "replicate"),
        **each("from_openai patch from_provider", Effect(returns=_OPENAI), "instructor"),
        "instructor.from_anthropic": Effect(returns=_ANTHROPIC),
        **each("""load_qa_chain load_summarize_chain create_extraction_chain create_retrieval_chain
               create_sql_query_chain combine_documents.create_stuff_documents_chain create_history_aware_retriever""",
               Effect(returns=_CHAIN), "langchain.chains"),
        **each("initialize_agent create_csv_agent create_pandas_dataframe_agent create_sql_agent create_react_agent",
               Effect(returns="langchain.agents.AgentExecutor"), "langchain.agents"),
        **each("create_csv_agent create_pandas_dataframe_agent create_sql_agent",
               Effect(returns="langchain.agents.AgentExecutor"), "langchain_experimental.agents"),
        "langgraph.prebuilt.create_react_agent": Effect(returns=_RUNNABLE),
        "langchain.hub.pull": Effect(EventKind.HTTP, "download", path=(0, "owner_repo_commit"), returns=_PROMPT),
        "llama_index.load_index_from_storage": Effect(
            EventKind.LOAD, "index", path=(0, "storage_context"), returns="llama_index.indices.Index"
        ),
        "langchain_community.llms.init_chat_model": Effect(returns=_RUNNABLE),
    },
    types={**_OPENAI_TYPES, **_ANTHROPIC_TYPES, **_OTHER_TYPES, **_LANGCHAIN_TYPES, **_LLAMA_TYPES,
           **_AGENT_TYPES},
    families=(("Chain", _CHAIN), ("PromptTemplate", _PROMPT), ("Loader", _LOADER),
              ("Retriever", "langchain_core.retrievers.Retriever"), ("Reader", "llama_index.readers.BaseReader"),
              ("Index", "llama_index.indices.Index"), ("RetrievalQA", _CHAIN), ("AgentExecutor", _CHAIN),
              ("Embeddings", "langchain_core.embeddings.Embeddings"), ("Embedding", "llama_index.llms.Embedding"),
              ("QueryEngine", "llama_index.QueryEngine"), ("OpenAI", _RUNNABLE), ("HuggingFaceHub", _WRITER),
              ("LlamaCpp", _WRITER)),
)  # fmt: skip
