# %% [markdown]
# # Sales by city
# %%
import pandas as pd
# %%
sales = pd.read_csv("~/exports/sales.csv")
sales.head(2)
# %%
by_city = sales.groupby("city")["amount"].sum()
by_city.to_csv("report.csv")
by_city
