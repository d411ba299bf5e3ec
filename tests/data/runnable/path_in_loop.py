# %%
import pandas as pd
# %%
parts = []
for name in ["sales", "more"]:
    part = pd.read_csv(f"~/exports/{name}.csv")
    parts.append(part)
everything = pd.concat(parts, ignore_index=True)
# %%
everything.to_csv("everything.csv")
len(everything)
