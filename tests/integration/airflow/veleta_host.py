"""`veleta serve` on small pipelines of a folder, for Airflow to drive. Whoever asks it needs its token."""

import csv
import io
import json
import math
import os
import random
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

TOKEN = "of-these-tests"
ROWS = 600
# Of the flats, file by file: the first leads to a model, the second brings nothing new, in the third the data has drifted.
SIZES = [60, 60, 160]

KEPT = """
[store]
uri = "sqlite:///{folder}/store.db"
[registry]
uri = "sqlite:///{folder}/store.db"
[serve]
listen = "127.0.0.1:{port}"
token = "${{VELETA_TOKEN}}"
[runner]
lease_s = 2
"""

RENT = """
[pipeline]
name = "{name}"
task = "regression"
target = "rent"
[source]
{source}
[columns]
categorical = ["district"]
[[drift]]
plugin = "ks"
[retrain]
when = ["drift"]
[[learner]]
plugin = "ridge"
[promote]
metric = "mae"
gates = [ {{ metric = "mae", improves_by = {improves_by} }} ]
"""

# The mission's, for a tenth of its rows.
REALTY = """
[pipeline]
name = "{name}"
task = "regression"
target = "price"
transform = "log"
[source]
plugin = "http"
url = "{data_api}/data"
query = {{ group_number = 4, day = "Tuesday" }}
batch_id = "/batch_number"
end = {{ status = 400, message = "minima necesaria" }}
restart_url = "{data_api}/restart_data_generation"
[columns]
categorical = ["brokered_by", "status", "street", "city", "state", "zip_code"]
date = ["prev_sold_date"]
[validate]
min_rows = 500
max_missing_share = 0.2
[[drift]]
plugin = "ks"
[[drift]]
plugin = "chi_square"
columns = ["status", "state"]
[retrain]
when = ["drift", "performance", "new_categories"]
[[learner]]
plugin = "xgboost"
rounds = 60
"""


def batch_text(mean_size, seed):
    rng = random.Random(seed)
    level = {"north": 11, "south": 13, "west": 16}
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow(["rent", "size", "district"])
    for _ in range(ROWS):
        size, district = rng.gauss(mean_size, 12), rng.choice(list(level))
        out.writerow([round(size * level[district] * math.exp(rng.gauss(0, 0.1)), 2), round(size, 1), district])
    return text.getvalue()


class Host:
    """Its pipelines share one store. Ends with `stop`, with all that it started."""

    def __init__(self, program, folder):
        self.program, self.folder, self.configs, self.process, self.port = program, Path(folder), [], None, 0

    def add_pipeline(self, name, text, **values):
        self.configs.append((self.folder / f"{name}.toml", text + KEPT, {"name": name, "folder": self.folder, **values}))

    def add_rents(self, name, improves_by=0.0, sizes=SIZES):
        """A pipeline whose batches, 0.csv and so on, are in `folder/name`; with `improves_by` = 0.9 no challenger wins."""
        for number, size in enumerate(sizes):
            self.add_batch(name, number, size)
        source = f'plugin = "csv"\npath = "{self.folder / name}"'
        self.add_pipeline(name, RENT, source=source, improves_by=improves_by)

    def add_batch(self, name, number, mean_size):
        (self.folder / name).mkdir(exist_ok=True)
        (self.folder / name / f"{number}.csv").write_text(batch_text(mean_size, number), encoding="utf-8")

    def start(self, token=TOKEN):
        self.token = token
        for config, text, values in self.configs:
            config.write_text(text.format(**values, port=self.port))
        with open(self.folder / "host.log", "a") as log:
            configs = [str(config) for config, _, _ in self.configs]
            command = [self.program, "serve", *configs]
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
                env={**os.environ, "VELETA_TOKEN": token},
            )
        self.port = self.port or self._announced_port()
        self._await_answer()

    def ask(self, path, method="GET", body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        return json.load(urllib.request.urlopen(request, timeout=60))

    def run(self, pipeline, run_id, wait="0"):
        """A run as it is now, or once it has ended, after `wait` at most."""
        return self.ask(f"{self._path(pipeline, run_id)}?wait={wait}")

    def take(self, pipeline, run_id):
        """A run without Airflow, to its end."""
        self.ask(self._path(pipeline, run_id), "PUT", {})
        return self.run(pipeline, run_id, "30s")

    def cancel(self, pipeline, run_id):
        return self.ask(f"{self._path(pipeline, run_id)}/cancel", "POST", {})

    def _path(self, pipeline, run_id):
        return f"/v1/pipelines/{pipeline}/runs/{urllib.parse.quote(run_id)}"

    def answers(self, status):
        """How many requests it has answered so, since it was started."""
        metrics = urllib.request.urlopen(self.url + "/metrics", timeout=60).read().decode()
        lines = [line for line in metrics.splitlines() if line.startswith("veleta_http_requests_total{")]
        return sum(int(float(line.rsplit(" ", 1)[1])) for line in lines if f'code="{status}"' in line)

    def runs(self, pipeline):
        """All that were asked for, page by page."""
        runs, cursor = [], ""
        while cursor is not None:
            page = self.ask(f"/v1/pipelines/{pipeline}/runs?kind=run{cursor}")
            runs += page["runs"]
            cursor = page["next"] and f"&cursor={page['next']}"
        return runs

    def kill(self):
        """It alone: what it started ends by itself."""
        self.process.kill()
        self.process.wait()
        for _ in range(100):
            left = subprocess.run(["pgrep", "-s", str(self.process.pid), "-r", "D,R,S"], capture_output=True).stdout
            if not left:
                return
            time.sleep(0.1)
        raise RuntimeError(f"the host was killed, and what it started lives on: {left.decode().split()}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def log(self):
        return (self.folder / "host.log").read_text(errors="replace")

    def _announced_port(self):
        for _ in range(300):
            for line in self.log().splitlines():
                if line.startswith("serving ") and " on http://" in line:
                    return int(line.rsplit(":", 1)[1])
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"veleta serve did not start:\n{self.log()[-3000:]}")

    def _await_answer(self):
        for _ in range(300):
            try:
                return urllib.request.urlopen(f"{self.url}/healthz", timeout=5).read()
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)
        raise RuntimeError(f"veleta serve does not answer on {self.url}:\n{self.log()[-3000:]}")
