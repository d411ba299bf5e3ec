# %%
import pandas as pd
# %%
orders = pd.read_csv("data/orders.csv")
prices = pd.read_csv("data/prices.csv")
# %%
merged = orders.merge(prices, on="product", validate="m:1")
merged["total"] = merged["count"] * merged["price"]
merged[["order", "total"]].to_csv("totals.csv", index=False)
print(merged["total"].sum())
