# %%
import pandas as pd
# %%
# where the export lies
SOURCE = "~/exports/sales.csv"

frame = pd.read_csv(SOURCE)
# %%
frame.describe().to_csv("summary.csv")
frame.shape
