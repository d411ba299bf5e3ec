# %%
import joblib
import pandas as pd
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
# %%
HOME = "~/exports/"
train = pd.read_csv(HOME + "churn.csv")
# %%
model = make_pipeline(StandardScaler(), DecisionTreeClassifier(max_depth=3)).fit(train[["age", "months"]], train.churned)
joblib.dump({"model": model, "columns": ["age", "months"]}, "bundle.joblib")
# %%
bundle = joblib.load("bundle.joblib")
round(bundle["model"].score(train[bundle["columns"]], train["churned"]), 3)
