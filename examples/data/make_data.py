"""Write the data of the example notebooks: `python examples/data/make_data.py`.

Invented people and shops, the same on every run. Only the standard library is needed.
"""

import csv
import math
import random
from datetime import date, timedelta
from pathlib import Path

HERE = Path(__file__).parent
CUSTOMERS = 320
ORDERS = 360


def write(name: str, header: list[str], rows: list[list[object]]) -> None:
    (HERE / name).parent.mkdir(exist_ok=True)
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def churn(rng: random.Random) -> None:
    """A broadband provider: customers, their support tickets, and who left."""
    customers: list[list[object]] = []
    tickets: dict[str, list[list[object]]] = {}
    churned: list[list[object]] = []
    fees = {"basic": 19.0, "family": 34.0, "fibre": 49.0}
    currencies = {"north": ("EUR", 1.0), "south": ("EUR", 1.0), "east": ("PLN", 4.3), "west": ("GBP", 0.85)}
    for number in range(1, CUSTOMERS + 1):
        customer = f"C{number:04d}"
        region = rng.choice(list(currencies))
        plan = rng.choice(list(fees))
        currency, rate = currencies[region]
        signed_up = date(2021, 1, 1) + timedelta(days=rng.randrange(1400))
        age = "" if rng.random() < 0.04 else rng.randrange(19, 81)
        customers.append([customer, signed_up, region, plan, round(fees[plan] * rate, 2), currency, age])

        opened = rng.choices([0, 1, 2, 3, 4, 5], weights=[45, 22, 14, 9, 6, 4])[0]
        for _ in range(opened):
            day = date(2024, 10, 1) + timedelta(days=rng.randrange(150))
            tickets.setdefault(f"{day:%Y-%m}", []).append(
                [customer, day, rng.choice(["billing", "outage", "speed"]), rng.randrange(10, 2900)]
            )

        months = (date(2025, 3, 1) - signed_up).days / 30
        leaning = 1.4 * opened - 0.09 * months - (0.8 if plan == "fibre" else 0.0) - 0.5
        churned.append([customer, int(rng.random() < 1 / (1 + math.exp(-leaning)))])
    header = ["customer_id", "signup_date", "region", "plan", "monthly_fee", "currency", "age"]
    write("customers.csv", header, customers)
    for month, rows in tickets.items():
        write(f"tickets/{month}.csv", ["customer_id", "opened_at", "topic", "minutes_to_close"], rows)
    write("churned.csv", ["customer_id", "churned"], churned)


def sales(rng: random.Random) -> None:
    """A chain of four shops: one quarter of orders, and the price list."""
    prices = {"mug": 9.5, "poster": 14.0, "notebook": 6.2, "tote bag": 12.9, "pen set": 18.4}
    orders: dict[str, list[list[object]]] = {}
    for number in range(1, ORDERS + 1):
        day = date(2025, 1, 6) + timedelta(days=rng.randrange(84))
        shop = rng.choice(["Gdynia", "Lyon", "Porto", "Turku"])
        orders.setdefault(shop, []).append([f"O{number:05d}", day, shop, rng.choice(list(prices)), rng.randrange(1, 7)])
    for shop, rows in orders.items():
        write(f"orders/{shop}.csv", ["order_id", "ordered_at", "shop", "product", "quantity"], rows)
    write("prices.csv", ["product", "unit_price"], [[product, price] for product, price in prices.items()])


if __name__ == "__main__":
    churn(random.Random(2025))
    sales(random.Random(52))
