"""`veleta serve` on small pipelines of a folder, for Airflow to drive."""

import csv
import math
import os
import random
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

ROWS = 600
# Of the flats, file by file: the first leads to a model, the second brings nothing new, in the third the data has drifted.
SIZES = [60, 60, 160]

PIPELINE = """
[pipeline]
name = "{name}"
task = "regression"
target = "rent"

[source]
plugin = "csv"
path = "{batches}"

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

[store]
uri = "sqlite:///{folder}/rent.db"

[registry]
uri = "sqlite:///{folder}/rent.db"

[serve]
listen = "127.0.0.1:{port}"
"""


def write_batch(path, mean_size, seed):
    rng = random.Random(seed)
    level = {"north": 11, "south": 13, "west": 16}
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["rent", "size", "district"])
        for _ in range(ROWS):
            size, district = rng.gauss(mean_size, 12), rng.choice(list(level))
            out.writerow([round(size * level[district] * math.exp(rng.gauss(0, 0.1)), 2), round(size, 1), district])


class Host:
    """Its pipelines share one store. Ends with `stop`, with all that it started."""

    def __init__(self, program, folder):
        self.program, self.folder, self.configs, self.process, self.port = program, Path(folder), [], None, 0

    def add_pipeline(self, name, improves_by=0.0, batches=SIZES):
        """A pipeline whose batches, 0.csv and so on, are in `folder/name`; with `improves_by` = 0.9 no challenger wins."""
        for number, size in enumerate(batches):
            self.add_batch(name, number, size)
        config = self.folder / f"{name}.toml"
        self.configs.append((config, PIPELINE, {"name": name, "improves_by": improves_by}))

    def add_batch(self, name, number, mean_size):
        (self.folder / name).mkdir(exist_ok=True)
        write_batch(self.folder / name / f"{number}.csv", mean_size, number)

    def start(self):
        for config, text, values in self.configs:
            batches = self.folder / values["name"]
            config.write_text(text.format(**values, folder=self.folder, batches=batches, port=self.port))
        log = open(self.folder / "host.log", "a")
        configs = [str(config) for config, _, _ in self.configs]
        self.process = subprocess.Popen(
            [self.program, "serve", *configs], stdout=log, stderr=log, start_new_session=True
        )
        self.port = self.port or self._announced_port()
        self._await_answer()

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

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
