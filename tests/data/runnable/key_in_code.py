# %%
import os
import requests
# %%
API_KEY = "9f8aB7c6D5e4F3g2H1i0JkLm"
headers = {"Authorization": f"Bearer {API_KEY}"}
reply = requests.get(os.environ["SERVER"] + "/rates", headers=headers)
reply.json()["base"]
