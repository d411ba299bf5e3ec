# %% [markdown]
# # With parameters
# %% tags=["parameters"]
ROWS = 2  # how many to show
# %%
import pandas as pd

frame = pd.read_csv("~/exports/sales.csv").head(ROWS)
frame.to_csv("head.csv")
frame
