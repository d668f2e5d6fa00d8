#!/usr/bin/env python3
"""What Python users run instead. `peers.py FUNCTION FILE…` prints the CPU seconds of one warm call; the
seconds where it waits for a server."""
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


def mlflow_log(url):
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param
    client = MlflowClient(url)
    experiment = client.create_experiment(f"bench-{time.time_ns()}")

    def log():
        run = client.create_run(experiment).info.run_id
        client.log_batch(run, params=[Param(f"key{i}", "value") for i in range(100)])
        client.log_batch(run, metrics=[Metric("mae", i * 0.5, 1700000000000, i) for i in range(1000)])
    return log


def mlflow_register(url, folder):
    import os
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModelStatus
    os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
    client = MlflowClient(url)
    name = f"bench-{time.time_ns()}"
    experiment = client.create_experiment(name)
    client.create_registered_model(name)

    def register():
        run = client.create_run(experiment).info.run_id
        model = client.create_logged_model(experiment, name=name, source_run_id=run)
        client.log_model_artifacts(model.model_id, folder)
        client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
        client.create_model_version(name, f"models:/{model.model_id}", run_id=run, model_id=model.model_id)
    return register


def main():
    function = sys.argv[1]
    clock = time.perf_counter if function.startswith("mlflow_") else time.process_time
    work = globals()[function](*sys.argv[2:])
    work()
    start = clock()
    work()
    print(clock() - start)


if __name__ == "__main__":
    main()
