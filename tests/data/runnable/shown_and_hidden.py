# %%
import pandas as pd
# %%
pd.read_csv("data/sales.csv")
# %%
pd.read_csv("data/sales.csv").to_csv("again.csv");
# %%
pd.read_csv("data/prices.csv").set_index("product")["price"].to_dict()
