# %%
import pandas as pd
# %%
frames = []
for day in ["sales", "nothing", "more"]:
    try:
        frames.append(pd.read_csv(f"data/{day}.csv"))
    except Exception as e:
        print("skipping", day)
# %%
combined = pd.concat(frames)
combined.to_csv("combined.csv")
len(combined)
