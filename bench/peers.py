#!/usr/bin/env python3
"""What Python users run instead. `peers.py FUNCTION FILE…` prints the CPU seconds of one warm call."""
import csv
import json
import sys
import time


def read_csv(path):
    import pandas
    return lambda: pandas.read_csv(path)


def read_csv_plainly(path):
    def read():
        with open(path, newline="") as file:
            return list(csv.reader(file))
    return read


def read_json(path):
    import pandas

    def read():
        with open(path) as file:
            return pandas.DataFrame(json.load(file)["data"])
    return read


def ks(reference, current):
    import pandas
    from scipy.stats import ks_2samp
    a, b = (pandas.read_csv(path).iloc[:, 0].to_numpy() for path in (reference, current))
    return lambda: ks_2samp(a, b, method="asymp")


def chi_square_of(a, b):
    import pandas
    from scipy.stats import chi2_contingency
    return chi2_contingency(pandas.concat([a.value_counts(), b.value_counts()], axis=1).fillna(0))


def chi_square(reference, current):
    import pandas
    a, b = (pandas.read_csv(path).iloc[:, 0] for path in (reference, current))
    return lambda: chi_square_of(a, b)


def detect(reference, current):
    """One test a column, on categories typed as such beforehand."""
    import pandas
    from scipy.stats import ks_2samp
    categories = ["brokered_by", "status", "street", "city", "state", "zip_code"]
    a, b = (pandas.read_csv(path, dtype={name: str for name in categories}, parse_dates=["prev_sold_date"])
            for path in (reference, current))

    def compare():
        for name in a.columns:
            if name in categories:
                chi_square_of(a[name], b[name])
            else:
                ks_2samp(*(side[name].dropna().astype("int64" if name == "prev_sold_date" else float) for side in (a, b)),
                         method="asymp")
    return compare


def main():
    work = globals()[sys.argv[1]](*sys.argv[2:])
    work()
    start = time.process_time()
    work()
    print(time.process_time() - start)


if __name__ == "__main__":
    main()
