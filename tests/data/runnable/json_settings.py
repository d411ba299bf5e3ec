# %%
import json
# %%
with open("data/settings.json") as file:
    settings = json.load(file)
settings
# %%
limit = settings["limit"]
with open("limit.txt", "w") as file:
    file.write(str(limit))
