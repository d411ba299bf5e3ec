# %%
import pandas as pd
# %%
SALES_CSV = "a name that is taken"
logger = "so is this"
SEED = "and this"
os = 3
# %%
frame = pd.read_csv("~/exports/sales.csv").sample(frac=1, random_state=1)
frame.to_csv("shuffled.csv")
SALES_CSV, logger, SEED, os, frame["amount"].tolist()
