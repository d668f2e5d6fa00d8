#!/usr/bin/env python3
"""Makes the example data beside this file, always the same: rent.csv and churn/*.csv."""
import csv
import math
import pathlib
import random

HERE = pathlib.Path(__file__).parent

DISTRICTS = {"Altona": 1.1, "Bergedorf": 0.8, "Eimsbüttel": 1.25, "Harburg": 0.72, "Nord": 1.15, "Mitte": 1.3, "Wandsbek": 0.9}


def rent_row(rng, level):
    district = rng.choice(list(DISTRICTS))
    size = max(18, rng.lognormvariate(4.2, 0.35))
    rooms = max(1, round(size / 28 + rng.gauss(0, 0.5)))
    built = rng.randint(1890, 2024)
    balcony = rng.random() < 0.6
    rent = level * 11 * DISTRICTS[district] * size**0.93 * (1 + 0.002 * (built - 1960)) * (1.06 if balcony else 1)
    listed = f"2026-{rng.randint(1, 9):02}-{rng.randint(1, 28):02}"
    return [round(rent * math.exp(rng.gauss(0, 0.12))), round(size, 1), "" if rng.random() < 0.03 else rooms,
            district, rng.randint(0, 7), built, "yes" if balcony else "no", listed]


def make_rent():
    rng = random.Random(7)
    with open(HERE / "rent.csv", "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["rent", "size_m2", "rooms", "district", "floor", "built", "balcony", "listed"])
        for level in (1.0, 1.0, 1.0, 1.22):  # four batches of 1,000; rents rise before the last
            out.writerows(rent_row(rng, level) for _ in range(1000))


def churn_row(rng, number, plans, calls_mean):
    plan = rng.choices(list(plans), list(plans.values()))[0]
    months = 1 + int(rng.expovariate(1 / 20))
    calls = min(12, int(rng.expovariate(1 / calls_mean)))
    fee = {"basic": 12, "plus": 25, "pro": 49, "family": 35}[plan] * (1 if rng.random() < 0.8 else 0.85)
    payment = "card" if rng.random() < 0.7 else "transfer"
    score = -1.6 + 0.45 * calls - 0.035 * months + 0.02 * fee + (0.5 if payment == "transfer" else 0)
    churned = rng.random() < 1 / (1 + math.exp(-score))
    return [f"C{number:05}", plan, months, f"{fee:.2f}", calls, payment, rng.choice(["north", "south", "east", "west"]),
            "yes" if churned else "no"]


def make_churn():
    rng = random.Random(11)
    usual = {"basic": 5, "plus": 3, "pro": 2}
    months = {"2026-01": (usual, 1.5), "2026-02": (usual, 1.5), "2026-03": ({**usual, "family": 3}, 1.5), "2026-04": (usual, 3.0)}
    number = 0
    for month, (plans, calls_mean) in months.items():
        with open(HERE / "churn" / f"{month}.csv", "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file, lineterminator="\n")
            out.writerow(["customer", "plan", "months", "monthly_fee", "support_calls", "payment", "region", "churned"])
            for _ in range(1500):
                number += 1
                out.writerow(churn_row(rng, number, plans, calls_mean))


if __name__ == "__main__":
    make_rent()
    make_churn()
