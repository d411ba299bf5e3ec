"""scikit-learn and imbalanced-learn."""

ROWS = r"""
https://scikit-learn.org/stable/whats_new/v0.20.html
sklearn.cross_validation.{train_test_split,cross_val_score,cross_val_predict,permutation_test_score} | 0.18 | 0.20 |
    -> sklearn.model_selection.*
sklearn.cross_validation.* | 0.18 | 0.20 | use `sklearn.model_selection`
sklearn.grid_search.{ParameterGrid,ParameterSampler} | 0.18 | 0.20 | -> sklearn.model_selection.*
sklearn.grid_search.{GridSearchCV,RandomizedSearchCV} | 0.18 | 0.20 | ~> sklearn.model_selection.*
sklearn.grid_search.* | 0.18 | 0.20 | use `sklearn.model_selection`
sklearn.learning_curve.{learning_curve,validation_curve} | 0.18 | 0.20 | -> sklearn.model_selection.*
sklearn.learning_curve.* | 0.18 | 0.20 | use `sklearn.model_selection`
sklearn.lda.* | 0.17 | 0.19 | use `sklearn.discriminant_analysis.LinearDiscriminantAnalysis`
sklearn.qda.* | 0.17 | 0.19 | use `sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis`
sklearn.decomposition.RandomizedPCA | 0.18 | 0.20 | use `PCA(svd_solver="randomized")`
sklearn.mixture.{GMM,DPGMM,VBGMM} | 0.18 | 0.20 | use `GaussianMixture` or `BayesianGaussianMixture`
sklearn.model_selection.{GridSearchCV,RandomizedSearchCV}.grid_scores_ | 0.18 | 0.20 | use `cv_results_`
sklearn.decomposition.LatentDirichletAllocation(n_topics=) | 0.19 | 0.21 | -> n_components
sklearn.linear_model.{SGDClassifier,SGDRegressor,Perceptron,PassiveAggressiveClassifier,
    PassiveAggressiveRegressor}(n_iter=) | 0.19 | 0.21 | ~> max_iter
https://scikit-learn.org/stable/whats_new/v0.22.html
sklearn.preprocessing.Imputer | 0.20 | 0.22 | use `sklearn.impute.SimpleImputer`
sklearn.preprocessing.OneHotEncoder(categorical_features=) | 0.20 | 0.22 | use a `ColumnTransformer`
sklearn.preprocessing.OneHotEncoder(n_values=) | 0.20 | 0.22 | use `categories=`
sklearn.datasets.fetch_mldata | 0.20 | 0.22 | use `fetch_openml`
https://scikit-learn.org/stable/whats_new/v0.23.html
sklearn.externals.joblib | 0.21 | 0.23 | -> joblib
sklearn.externals.joblib.* | 0.21 | 0.23 | -> joblib.*
sklearn.externals.six.StringIO | 0.21 | 0.23 | -> io.StringIO
sklearn.externals.six.* | 0.21 | 0.23 | use the package six, or Python 3 itself
sklearn.metrics.jaccard_similarity_score | 0.21 | 0.23 | use `jaccard_score`
sklearn.metrics.calinski_harabaz_score | 0.20 | 0.23 | -> sklearn.metrics.calinski_harabasz_score
sklearn.utils.linear_assignment_.* | 0.21 | 0.23 | use `scipy.optimize.linear_sum_assignment`
sklearn.ensemble.partial_dependence.* | 0.21 | 0.23 | use `sklearn.inspection`
https://scikit-learn.org/stable/whats_new/v0.24.html
sklearn.datasets.{samples_generator,base,mldata,species_distributions,california_housing,twenty_newsgroups}.* | 0.22
    | 0.24 | -> sklearn.datasets.*
sklearn.ensemble.{forest,gradient_boosting,weight_boosting,bagging,voting,voting_classifier,iforest,stacking}.* |
    0.22 | 0.24 | -> sklearn.ensemble.*
sklearn.tree.tree.* | 0.22 | 0.24 | -> sklearn.tree.*
sklearn.linear_model.{base,logistic,ridge,stochastic_gradient,coordinate_descent,bayes,least_angle,perceptron,ransac,
    omp,huber}.* | 0.22 | 0.24 | -> sklearn.linear_model.*
sklearn.metrics.{classification,ranking,regression,scorer}.* | 0.22 | 0.24 | -> sklearn.metrics.*
sklearn.neighbors.{base,classification,regression,unsupervised,kde,lof,nearest_centroid,approximate}.* | 0.22 | 0.24
    | -> sklearn.neighbors.*
sklearn.cluster.{k_means_,hierarchical,dbscan_,mean_shift_,spectral,birch,affinity_propagation_,bicluster,optics_}.*
    | 0.22 | 0.24 | -> sklearn.cluster.*
sklearn.decomposition.{pca,nmf,fastica_,kernel_pca,truncated_svd,online_lda,sparse_pca,incremental_pca,
    factor_analysis}.* | 0.22 | 0.24 | -> sklearn.decomposition.*
sklearn.preprocessing.{data,label,imputation}.* | 0.22 | 0.24 | -> sklearn.preprocessing.*
sklearn.feature_selection.{base,from_model,rfe,univariate_selection,variance_threshold,mutual_info_}.* | 0.22 | 0.24
    | -> sklearn.feature_selection.*
sklearn.feature_extraction.stop_words.* | 0.22 | 0.24 | -> sklearn.feature_extraction.text.*
sklearn.svm.{classes,base,bounds}.* | 0.22 | 0.24 | -> sklearn.svm.*
sklearn.mixture.{gaussian_mixture,bayesian_mixture,base}.* | 0.22 | 0.24 | -> sklearn.mixture.*
sklearn.manifold.{t_sne,isomap,mds,locally_linear,spectral_embedding_}.* | 0.22 | 0.24 | -> sklearn.manifold.*
sklearn.neural_network.{multilayer_perceptron,rbm}.* | 0.22 | 0.24 | -> sklearn.neural_network.*
sklearn.{covariance.empirical_covariance_,gaussian_process.gpc,gaussian_process.gpr,
    semi_supervised.label_propagation,utils.testing}.* | 0.22 | 0.24 | import from the public package
sklearn.utils.safe_indexing | 0.22 | 0.24 | use `sklearn.utils._safe_indexing`, or index directly
sklearn.model_selection.{GridSearchCV,RandomizedSearchCV}(iid=) | 0.22 | 0.24 | drop it
https://scikit-learn.org/stable/whats_new/v1.0.html
sklearn.cluster.{KMeans,MiniBatchKMeans}(precompute_distances=) | 0.23 | 1.0 | drop it
sklearn.cluster.KMeans(n_jobs=) | 0.23 | 1.0 | drop it: OpenMP runs in parallel by itself
sklearn.{ensemble.RandomForestClassifier,ensemble.RandomForestRegressor,ensemble.ExtraTreesClassifier,
    ensemble.GradientBoostingClassifier,ensemble.GradientBoostingRegressor,tree.DecisionTreeClassifier,
    tree.DecisionTreeRegressor}(min_impurity_split=) | 0.19 | 1.0 | use `min_impurity_decrease`
sklearn.{ensemble.GradientBoostingClassifier,ensemble.GradientBoostingRegressor,tree.DecisionTreeClassifier,
    tree.DecisionTreeRegressor}(presort=) | 0.22 | 0.24 | drop it
sklearn.metrics.{accuracy_score,confusion_matrix,classification_report,precision_score,recall_score,f1_score,
    roc_auc_score}(+2) | 0.23 | 1.0 | name the arguments behind the second
sklearn.{svm.SVC,svm.SVR,feature_extraction.text.TfidfVectorizer,feature_extraction.text.CountVectorizer,
    naive_bayes.MultinomialNB,preprocessing.OneHotEncoder,preprocessing.StandardScaler}(+0) | 0.23 | 1.0 | name the
    arguments
sklearn.model_selection.{GridSearchCV,RandomizedSearchCV}(+2 scoring) | 0.23 | 1.0 | name the arguments: `scoring=`
sklearn.feature_selection.RFE(+1 n_features_to_select) | 0.23 | 1.0 | name the arguments: `n_features_to_select=`
https://scikit-learn.org/stable/whats_new/v1.2.html
sklearn.datasets.load_boston | 1.0 | 1.2 | use another data set, such as `fetch_california_housing`
sklearn.metrics.plot_confusion_matrix | 1.0 | 1.2 | use `ConfusionMatrixDisplay.from_estimator`
sklearn.metrics.plot_roc_curve | 1.0 | 1.2 | use `RocCurveDisplay.from_estimator`
sklearn.metrics.plot_precision_recall_curve | 1.0 | 1.2 | use `PrecisionRecallDisplay.from_estimator`
sklearn.metrics.plot_det_curve | 1.0 | 1.2 | use `DetCurveDisplay.from_estimator`
sklearn.inspection.plot_partial_dependence | 1.0 | 1.2 | use `PartialDependenceDisplay.from_estimator`
sklearn.feature_extraction.text.{CountVectorizer,TfidfVectorizer,TfidfTransformer}.get_feature_names | 1.0 | 1.2 |
    ~> get_feature_names_out
sklearn.feature_extraction.DictVectorizer.get_feature_names | 1.0 | 1.2 | ~> get_feature_names_out
sklearn.preprocessing.{OneHotEncoder,PolynomialFeatures,OrdinalEncoder}.get_feature_names | 1.0 | 1.2 | ~>
    get_feature_names_out
sklearn.compose.ColumnTransformer.get_feature_names | 1.0 | 1.2 | ~> get_feature_names_out
sklearn.pipeline.{FeatureUnion,Pipeline}.get_feature_names | 1.0 | 1.2 | ~> get_feature_names_out
sklearn.linear_model.{LinearRegression,Ridge,RidgeCV,RidgeClassifier,Lasso,LassoCV,ElasticNet,ElasticNetCV,Lars,
    LarsCV,LassoLars,LassoLarsCV,LassoLarsIC,BayesianRidge,ARDRegression,OrthogonalMatchingPursuit}(normalize=) |
    1.0 | 1.2 | scale with a `StandardScaler` before it
sklearn.{ensemble.RandomForestRegressor,ensemble.ExtraTreesRegressor,tree.DecisionTreeRegressor,
    tree.ExtraTreeRegressor,ensemble.GradientBoostingRegressor}(criterion="mse") | 1.0 | 1.2 | -> "squared_error"
sklearn.{ensemble.RandomForestRegressor,ensemble.ExtraTreesRegressor,tree.DecisionTreeRegressor,
    tree.ExtraTreeRegressor,ensemble.GradientBoostingRegressor}(criterion="mae") | 1.0 | 1.2 | -> "absolute_error"
sklearn.ensemble.GradientBoostingRegressor(loss="ls") | 1.0 | 1.2 | -> "squared_error"
sklearn.ensemble.GradientBoostingRegressor(loss="lad") | 1.0 | 1.2 | -> "absolute_error"
sklearn.linear_model.SGDRegressor(loss="squared_loss") | 1.0 | 1.2 | -> "squared_error"
sklearn.decomposition.NMF(alpha=) | 1.0 | 1.2 | use `alpha_W` and `alpha_H`
sklearn.manifold.TSNE(square_distances=) | 1.1 | 1.3 | drop it
https://scikit-learn.org/stable/whats_new/v1.3.html
sklearn.metrics.SCORERS | 1.0 | 1.3 | use `sklearn.metrics.get_scorer_names()`
sklearn.{ensemble.RandomForestClassifier,ensemble.ExtraTreesClassifier,ensemble.GradientBoostingClassifier,
    tree.DecisionTreeClassifier,tree.ExtraTreeClassifier}(max_features="auto") | 1.1 | 1.3 | -> "sqrt"
sklearn.{ensemble.RandomForestRegressor,ensemble.ExtraTreesRegressor}(max_features="auto") | 1.1 | 1.3 | -> 1.0
sklearn.{ensemble.GradientBoostingRegressor,tree.DecisionTreeRegressor,tree.ExtraTreeRegressor}(max_features="auto")
    | 1.1 | 1.3 | -> None
sklearn.ensemble.GradientBoostingClassifier(loss="deviance") | 1.1 | 1.3 | -> "log_loss"
sklearn.linear_model.SGDClassifier(loss="log") | 1.1 | 1.3 | -> "log_loss"
sklearn.cluster.KMeans(algorithm="full") | 1.1 | 1.3 | -> "lloyd"
sklearn.cluster.KMeans(algorithm="auto") | 1.1 | 1.3 | -> "lloyd"
sklearn.linear_model.RANSACRegressor(base_estimator=) | 1.1 | 1.3 | -> estimator
https://scikit-learn.org/stable/whats_new/v1.4.html
sklearn.preprocessing.OneHotEncoder(sparse=) | 1.2 | 1.4 | -> sparse_output
sklearn.ensemble.{BaggingClassifier,BaggingRegressor,AdaBoostClassifier,AdaBoostRegressor}(base_estimator=) | 1.2 |
    1.4 | -> estimator
sklearn.calibration.CalibratedClassifierCV(base_estimator=) | 1.2 | 1.4 | -> estimator
sklearn.cluster.{AgglomerativeClustering,FeatureAgglomeration}(affinity=) | 1.2 | 1.4 | -> metric
sklearn.linear_model.LogisticRegression(0 penalty="none") | 1.2 | 1.4 | -> None
https://scikit-learn.org/stable/whats_new/v1.6.html
sklearn.metrics.mean_squared_error(squared=False) | 1.4 | 1.6 | -> sklearn.metrics.root_mean_squared_error()
sklearn.metrics.mean_squared_error(squared=) | 1.4 | 1.6 | drop it
sklearn.metrics.mean_squared_log_error(squared=False) | 1.4 | 1.6 | -> sklearn.metrics.root_mean_squared_log_error()
sklearn.metrics.mean_squared_log_error(squared=) | 1.4 | 1.6 | drop it
sklearn.ensemble.AdaBoostClassifier(algorithm="SAMME.R") | 1.4 | 1.6 | drop it: SAMME is the only algorithm
https://scikit-learn.org/stable/whats_new/v1.7.html
sklearn.manifold.TSNE(n_iter=) | 1.5 | 1.7 | -> max_iter
https://scikit-learn.org/stable/whats_new/v1.8.html
sklearn.linear_model.{LogisticRegression,LogisticRegressionCV}(multi_class=) | 1.5 | 1.8 | drop it, or use
    `OneVsRestClassifier`
sklearn.ensemble.AdaBoostClassifier(algorithm=) | 1.6 | 1.8 | drop it: SAMME is the only algorithm
https://imbalanced-learn.org/stable/whats_new.html
imblearn.{over_sampling.SMOTE,over_sampling.RandomOverSampler,over_sampling.ADASYN,over_sampling.BorderlineSMOTE,
    over_sampling.SVMSMOTE,over_sampling.SMOTENC,under_sampling.RandomUnderSampler,under_sampling.NearMiss,
    under_sampling.TomekLinks,under_sampling.ClusterCentroids,under_sampling.EditedNearestNeighbours,
    combine.SMOTEENN,combine.SMOTETomek}.fit_sample | 0.4 | 0.8 | -> fit_resample
imblearn.{over_sampling.SMOTE,over_sampling.RandomOverSampler,over_sampling.ADASYN,under_sampling.RandomUnderSampler,
    under_sampling.NearMiss,combine.SMOTEENN,combine.SMOTETomek}(ratio=) | 0.4 | 0.6 | -> sampling_strategy
"""
