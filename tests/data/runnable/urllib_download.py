# %%
import json
import os
from urllib.request import urlopen
# %%
answer = json.loads(urlopen(os.environ["SERVER"] + "/rates").read())
with open("answer.json", "w") as file: json.dump(answer, file)
sorted(answer)
