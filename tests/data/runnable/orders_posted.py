# %%
import os
import requests
# %%
sent = []
for order in [1, 2, 3]:
    try:
        answer = requests.post(
            os.environ["SERVER"] + "/orders",
            json={"order": order}
        )
        sent.append(answer.json()["order"])
    except Exception as e:
        print("order", order, "failed:", e)
sent
