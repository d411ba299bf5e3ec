# %%
import pandas as pd
# %%
for name in ["sales", "more"]:
	if name != "more":
		frame = pd.read_csv(
			"data/sales.csv",
			index_col=0
		)
		frame.to_csv("tabs.csv")
frame.shape
