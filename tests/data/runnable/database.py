# %%
import sqlite3
import pandas as pd
# %%
connection = sqlite3.connect("data/shop.db")
customers = pd.read_sql("select * from customers order by id", connection)
customers
# %%
customers["name"] = customers["name"].str.upper()
customers.to_sql("shouted", connection, if_exists="replace", index=False)
rows = connection.execute("select name from shouted order by id").fetchall()
connection.close()
rows
