# %%
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score, train_test_split
# %%
RANDOM_STATE = 3
# %%
data = pd.read_csv("data/churn.csv")
train, test = train_test_split(data, random_state=RANDOM_STATE)
forest = RandomForestClassifier(n_estimators=4)
scores = cross_val_score(forest, train[["age", "months"]], train["churned"], cv=2)
scores.mean().round(3)
