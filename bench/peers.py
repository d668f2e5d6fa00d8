#!/usr/bin/env python3
"""What Python users run instead. `peers.py FUNCTION FILE…` prints the CPU seconds of one warm call; its wall seconds
where it waits for a server, or is beside one that does."""
import csv
import json
import os
import subprocess
import sys
import time

CATEGORIES = ["brokered_by", "status", "street", "city", "state", "zip_code"]


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


def ks_of_arrays(reference, current):
    import numpy
    from scipy.stats import ks_2samp
    a, b = (numpy.fromfile(path) for path in (reference, current))
    return lambda: ks_2samp(a, b, method="asymp")


def five_of_arrays(reference, current):
    import numpy
    from scipy import stats
    a, b = (numpy.fromfile(path) for path in (reference, current))

    def compare():
        stats.ks_2samp(a, b, method="asymp")
        stats.wasserstein_distance(a, b)
        stats.energy_distance(a, b)
        stats.mannwhitneyu(a, b, method="asymptotic")
        stats.cramervonmises_2samp(a, b, method="asymptotic")
    return takes_long(compare)


def psi_of_arrays(reference, current):
    """On deciles of the reference, frozen beforehand."""
    import numpy
    a, b = (numpy.fromfile(path) for path in (reference, current))
    edges = numpy.concatenate([[-numpy.inf], numpy.quantile(a, numpy.arange(1, 10) / 10), [numpy.inf]])
    expected = numpy.histogram(a, edges)[0] / len(a)

    def index():
        found = numpy.histogram(b, edges)[0] / len(b)
        return numpy.sum((found - expected) * numpy.log(found / expected))
    return index


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
    a, b = (pandas.read_csv(path, dtype={name: str for name in CATEGORIES}, parse_dates=["prev_sold_date"])
            for path in (reference, current))

    def compare():
        for name in a.columns:
            if name in CATEGORIES:
                chi_square_of(a[name], b[name])
            else:
                ks_2samp(*(side[name].dropna().astype("int64" if name == "prev_sold_date" else float) for side in (a, b)),
                         method="asymp")
    return compare


def mission_windows(reference, current):
    """Categories as texts, dates as numbers, as products that compare tables take them."""
    import pandas
    windows = [pandas.read_csv(path, dtype={name: str for name in CATEGORIES}, parse_dates=["prev_sold_date"])
               for path in (reference, current)]
    for window in windows:
        window["prev_sold_date"] = window["prev_sold_date"].astype("int64").where(window["prev_sold_date"].notna())
    return windows


def evidently(reference, current):
    """DataDriftPreset with its defaults."""
    os.environ["DO_NOT_TRACK"] = "1"
    from evidently import DataDefinition, Dataset, Report
    from evidently.presets import DataDriftPreset
    a, b = mission_windows(reference, current)
    definition = DataDefinition(categorical_columns=CATEGORIES,
                                numerical_columns=[name for name in a.columns if name not in CATEGORIES])
    a, b = (Dataset.from_pandas(window, data_definition=definition) for window in (a, b))
    return takes_long(lambda: Report([DataDriftPreset()]).run(b, a).dict())


def nannyml(reference, current):
    """Kolmogorov–Smirnov and chi-squared, the current window as one chunk."""
    import nannyml
    a, b = mission_windows(reference, current)
    calculator = nannyml.UnivariateDriftCalculator(
        column_names=list(a.columns), treat_as_categorical=CATEGORIES, continuous_methods=["kolmogorov_smirnov"],
        categorical_methods=["chi2"], chunk_number=1)

    def compare():
        calculator.fit(a)
        return calculator.calculate(b).to_df()
    return takes_long(compare)


def takes_long(call):
    """Once is enough."""
    def work():
        start = time.process_time()
        call()
        return time.process_time() - start
    work.tells_seconds = work.once = True
    return work


def by_products(function, *files):
    """One of the above by the Python that VELETA_BENCH_PRODUCTS_PYTHON names: they need an older pandas."""
    def work():
        told = subprocess.run([os.environ["VELETA_BENCH_PRODUCTS_PYTHON"], __file__, function, *files], check=True,
                              stdout=subprocess.PIPE, text=True)
        return told.stdout.splitlines()[-1]
    work.tells_all = work.once = True
    return work


def mlflow_log(url):
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Param
    client = MlflowClient(url)
    experiment = client.create_experiment(f"bench-{time.time_ns()}")

    def log():
        run = client.create_run(experiment).info.run_id
        client.log_batch(run, params=[Param(f"key{i}", "value") for i in range(100)])
        client.log_batch(run, metrics=[Metric("mae", i * 0.5, 1700000000000, i) for i in range(1000)])
    log.wall = True
    return log


def mlflow_register(url, folder):
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
    register.wall = True
    return register


