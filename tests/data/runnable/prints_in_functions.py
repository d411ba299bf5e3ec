# %%
import pandas as pd
# %%
def load(path):
    table = pd.read_csv(path)
    print(f"loaded {len(table)} rows from {path!r} ({table['amount'].mean():.2f} on average)")
    return table

def clean(table):
    kept = table.dropna()
    print("kept", len(kept), "of", len(table), "rows")
    return kept
# %%
ready = clean(load("data/sales.csv"))
ready.to_csv("ready.csv", index=False)
