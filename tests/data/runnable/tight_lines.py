# %%
import pandas as pd; import os
if not os.path.exists("absent"): frame = pd.read_csv("~/exports/sales.csv"); rows = len(frame)
else: frame = None
for n in (1, 2): frame.head(n).to_csv(f"head{n}.csv")
rows