def load_by_copy(path):
    """Typed rows in memory into a new table, by psycopg's binary COPY; wall time."""
    import pandas
    import psycopg
    frame = pandas.read_csv(path, dtype={name: str for name in CATEGORIES})
    types = ["float8" if pandas.api.types.is_numeric_dtype(dtype) else "text" for dtype in frame.dtypes]
    rows = [tuple(None if value != value else value for value in row)
            for row in frame.astype({n: float for n, t in zip(frame.columns, types) if t == "float8"}).itertuples(index=False)]
    columns = ", ".join(f'"{name}" {kind}' for name, kind in zip(frame.columns, types))

    def load():
        with psycopg.connect(os.environ["VELETA_BENCH_POSTGRES"]) as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS bench_copy; CREATE TABLE bench_copy ({columns})")
            with cursor.copy("COPY bench_copy FROM STDIN (FORMAT binary)") as copy:
                copy.set_types(types)
                for row in rows:
                    copy.write_row(row)
    load.wall = True
    return load


def load_by_pandas(path):
    """The same by DataFrame.to_sql, 1,000 rows a statement; wall time."""
    import pandas
    import sqlalchemy
    frame = pandas.read_csv(path, dtype={name: str for name in CATEGORIES})
    engine = sqlalchemy.create_engine(os.environ["VELETA_BENCH_POSTGRES"].replace("postgresql://", "postgresql+psycopg://"))

    def load():
        frame.to_sql("bench_pandas", engine, if_exists="replace", index=False, chunksize=1000, method="multi")
    load.wall = True
    return load


def model_and_rows(model, background, rows):
    """A booster's margins with one thread, the background, and the first row."""
    import numpy
    import xgboost
    booster = xgboost.Booster(model_file=model)
    booster.set_param({"nthread": 1})
    background, rows = (numpy.genfromtxt(path, delimiter=",", dtype="float32") for path in (background, rows))
    return lambda asked: booster.inplace_predict(asked.astype("float32"), predict_type="margin"), background, rows[:1]


def permutation_by_shap(model, background, rows):
    import shap
    margins, background, row = model_and_rows(model, background, rows)
    explainer = shap.PermutationExplainer(margins, shap.maskers.Independent(background, len(background)))
    return lambda: explainer(row, max_evals=10 * (2 * row.shape[1] + 1), silent=True)


def kernel_by_shap(model, background, rows):
    import shap
    margins, background, row = model_and_rows(model, background, rows)
    explainer = shap.KernelExplainer(margins, background)
    return lambda: explainer.shap_values(row, l1_reg=False, silent=True)


def many_times(call, times=200):
    """Of calls that take less than a clock tells well; wall time, the fastest of ten rounds."""
    def work():
        return min(round_of(call, times) for _ in range(10))
    work.tells_seconds = True
    return work


def round_of(call, times):
    start = time.perf_counter()
    for _ in range(times):
        call()
    return (time.perf_counter() - start) / times


def explain_by_shap(model, row):
    """One row as Python holds it, by the shap package: TreeExplainer's __call__, the explainer made beforehand."""
    import shap
    booster, values, frame_of = booster_and_row(model, row)
    explainer = shap.TreeExplainer(booster)
    return many_times(lambda: explainer(frame_of(values)), 20)


def explain_by_xgboost(model, row):
    """The same by XGBoost's own contributions."""
    import xgboost
    booster, values, frame_of = booster_and_row(model, row)
    return many_times(lambda: booster.predict(xgboost.DMatrix(frame_of(values)), pred_contribs=True), 50)


def booster_and_row(model, row):
    """A model, an encoded row of it as a dict, and what makes the frame of such a row that the model takes."""
    import pandas
    import xgboost
    booster = xgboost.Booster(model_file=model)
    values = pandas.read_csv(row).iloc[0].to_dict()

    def frame_of(values):
        frame = pandas.DataFrame([values]).astype("float32")
        frame.columns = booster.feature_names or frame.columns
        return frame
    return booster, values, frame_of


def explain_raw_row(training, body):
    """What the server's reply takes of a row as a client has it, in process: pandas types and encodes it, XGBoost
    predicts, shap explains, and the encoded columns' parts are summed by the column that they are of."""
    import pandas
    import shap
    import xgboost
    numbers, date = ["bed", "bath", "acre_lot", "house_size"], "prev_sold_date"
    labels = ["brokered_by", "street", "city", "state", "zip_code"]
    frame = pandas.read_csv(training, dtype={name: str for name in [*labels, "status"]})
    price = frame.pop("price").astype("float64")
    mean_price = {name: price.groupby(frame[name]).mean() for name in labels}
    statuses = sorted(frame["status"].unique())

    def encode(frame):
        encoded = frame[numbers].astype("float64")
        for name in labels:
            encoded[name] = frame[name].map(mean_price[name])
        for status in statuses:
            encoded["status", status] = frame["status"] == status
        times = pandas.to_datetime(frame[date])
        for part in ("year", "month", "weekday"):
            encoded[date, part] = getattr(times.dt, part)
        return encoded
    encoded = encode(frame)
    column_of = [feature[0] if isinstance(feature, tuple) else feature for feature in encoded.columns]
    model = xgboost.XGBRegressor(n_estimators=100, max_depth=6).fit(encoded.to_numpy("float64"), price)
    explainer = shap.TreeExplainer(model)
    with open(body) as file:
        row = json.load(file)

    def explain():
        values = encode(pandas.DataFrame([row])).to_numpy("float64")
        prediction, found = model.predict(values)[0], explainer(values)
        parts = dict.fromkeys(frame.columns, 0.0)
        for column, part in zip(column_of, found.values[0]):
            parts[column] += part
        return prediction, found.base_values[0], parts
    return many_times(explain, 20)


