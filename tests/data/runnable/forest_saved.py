# %%
import joblib
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
# %%
data = pd.read_csv("data/churn.csv")
model = RandomForestClassifier(
    n_estimators=5,
    max_depth=2,  # small is enough
)
model.fit(data[["age", "months"]], data["churned"])
# %%
joblib.dump(model, "model.joblib")
again = joblib.load("model.joblib")
again.predict(data[["age", "months"]].head(3)).tolist()
