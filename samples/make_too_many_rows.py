#!/usr/bin/env python3
"""Makes clients-whole-firm.csv: one row more than the 1,000 that a file may have, the same bytes each time.

usage: make_too_many_rows.py DIRECTORY
"""

import csv
import pathlib
import sys

NAME = "clients-whole-firm.csv"
ROWS = 1001
TOWNS = ("Albany", "Boise", "Curitiba", "Duluth", "Eugene", "Fargo", "Goiânia", "Helena", "Itu", "Joplin", "Keene")
TRADES = ("Bakery", "Carpentry", "Dental", "Electric", "Florists", "Gym", "Hardware")
FORMS = ("Inc.", "LLC", "Ltda", "& Sons", "Co-op")


def row(n):
    name = f"{TOWNS[n % len(TOWNS)]} {TRADES[n % len(TRADES)]} {FORMS[n % len(FORMS)]} {n}"
    return (9130350000000000 + n * 7919, name, f"{n:05}")


def main():
    with open(pathlib.Path(sys.argv[1]) / NAME, "w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("Company ID", "Display name", "Client number"))
        writer.writerows(row(n) for n in range(1, ROWS + 1))


if __name__ == "__main__":
    main()
