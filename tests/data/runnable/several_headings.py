# %% [markdown]
# # The title
# %% [markdown]
# ## Load
# %%
import pandas as pd
frame = pd.read_csv("data/sales.csv")
# %% [markdown]
# ## Deliver
# %%
frame[frame.amount > 10].to_csv("large.csv")
