# %%
import os, requests
pages = [requests.get(os.environ["SERVER"] + path).text for path in ("/rates", "/rates")]
with open("pages.txt", "w") as out: out.write("\n".join(pages))
len(pages), pages[0] == pages[1]
