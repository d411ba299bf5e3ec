# %%
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
# %%
data = pd.read_csv("data/sales.csv")
data["noise"] = np.random.rand(len(data))
shuffled = data.sample(frac=1)
# %%
model = LinearRegression().fit(shuffled[["noise"]], shuffled["amount"])
round(model.score(shuffled[["noise"]], shuffled["amount"]), 4)
