"""scheduler_test.py WAITS VELETA DATA_API POSTGRES: the DAGs on all of an Airflow (scheduler, triggerer, workers) against a
real host; WAITS is workers_wait or triggerer_waits, POSTGRES the file that says where PostgreSQL answers. Parts of Airflow
and the host are killed while a run is under way."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from real_airflow import Airflow
from veleta_host import REALTY, RENT, Host, batch_text

PIPELINE = "veleta_pipeline"
host = airflow = None


class HeldSource:
    """One batch over HTTP, held back until it is let go."""

    def __init__(self):
        self.go, self.answered, held = threading.Event(), 0, self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                held.go.wait()
                body = batch_text(60, 1).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/csv")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                    held.answered += 1
                except ConnectionError:  # of a host that was killed
                    pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def toml(self):
        return f'plugin = "http"\nurl = "http://127.0.0.1:{self.server.server_port}/"\nformat = "csv"'


def start_data_api(folder):
    with open(folder / "data_api.log", "w") as announced:
        process = subprocess.Popen([DATA_API, "--port", "0", "--scale", "0.1"], stdout=announced, stderr=announced)
    unittest.addModuleCleanup(process.wait)
    unittest.addModuleCleanup(process.kill)
    for _ in range(100):
        text = (folder / "data_api.log").read_text()
        if text.startswith("data api on ") and text.endswith("\n"):
            return text.split()[-1]
        time.sleep(0.1)
    raise RuntimeError("the data API stand-in did not start")


def setUpModule():
    global host, airflow
    folder = Path(tempfile.mkdtemp(prefix="veleta-airflow-"))
    unittest.addModuleCleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    host = Host(VELETA, folder)
    unittest.addModuleCleanup(host.stop)
    host.add_pipeline("realty", REALTY, data_api=start_data_api(folder))
    host.add_rents("absent", sizes=[])
    host.add_rents("ended")
    for name in HELD:
        HELD[name] = HeldSource()
        host.add_pipeline(name, RENT, source=HELD[name].toml(), improves_by=0.0)
    host.start()
    airflow = Airflow(folder / "airflow", host.url, TRIGGERER_WAITS, POSTGRES.read_text().strip())
    unittest.addModuleCleanup(airflow.stop)
    airflow.start()


class SchedulerTest(unittest.TestCase):
    def take(self, pipeline, run_id):
        airflow.trigger(PIPELINE, run_id, {"pipeline": pipeline})
        return airflow.await_state(PIPELINE, run_id)

    def assert_task(self, run_id, task, state):
        found, number = airflow.tasks(PIPELINE, run_id)[task]
        if found != state:
            self.fail(f"{task} of {run_id} is {found}, not {state}:\n{airflow.task_log(PIPELINE, run_id, task, number)[-8000:]}")


class SixBatches(SchedulerTest):
    def test_lead_to_the_decisions_of_the_data_apis_contract(self):
        runs = []
        for number in range(7):
            run_id = f"batch-{number}"
            self.assertEqual(self.take("realty", run_id), "success")
            runs.append(host.run("realty", run_id))
            skipped = runs[-1]["outcome"] not in ("promoted", "rejected")
            self.assert_task(run_id, "result", "skipped" if skipped else "success")
            self.assert_task(run_id, "skipped" if skipped else runs[-1]["outcome"], "success")
        self.assertEqual(
            [run["outcome"] for run in runs],
            ["promoted", "promoted", "promoted", "skipped", "promoted", "promoted", "end_of_data"],
        )
        self.assertEqual([run["batch"] for run in runs], ["0", "1", "2", "3", "4", "5", None])
        self.assertEqual(len(host.runs("realty")), 7)


class Clear(SchedulerTest):
    def test_goes_on_with_a_run_that_failed(self):
        self.assertEqual(self.take("absent", "first-fails"), "failed")
        self.assert_task("first-fails", "result", "failed")
        number = airflow.tasks(PIPELINE, "first-fails")["result"][1]
        log = airflow.task_log(PIPELINE, "first-fails", "result", number)
        # Airflow takes a deferred task for lost now and then, and tries it once more; it would try five times more what may be mended.
        self.assertLessEqual(number, 2 if TRIGGERER_WAITS else 1)
        self.assertIn("No such file or directory", log)
        self.assertEqual(host.run("absent", "first-fails")["error"]["step"], "ingest")

        host.add_batch("absent", 0, 60)
        airflow.clear(PIPELINE, "first-fails")
        airflow.await_state(PIPELINE, "first-fails", ("queued", "running"), 60)
        self.assertEqual(airflow.await_state(PIPELINE, "first-fails"), "success")
        self.assert_task("first-fails", "promoted", "success")
        run = host.run("absent", "first-fails")
        self.assertEqual((run["outcome"], run["batch"]), ("promoted", "0.csv"))
        self.assertEqual(len(host.runs("absent")), 1)

    def test_leaves_a_run_that_has_ended_as_it_is(self):
        self.assertEqual(self.take("ended", "once"), "success")
        before = host.run("ended", "once")
        airflow.clear(PIPELINE, "once")
        airflow.await_state(PIPELINE, "once", ("queued", "running"), 60)
        self.assertEqual(airflow.await_state(PIPELINE, "once"), "success")
        after = host.run("ended", "once")
        self.assertEqual({**after, "attempt": 0}, {**before, "attempt": 0})
        self.assertEqual(len(host.runs("ended")), 1)


class Kill(SchedulerTest):
    def in_the_middle(self, pipeline, kill):
        """Kills while the run waits for its source; the run comes to its end, once."""
        airflow.trigger(PIPELINE, pipeline, {"pipeline": pipeline})
        airflow.await_task(PIPELINE, pipeline, "wait", ("running", "deferred", "up_for_reschedule"))
        self.await_running(pipeline)
        kill()
        HELD[pipeline].go.set()
        self.assertEqual(airflow.await_state(PIPELINE, pipeline), "success")
        self.assert_task(pipeline, "promoted", "success")
        self.assertEqual(host.run(pipeline, pipeline)["outcome"], "promoted")
        self.assertEqual(len(host.runs(pipeline)), 1)
        self.assertLessEqual(airflow.tasks(PIPELINE, pipeline)["wait"][1], 4)

    def await_running(self, pipeline):
        for _ in range(300):
            if host.run(pipeline, pipeline)["state"] == "running":
                return
            time.sleep(0.1)
        self.fail(f"the run does not start: {host.run(pipeline, pipeline)}")

    def await_deferred(self, pipeline):
        if TRIGGERER_WAITS:
            airflow.await_task(PIPELINE, pipeline, "wait", ("deferred",))

    def test_of_the_host(self):
        def kill():
            host.kill()
            host.start()

        self.in_the_middle("host_killed", kill)

    def test_of_the_scheduler_and_its_workers(self):
        def kill():
            airflow.kill_part("scheduler")
            airflow.start_part("scheduler")

        self.in_the_middle("scheduler_killed", kill)

    def test_of_the_triggerer(self):
        def kill():
            self.await_deferred("triggerer_killed")
            airflow.kill_part("triggerer")
            airflow.start_part("triggerer")

        self.in_the_middle("triggerer_killed", kill)


HELD = dict.fromkeys(("host_killed", "scheduler_killed", "triggerer_killed"))

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("terminated"))  # so that what was started is ended
    POSTGRES = Path(sys.argv.pop())
    DATA_API, VELETA = os.path.abspath(sys.argv.pop()), os.path.abspath(sys.argv.pop())
    TRIGGERER_WAITS = {"workers_wait": False, "triggerer_waits": True}[sys.argv.pop()]
    unittest.main(verbosity=2)
