# %%
import pandas as pd
# %%
SOURCE = "data/sales.csv"
ROWS = 3
# %%
frame = pd.read_csv(SOURCE)
top = frame.nlargest(ROWS, "amount")
top.to_json("top.json")
top
