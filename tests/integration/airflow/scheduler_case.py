"""What tests on all of an Airflow share: the Airflow, a real host with its pipelines, and how runs of theirs are awaited."""

import contextlib
import subprocess
import tempfile
import time
import unittest
import urllib.error
from pathlib import Path

from held_source import HeldSource
from real_airflow import Airflow
from veleta_host import REALTY, RENT, Host

PIPELINE = "veleta_pipeline"
STEPS = ["ingest", "validate", "clean", "detect", "decide", "prepare", "train", "evaluate", "register", "promote"]
# Pipelines whose source is held back until the test lets it go; a run of one has its name.
HELD = dict.fromkeys(("host_killed", "scheduler_killed", "triggerer_killed", "cancelled", "marked", "refused"))


class SchedulerTest(unittest.TestCase):
    host = airflow = None
    triggerer_waits = False

    def take(self, pipeline, run_id):
        self.airflow.trigger(PIPELINE, run_id, {"pipeline": pipeline})
        return self.airflow.await_state(PIPELINE, run_id)

    def start_held(self, pipeline):
        """Its run waits for its source, and Airflow for the run."""
        self.airflow.trigger(PIPELINE, pipeline, {"pipeline": pipeline})
        self.airflow.await_task(PIPELINE, pipeline, "wait", ("running", "deferred", "up_for_reschedule"))
        self.await_run(pipeline, lambda run: run["state"] == "running")

    def await_run(self, pipeline, is_so):
        """The run that has its pipeline's name, once it is so."""
        run = None
        for _ in range(12000):
            with contextlib.suppress(urllib.error.HTTPError):  # it is not asked for yet
                run = self.host.run(pipeline, pipeline)
                if is_so(run):
                    return run
            time.sleep(0.005)
        self.fail(f"the run of {pipeline} does not come there: {run}")

    def await_deferred(self, pipeline):
        if self.triggerer_waits:
            self.airflow.await_task(PIPELINE, pipeline, "wait", ("deferred",))

    def clear(self, run_id):
        """Clears the DAG run and awaits its end."""
        self.airflow.clear(PIPELINE, run_id)
        self.airflow.await_state(PIPELINE, run_id, ("queued", "running"), 60)
        return self.airflow.await_state(PIPELINE, run_id)

    def log(self, run_id, task):
        """Of the task's last try."""
        return self.airflow.task_log(PIPELINE, run_id, task, self.airflow.tasks(PIPELINE, run_id)[task][1])

    def assert_task(self, run_id, task, state):
        found = self.airflow.tasks(PIPELINE, run_id)[task][0]
        if found != state:
            self.fail(f"{task} of {run_id} is {found}, not {state}:\n{self.log(run_id, task)[-8000:]}")

    def assert_failed_at_once(self, run_id):
        """What may be mended would be tried five times more."""
        self.assert_task(run_id, "result", "failed")
        self.assertEqual(self.airflow.tasks(PIPELINE, run_id)["result"][1], 1)

    def assert_promoted_once(self, pipeline):
        self.assert_task(pipeline, "promoted", "success")
        self.assertEqual(self.host.run(pipeline, pipeline)["outcome"], "promoted")
        self.assertEqual(len(self.host.runs(pipeline)), 1)


def start_data_api(program, folder, ends):
    with open(folder / "data_api.log", "w") as announced:
        process = subprocess.Popen([program, "--port", "0", "--scale", "0.1"], stdout=announced, stderr=announced)
    ends.callback(process.wait)
    ends.callback(process.kill)
    for _ in range(100):
        text = (folder / "data_api.log").read_text()
        if text.startswith("data api on ") and text.endswith("\n"):
            return text.split()[-1]
        time.sleep(0.1)
    raise RuntimeError("the data API stand-in did not start")


def add_pipelines(host, data_api_url):
    host.add_pipeline("realty", REALTY, data_api=data_api_url)
    host.add_rents("absent", sizes=[])
    for name in ("ended", "followed"):
        host.add_rents(name)
    for name in ("undisturbed", *(f"killed_in_{step}" for step in STEPS)):
        host.add_rents(name, sizes=[60, 160])
    for name in HELD:
        HELD[name] = HeldSource()
        host.add_pipeline(name, RENT, source=HELD[name].toml(), improves_by=0.0)


@contextlib.contextmanager
def running(veleta, data_api, triggerer_waits, postgres_url):
    """The Airflow and the host are there for tests as long as this is entered."""
    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="veleta-airflow-", ignore_cleanup_errors=True)))
        host = Host(veleta, folder)
        ends.callback(host.stop)
        add_pipelines(host, start_data_api(data_api, folder, ends))
        host.start()
        airflow = Airflow(folder / "airflow", host.url, triggerer_waits, postgres_url)
        ends.callback(airflow.stop)
        airflow.start()
        SchedulerTest.host, SchedulerTest.airflow, SchedulerTest.triggerer_waits = host, airflow, triggerer_waits
        yield
