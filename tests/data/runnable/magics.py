# %%
%%capture captured
import pandas as pd
print("quiet")
# %%
names = !echo one two
frame = pd.read_csv("data/sales.csv"); count = len(frame)
%env SEASON=winter
total = frame["amount"].sum()
# %%
frame.to_csv("copy.csv")
count, list(names)
