# %%
import json
# %%
frame = pd.read_csv("data/sales.csv")
print(np.round(frame["amount"].mean(), 2))
with open("mean.json", "w") as out:
    json.dump(frame["amount"].mean(), out)