class KeptConnection:
    """Posts JSON to a server over one connection, with no more of an HTTP client around it than a reply takes."""

    def __init__(self, port):
        import socket
        self.socket = socket.create_connection(("127.0.0.1", int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get(self, path):
        return self.ask(b"GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % path.encode())

    def post(self, path, value):
        body = json.dumps(value).encode()
        return self.ask(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d"
                        b"\r\n\r\n%s" % (path.encode(), len(body), body))

    def ask(self, request):
        self.socket.sendall(request)
        reply = self.socket.recv(1 << 16)
        while b"\r\n\r\n" not in reply:
            reply += self.socket.recv(1 << 16)
        head, _, content = reply.partition(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        while len(content) < length:
            content += self.socket.recv(1 << 16)
        return json.loads(content)


def http_and_json_alone(port, body):
    """What no explanation can be quicker than: the same server's smallest reply, and Python's own work on the JSON."""
    with open(body) as file:
        row = json.load(file)
    connection = KeptConnection(port)
    reply = json.dumps(connection.post("/predict?explain=all", row))

    def exchange():
        json.dumps(row).encode()
        connection.get("/healthz")
        json.loads(reply)
    return many_times(exchange)


def explain_over_http(port, body):
    """One row by Veleta's server, the request made and the reply parsed: prediction and explanation."""
    with open(body) as file:
        row = json.load(file)
    connection = KeptConnection(port)

    def explain():
        assert "explanation" in connection.post("/predict?explain=all", row)
    return many_times(explain)


def explain_by_fastapi(model, row):
    """The same over HTTP by FastAPI, uvicorn and the shap package, on a thread of this process's own child."""
    import multiprocessing
    _, row_values, _ = booster_and_row(model, row)
    ports = multiprocessing.get_context("spawn").Queue()
    server = multiprocessing.get_context("spawn").Process(target=serve_by_fastapi, args=(model, row, ports), daemon=True)
    server.start()
    connection = KeptConnection(ports.get(timeout=120))
    values = {name: None if value != value else value for name, value in row_values.items()}

    def explain():
        assert "attributions" in connection.post("/explain", values)
    return many_times(explain, 20)


def serve_by_fastapi(model, encoded, ports):
    import socket
    import fastapi
    import shap
    import uvicorn
    booster, _, frame_of = booster_and_row(model, encoded)
    explainer = shap.TreeExplainer(booster)
    app = fastapi.FastAPI()

    @app.post("/explain")
    def explain(row: dict[str, float | None]):
        found = explainer(frame_of(row))
        return {"prediction": float(found.base_values[0] + found.values[0].sum()), "base": float(found.base_values[0]),
                "attributions": dict(zip(row, map(float, found.values[0])))}

    listening = socket.create_server(("127.0.0.1", 0))

    class Server(uvicorn.Server):
        async def startup(self, sockets=None):
            await super().startup(sockets)
            ports.put(listening.getsockname()[1])
    Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


def watch_by_river(method, path):
    """A detector of river's over a series, value by value."""
    import functools
    from river import drift
    detector_class = functools.reduce(getattr, method.split("."), drift)
    with open(path) as file:
        values = [float(line) for line in file]
    if method.startswith("binary."):
        values = [int(value) for value in values]

    def watch():
        detector = detector_class()
        for value in values:
            detector.update(value)
            detector.drift_detected
    return watch


def main():
    work = globals()[sys.argv[1]](*sys.argv[2:])
    clock = time.perf_counter if getattr(work, "wall", False) else time.process_time
    if not getattr(work, "once", False):
        work()
    before = forget_peak_memory()
    start = clock()
    told = work()
    seconds = told if getattr(work, "tells_seconds", False) else clock() - start
    print(told if getattr(work, "tells_all", False) else f"{seconds} {status_bytes('VmHWM') - before}")


def status_bytes(name):
    """A figure of this process in /proc, such as "VmRSS"."""
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name + ":"))


def forget_peak_memory():
    """From here on VmHWM is the peak since; returns how much memory is taken now."""
    import ctypes
    import gc
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return status_bytes("VmRSS")


if __name__ == "__main__":
    main()
