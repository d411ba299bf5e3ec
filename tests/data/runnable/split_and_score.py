# %%
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
# %%
data = pd.read_csv("data/churn.csv")
X, y = data[["age", "months"]], data["churned"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3)
# %%
model = LogisticRegression().fit(X_train, y_train)
score = model.score(X_test, y_test)
round(score, 3)
