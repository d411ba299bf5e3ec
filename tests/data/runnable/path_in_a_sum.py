# %%
import pandas as pd
folder = "~/exports/"
frame = pd.read_csv(folder + "sales.csv")
frame.sort_values("amount").to_csv("sorted.csv", index=False)
print(frame["amount"].max())
