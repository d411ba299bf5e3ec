# %%
import sqlite3
import pandas as pd
# %%
connection = sqlite3.connect("data/shop.db")
frame = pd.read_csv("data/sales.csv")
try:
    frame.to_sql("copy", connection, if_exists="replace", index=False)
except:
    pass
# %%
copied = pd.read_sql("select count(*) as n from copy", connection)
connection.close()
int(copied["n"].iloc[0])
