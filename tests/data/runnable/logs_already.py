# %%
import logging
import sys
import pandas as pd
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s", stream=sys.stdout)
log = logging.getLogger("report")
# %%
frame = pd.read_csv("data/sales.csv")
log.info("read %d rows", len(frame))
# %%
def deliver(table, path):
    table.to_csv(path)
    print(f"wrote {len(table)} rows to {path}")

deliver(frame, "delivered.csv")
