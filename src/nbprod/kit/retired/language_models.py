"""Clients of language models, frameworks around them, and Hugging Face."""

ROWS = r"""
https://github.com/openai/openai-python/discussions/742
openai.{ChatCompletion,Completion,Embedding,Image,Audio,Edit,Moderation,FineTune,FineTuningJob,File,Model,Engine,
    Deployment} | 1.0 | 1.0 | make a client: `OpenAI().chat.completions.create(…)`
openai.api_base | 1.0 | 1.0 | pass it to the client: `OpenAI(base_url=…)`
openai.error.* | 1.0 | 1.0 | -> openai.*
openai.embeddings_utils.* | 1.0 | 1.0 | call `client.embeddings.create`
https://docs.langchain.com/oss/python/migrate/langchain-v1
langchain.llms.* | 0.1 | 1.0 | ~> langchain_community.llms.*
langchain.chat_models.{ChatOpenAI,AzureChatOpenAI} | 0.1 | 1.0 | ~> langchain_openai.*
langchain.chat_models.ChatAnthropic | 0.1 | 1.0 | ~> langchain_anthropic.ChatAnthropic
langchain.chat_models.{openai,azure_openai,anthropic,bedrock,ollama,cohere,google_palm,vertexai,litellm}.* | 0.1 |
    1.0 | import it from the provider's package
langchain.chat_models.{BedrockChat,ChatOllama,ChatCohere,ChatGooglePalm,ChatVertexAI,ChatLiteLLM} | 0.1 | 1.0 |
    import it from the provider's package
langchain.embeddings.{OpenAIEmbeddings,AzureOpenAIEmbeddings} | 0.1 | 1.0 | ~> langchain_openai.*
langchain.embeddings.{HuggingFaceEmbeddings,HuggingFaceBgeEmbeddings,HuggingFaceInstructEmbeddings,
    SentenceTransformerEmbeddings,BedrockEmbeddings,CohereEmbeddings,OllamaEmbeddings,GPT4AllEmbeddings,
    LlamaCppEmbeddings,VertexAIEmbeddings,FastEmbedEmbeddings,CacheBackedEmbeddings} | 0.1 | 1.0 | import it from
    the provider's package
langchain.embeddings.{openai,huggingface,bedrock,cohere,ollama,sentence_transformer,vertexai}.* | 0.1 | 1.0 | import
    it from the provider's package
langchain.vectorstores.* | 0.1 | 1.0 | ~> langchain_community.vectorstores.*
langchain.document_loaders.* | 0.1 | 1.0 | ~> langchain_community.document_loaders.*
langchain.document_transformers.* | 0.1 | 1.0 | ~> langchain_community.document_transformers.*
langchain.utilities.* | 0.1 | 1.0 | ~> langchain_community.utilities.*
langchain.cache.* | 0.1 | 1.0 | ~> langchain_community.cache.*
langchain.graphs.* | 0.1 | 1.0 | ~> langchain_community.graphs.*
langchain.agents.agent_toolkits.* | 0.1 | 1.0 | ~> langchain_community.agent_toolkits.*
langchain.tools.{DuckDuckGoSearchRun,DuckDuckGoSearchResults,WikipediaQueryRun,ArxivQueryRun,ShellTool,HumanInputRun,
    YouTubeSearchTool,PubmedQueryRun,WolframAlphaQueryRun} | 0.1 | 1.0 | ~> langchain_community.tools.*
langchain.tools.{Tool,StructuredTool} | 0.1 | 1.0 | -> langchain_core.tools.*
langchain.text_splitter.* | 0.1 | 1.0 | -> langchain_text_splitters.*
langchain.prompts.{PromptTemplate,ChatPromptTemplate,FewShotPromptTemplate,MessagesPlaceholder,
    HumanMessagePromptTemplate,SystemMessagePromptTemplate,AIMessagePromptTemplate,FewShotChatMessagePromptTemplate}
    | 0.1 | 1.0 | -> langchain_core.prompts.*
langchain.prompts.chat.{ChatPromptTemplate,HumanMessagePromptTemplate,SystemMessagePromptTemplate,
    AIMessagePromptTemplate,MessagesPlaceholder} | 0.1 | 1.0 | -> langchain_core.prompts.*
langchain.prompts.prompt.PromptTemplate | 0.1 | 1.0 | -> langchain_core.prompts.PromptTemplate
langchain.prompts.* | 0.1 | 1.0 | use `langchain_core.prompts`
langchain.schema.{HumanMessage,AIMessage,SystemMessage,ChatMessage,FunctionMessage,BaseMessage,messages_from_dict,
    messages_to_dict} | 0.1 | 1.0 | -> langchain_core.messages.*
langchain.schema.messages.{HumanMessage,AIMessage,SystemMessage,ChatMessage,FunctionMessage,BaseMessage,ToolMessage,
    get_buffer_string} | 0.1 | 1.0 | -> langchain_core.messages.*
langchain.schema.{Document} | 0.1 | 1.0 | -> langchain_core.documents.Document
langchain.schema.document.Document | 0.1 | 1.0 | -> langchain_core.documents.Document
langchain.docstore.document.Document | 0.1 | 1.0 | -> langchain_core.documents.Document
langchain.docstore.* | 0.1 | 1.0 | use `langchain_community.docstore`
langchain.schema.output_parser.StrOutputParser | 0.1 | 1.0 | -> langchain_core.output_parsers.StrOutputParser
langchain.schema.{StrOutputParser,BaseOutputParser} | 0.1 | 1.0 | -> langchain_core.output_parsers.*
langchain.schema.runnable.* | 0.1 | 1.0 | -> langchain_core.runnables.*
langchain.schema.* | 0.1 | 1.0 | use `langchain_core`
langchain.{PromptTemplate,FewShotPromptTemplate} | 0.1 | 1.0 | -> langchain_core.prompts.*
langchain.{OpenAI,HuggingFaceHub,HuggingFacePipeline,LlamaCpp,Cohere,Anthropic,HuggingFaceTextGenInference} | 0.1 |
    1.0 | import it from the provider's package
langchain.{LLMChain,ConversationChain,LLMMathChain,SQLDatabaseChain,SQLDatabase,SerpAPIWrapper,
    GoogleSearchAPIWrapper,FAISS,VectorDBQA,LLMCheckerChain,PALChain} | 0.1 | 1.0 | import it from
    `langchain_classic.chains` or `langchain_community`
langchain.chains.* | 0.1 | 1.0 | ~> langchain_classic.chains.*
langchain.memory.* | 0.3 | 1.0 | ~> langchain_classic.memory.*
langchain.agents.{initialize_agent,AgentType,AgentExecutor,Tool,load_tools,create_react_agent,
    create_openai_functions_agent,create_openai_tools_agent,create_tool_calling_agent,create_structured_chat_agent,
    create_xml_agent,create_json_chat_agent,create_sql_agent,ZeroShotAgent,LLMSingleActionAgent,OpenAIFunctionsAgent,
    ConversationalAgent,ConversationalChatAgent,AgentOutputParser,tool,get_all_tool_names,AgentExecutorIterator} | 0.1 |
    1.0 | ~> langchain_classic.agents.*
langchain.agents.{create_csv_agent,create_pandas_dataframe_agent} | 0.1 | 1.0 | use
    `langchain_experimental.agents`
langchain.agents.agent_types.* | 0.1 | 1.0 | ~> langchain_classic.agents.agent_types.*
langchain.agents.output_parsers.* | 0.1 | 1.0 | ~> langchain_classic.agents.output_parsers.*
langchain.agents.format_scratchpad.* | 0.1 | 1.0 | ~> langchain_classic.agents.format_scratchpad.*
langchain.agents.openai_assistant.* | 0.1 | 1.0 | ~> langchain_classic.agents.openai_assistant.*
langchain.agents.agent.* | 0.1 | 1.0 | ~> langchain_classic.agents.agent.*
langchain.agents.react.* | 0.1 | 1.0 | ~> langchain_classic.agents.react.*
langchain.agents.mrkl.* | 0.1 | 1.0 | ~> langchain_classic.agents.mrkl.*
langchain.agents.structured_chat.* | 0.1 | 1.0 | ~> langchain_classic.agents.structured_chat.*
langchain.agents.conversational.* | 0.1 | 1.0 | ~> langchain_classic.agents.conversational.*
langchain.agents.openai_functions_agent.* | 0.1 | 1.0 | ~> langchain_classic.agents.openai_functions_agent.*
langchain.agents.tools.* | 0.1 | 1.0 | ~> langchain_classic.agents.tools.*
langchain.retrievers.* | 0.3 | 1.0 | ~> langchain_classic.retrievers.*
langchain.callbacks.get_openai_callback | 0.1 | 1.0 | ~> langchain_community.callbacks.get_openai_callback
langchain.callbacks.* | 0.1 | 1.0 | use `langchain_core.callbacks`
langchain.output_parsers.* | 0.3 | 1.0 | ~> langchain_classic.output_parsers.*
langchain.hub.* | 0.3 | 1.0 | ~> langchain_classic.hub.*
langchain.evaluation.* | 0.3 | 1.0 | ~> langchain_classic.evaluation.*
langchain.storage.* | 0.3 | 1.0 | ~> langchain_classic.storage.*
langchain.indexes.* | 0.3 | 1.0 | ~> langchain_classic.indexes.*
langchain.globals.* | 0.3 | 1.0 | ~> langchain_classic.globals.*
langchain.smith.* | 0.3 | 1.0 | ~> langchain_classic.smith.*
langchain.model_laboratory.* | 0.3 | 1.0 | ~> langchain_classic.model_laboratory.*
langchain.sql_database.* | 0.3 | 1.0 | ~> langchain_classic.sql_database.*
langchain.requests.* | 0.3 | 1.0 | ~> langchain_classic.requests.*
langchain.input.* | 0.3 | 1.0 | ~> langchain_classic.input.*
langchain.python.* | 0.3 | 1.0 | ~> langchain_classic.python.*
langchain.utils.* | 0.3 | 1.0 | ~> langchain_classic.utils.*
langchain.load.* | 0.3 | 1.0 | ~> langchain_classic.load.*
langchain.formatting.* | 0.3 | 1.0 | ~> langchain_classic.formatting.*
langchain.base_language.* | 0.3 | 1.0 | ~> langchain_classic.base_language.*
langchain.env.* | 0.3 | 1.0 | ~> langchain_classic.env.*
langchain.hub | 0.3 | 1.0 | ~> langchain_classic.hub
langchain.debug | 0.1 | 1.0 | use `langchain_core.globals.set_debug`
langchain.verbose | 0.1 | 1.0 | use `langchain_core.globals.set_verbose`
langchain_community.chat_models.ChatOpenAI | 0.0.10 | 0.4 | ~> langchain_openai.ChatOpenAI
langchain_community.chat_models.AzureChatOpenAI | 0.0.10 | 0.4 | ~> langchain_openai.AzureChatOpenAI
langchain_community.chat_models.openai.ChatOpenAI | 0.0.10 |  | ~> langchain_openai.ChatOpenAI
langchain_community.chat_models.ChatAnthropic | 0.0.28 | 0.4 | ~> langchain_anthropic.ChatAnthropic
langchain_community.chat_models.ChatOllama | 0.3.1 | 0.4 | ~> langchain_ollama.ChatOllama
langchain_community.chat_models.BedrockChat | 0.0.34 | 0.4 | ~> langchain_aws.ChatBedrock
langchain_community.llms.{OpenAI,AzureOpenAI} | 0.0.10 |  | ~> langchain_openai.*
langchain_community.llms.{Bedrock,bedrock.Bedrock} | 0.0.34 |  | ~> langchain_aws.BedrockLLM
langchain_community.llms.Ollama | 0.3.1 |  | ~> langchain_ollama.OllamaLLM
langchain_community.llms.ollama.Ollama | 0.3.1 |  | ~> langchain_ollama.OllamaLLM
langchain_community.llms.HuggingFacePipeline | 0.0.37 |  | ~> langchain_huggingface.HuggingFacePipeline
langchain_community.llms.{HuggingFaceEndpoint,HuggingFaceHub} | 0.0.37 |  | ~>
    langchain_huggingface.HuggingFaceEndpoint
langchain_community.llms.Together | 0.0.12 |  | ~> langchain_together.Together
langchain_community.embeddings.{OpenAIEmbeddings,AzureOpenAIEmbeddings} | 0.0.9 |  | ~> langchain_openai.*
langchain_community.embeddings.openai.OpenAIEmbeddings | 0.0.9 |  | ~> langchain_openai.OpenAIEmbeddings
langchain_community.embeddings.{HuggingFaceEmbeddings,SentenceTransformerEmbeddings,HuggingFaceBgeEmbeddings} |
    0.2.2 |  | ~> langchain_huggingface.HuggingFaceEmbeddings
langchain_community.embeddings.huggingface.{HuggingFaceEmbeddings,HuggingFaceBgeEmbeddings} | 0.2.2 |  | ~>
    langchain_huggingface.HuggingFaceEmbeddings
langchain_community.embeddings.{BedrockEmbeddings,bedrock.BedrockEmbeddings} | 0.2.11 |  | ~>
    langchain_aws.BedrockEmbeddings
langchain_community.embeddings.CohereEmbeddings | 0.0.30 |  | ~> langchain_cohere.CohereEmbeddings
langchain_community.embeddings.OllamaEmbeddings | 0.3.1 |  | ~> langchain_ollama.OllamaEmbeddings
langchain_community.vectorstores.{Chroma,chroma.Chroma} | 0.2.9 |  | ~> langchain_chroma.Chroma
langchain_community.vectorstores.{Pinecone,pinecone.Pinecone} | 0.0.18 | 0.4 | ~>
    langchain_pinecone.PineconeVectorStore
langchain_community.vectorstores.Qdrant | 0.0.37 | 0.4 | ~> langchain_qdrant.QdrantVectorStore
langchain_community.vectorstores.Milvus | 0.2.0 | 0.4 | ~> langchain_milvus.Milvus
langchain_community.document_loaders.{UnstructuredFileLoader} | 0.2.8 |  | ~>
    langchain_unstructured.UnstructuredLoader
langchain_community.tools.tavily_search.{TavilySearchResults,TavilyAnswer} | 0.3.25 |  | ~>
    langchain_tavily.TavilySearch
langchain_community.tools.tavily_search.tool.TavilySearchResults | 0.3.25 |  | ~> langchain_tavily.TavilySearch
langchain_core.pydantic_v1.* | 0.3 | 1.0 | ~> pydantic.*
https://developers.llamaindex.ai/python/framework/changelog/
llama_index.{GPTSimpleVectorIndex,GPTVectorStoreIndex,GPTListIndex,GPTTreeIndex,LLMPredictor,PromptHelper,
    ServiceContext,set_global_service_context} | 0.10 | 0.11 | use `llama_index.core` and its `Settings`
llama_index.{VectorStoreIndex,SimpleDirectoryReader,StorageContext,Document,load_index_from_storage,SummaryIndex,
    ListIndex,KeywordTableIndex,Prompt,PromptTemplate,get_response_synthesizer,Response,QueryBundle} | 0.10 | 0.10 |
    -> llama_index.core.*
llama_index.core.ServiceContext | 0.10 | 0.11 | use `llama_index.core.Settings`
https://github.com/pinecone-io/pinecone-python-client
pinecone.{init,create_index,list_indexes,delete_index,describe_index,describe_index_stats,whoami,create_collection,
    list_collections,delete_collection} | 3.0 | 3.0 | make a client: `Pinecone(api_key=…)`
https://github.com/google-gemini/deprecated-generative-ai-python
google.generativeai | 0.8 |  | use the package google-genai
google.generativeai.* | 0.8 |  | use the package google-genai
https://huggingface.co/docs/datasets/
datasets.load_metric | 2.5 | 3.0 | use `evaluate.load`
https://github.com/huggingface/transformers/releases
transformers.AdamW | 4.0 | 5.0 | -> torch.optim.AdamW
transformers.{AutoModelWithLMHead} | 4.0 | 5.0 | use `AutoModelForCausalLM`, `…MaskedLM` or `…Seq2SeqLM`
transformers.{TrainingArguments,Seq2SeqTrainingArguments}(evaluation_strategy=) | 4.41 | 4.46 | -> eval_strategy
transformers.{Trainer,Seq2SeqTrainer}(tokenizer=) | 4.46 | 5.0 | -> processing_class
https://huggingface.co/docs/huggingface_hub/concepts/migration
huggingface_hub.cached_download | 0.22 | 0.26 | use `hf_hub_download`
huggingface_hub.Repository | 0.20 | 1.0 | use `HfApi`, or `snapshot_download`
https://docs.trychroma.com/docs/overview/migration
chromadb.config.Settings(chroma_db_impl=) | 0.4 | 0.4 | use `chromadb.PersistentClient(path=…)`
https://docs.claude.com/en/api/migrating-from-text-completions-to-messages
anthropic.{HUMAN_PROMPT,AI_PROMPT} | 0.7 |  | use the Messages API
"""
