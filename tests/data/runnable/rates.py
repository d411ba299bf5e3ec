# %%
import os
import pandas as pd
import requests
# %%
SERVER = os.environ["SERVER"]
rates = requests.get(f"{SERVER}/rates", params={"base": "EUR"}).json()["rates"]
rates
# %%
table = pd.DataFrame(list(rates.items()), columns=["currency", "rate"])
table.to_csv("rates.csv", index=False)
