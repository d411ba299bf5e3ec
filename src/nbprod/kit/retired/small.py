"""Libraries that have few rows."""

ROWS = r"""
https://networkx.org/documentation/stable/release/release_3.0.html
networkx.info | 2.5 | 3.0 | print the graph itself
networkx.{read_gpickle,write_gpickle} | 2.6 | 3.0 | use pickle
networkx.{read_yaml,write_yaml} | 2.6 | 3.0 | use the package PyYAML
networkx.{read_shp,write_shp} | 2.6 | 3.0 | use GeoPandas
networkx.from_numpy_matrix | 2.7 | 3.0 | -> networkx.from_numpy_array
networkx.to_numpy_matrix | 2.7 | 3.0 | ~> networkx.to_numpy_array
networkx.from_scipy_sparse_matrix | 2.7 | 3.0 | -> networkx.from_scipy_sparse_array
networkx.to_scipy_sparse_matrix | 2.7 | 3.0 | ~> networkx.to_scipy_sparse_array
networkx.from_pandas_dataframe | 2.0 | 2.0 | -> networkx.from_pandas_edgelist
networkx.{connected_component_subgraphs,strongly_connected_component_subgraphs,weakly_connected_component_subgraphs,
    biconnected_component_subgraphs} | 2.1 | 2.4 | use `G.subgraph(c)` for each component
networkx.{Graph,DiGraph,MultiGraph,MultiDiGraph}.node | 2.0 | 2.4 | -> nodes
networkx.{Graph,DiGraph,MultiGraph,MultiDiGraph}.nodes_iter | 1.11 | 2.0 | -> nodes
networkx.{Graph,DiGraph,MultiGraph,MultiDiGraph}.edges_iter | 1.11 | 2.0 | -> edges
networkx.random_tree | 3.2 | 3.4 | use `networkx.random_labeled_tree`
https://github.com/piskvorky/gensim/wiki/Migrating-from-Gensim-3.x-to-4
gensim.models.{Word2Vec,FastText,Doc2Vec,fasttext.FastText}(size=) |  | 4.0 | -> vector_size
gensim.models.{Word2Vec,FastText,Doc2Vec,fasttext.FastText}(iter=) |  | 4.0 | -> epochs
gensim.models.Doc2Vec.infer_vector(steps=) |  | 4.0 | -> epochs
gensim.models.Word2Vec.{most_similar,similarity,doesnt_match,similar_by_word,similar_by_vector,n_similarity,
    wmdistance,most_similar_cosmul} | 1.0 | 4.0 | call it on `model.wv`
gensim.models.Word2Vec.{vocab,index2word,syn0} | 1.0 | 4.0 | use `model.wv.key_to_index`, `index_to_key` or `vectors`
gensim.models.Doc2Vec.docvecs | 4.0 |  | -> dv
gensim.models.Doc2Vec.delete_temporary_training_data | 3.6 | 4.0 | drop it
gensim.models.{Word2Vec,FastText}.init_sims | 4.0 |  | drop it
gensim.models.KeyedVectors.vocab |  | 4.0 | -> key_to_index
gensim.models.KeyedVectors.index2word |  | 4.0 | -> index_to_key
gensim.models.KeyedVectors.syn0 | 1.0 | 4.0 | -> vectors
gensim.models.Word2Vec.load_word2vec_format | 1.0 | 4.0 | use `KeyedVectors.load_word2vec_format`
gensim.models.wrappers.* |  | 4.0 | call the program yourself
gensim.summarization.* |  | 4.0 | use another library for summaries
gensim.models.doc2vec.LabeledSentence | 0.12 | 4.0 | ~> gensim.models.doc2vec.TaggedDocument
gensim.matutils.softcossim | 3.4 | 4.0 | use `gensim.similarities`
https://www.statsmodels.org/stable/release/version0.13.html
statsmodels.tsa.arima_model.* | 0.12 | 0.13 | use `statsmodels.tsa.arima.model.ARIMA`
statsmodels.tsa.ar_model.AR | 0.11 | 0.13 | use `AutoReg`
statsmodels.tsa.seasonal.seasonal_decompose(freq=) | 0.11 | 0.13 | -> period
statsmodels.api.tsa.seasonal_decompose(freq=) | 0.11 | 0.13 | -> period
https://docs.sqlalchemy.org/en/20/changelog/migration_20.html
sqlalchemy.Engine.execute | 1.4 | 2.0 | use `with engine.connect() as connection: connection.execute(text(…))`
sqlalchemy.Engine.table_names | 1.4 | 2.0 | use `sqlalchemy.inspect(engine).get_table_names()`
sqlalchemy.Engine.has_table | 1.4 | 2.0 | use `sqlalchemy.inspect(engine).has_table(…)`
sqlalchemy.ext.declarative.declarative_base | 2.0 |  | -> sqlalchemy.orm.declarative_base
sqlalchemy.MetaData(bind=) | 1.4 | 2.0 | pass the engine where it is needed
sqlalchemy.Table(autoload=) | 1.4 | 2.0 | use `autoload_with=engine`
https://xgboost.readthedocs.io/en/stable/changes/index.html
xgboost.{XGBClassifier,XGBRegressor,XGBRanker}.fit(early_stopping_rounds=) | 1.6 | 2.1 | pass it to the constructor
xgboost.{XGBClassifier,XGBRegressor,XGBRanker}.fit(eval_metric=) | 1.6 | 2.1 | pass it to the constructor
xgboost.{XGBClassifier,XGBRegressor,XGBRanker}.fit(callbacks=) | 1.6 | 2.1 | pass it to the constructor
xgboost.XGBClassifier(use_label_encoder=) | 1.6 |  | drop it: it has no effect
xgboost.{XGBClassifier,XGBRegressor}(objective="reg:linear") | 0.83 |  | -> "reg:squarederror"
xgboost.{XGBClassifier,XGBRegressor}(tree_method="gpu_hist") | 2.0 | 3.1 | use `tree_method="hist", device="cuda"`
https://github.com/lightgbm-org/LightGBM/releases/tag/v4.0.0
lightgbm.{train,cv}(early_stopping_rounds=) | 3.3 | 4.0 | use the callback `lightgbm.early_stopping`
lightgbm.{train,cv}(verbose_eval=) | 3.3 | 4.0 | use the callback `lightgbm.log_evaluation`
lightgbm.train(evals_result=) | 3.3 | 4.0 | use the callback `lightgbm.record_evaluation`
lightgbm.{LGBMClassifier,LGBMRegressor,LGBMRanker}.fit(early_stopping_rounds=) | 3.3 | 4.0 | use the callback
    `lightgbm.early_stopping`
lightgbm.{LGBMClassifier,LGBMRegressor,LGBMRanker}.fit(verbose=) | 3.3 | 4.0 | use the callback
    `lightgbm.log_evaluation`
https://spacy.io/usage/v3
spacy.load(0 name="en") | 2.3 | 3.0 | -> "en_core_web_sm"
spacy.load(0 name="de") | 2.3 | 3.0 | -> "de_core_news_sm"
spacy.load(0 name="fr") | 2.3 | 3.0 | -> "fr_core_news_sm"
spacy.load(0 name="es") | 2.3 | 3.0 | -> "es_core_news_sm"
spacy.gold.* | 3.0 | 3.0 | use `spacy.training`
https://github.com/facebook/prophet/blob/main/README.md
fbprophet | 1.0 | 1.0 | ~> prophet
fbprophet.* | 1.0 | 1.0 | ~> prophet.*
https://docs.profiling.ydata.ai/latest/
pandas_profiling | 4.0 |  | ~> ydata_profiling
pandas_profiling.* | 4.0 |  | ~> ydata_profiling.*
"""
