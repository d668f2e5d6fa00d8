"""dags_test.py VELETA: the DAGs of deploy/airflow on the Airflow that runs this, without its scheduler, against a real host."""

import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock
from pathlib import Path

import airflow_process
from airflow_process import run_dag
from held_source import HeldSource
from veleta_host import RENT, Host

NEVER = 0.9  # better by so much no challenger is
HELD = dict.fromkeys(("cancelled_sync", "cancelled_deferrable"))
host = None


def setUpModule():
    global host
    folder = Path(tempfile.mkdtemp(prefix="veleta-airflow-"))
    unittest.addModuleCleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    host = Host(VELETA, folder)
    unittest.addModuleCleanup(host.stop)
    for name in ("sync", "deferrable", "linked", "monitored", "taken_again", "told"):
        host.add_rents(name, NEVER)
    host.add_rents("absent", sizes=[])
    for name in HELD:
        HELD[name] = HeldSource()
        host.add_pipeline(name, RENT, source=HELD[name].toml(), improves_by=0.0)
    host.start()
    (folder / "airflow").mkdir()
    airflow_process.start(folder / "airflow", host.url)


class DagTest(unittest.TestCase):
    def setUp(self):
        self.runs = []

    def run_dag(self, dag_id, deferrable=False, **conf):
        """Runs it; where the test fails afterwards, what was logged is shown."""
        run = run_dag(dag_id, conf, deferrable)
        self.runs.append(run)
        return run

    def assert_states(self, run, **states):
        found = {name: state for name, state in run.tasks.items() if name in states}
        self.assertEqual(found, states, f"\n{run.log[-12000:]}")


class Files(DagTest):
    def test_import_without_an_error(self):
        bag = airflow_process.dag_bag()
        self.assertEqual(bag.import_errors, {})
        self.assertEqual(
            set(bag.dag_ids),
            {"veleta_pipeline", "veleta_monitor", "veleta_backfill", "veleta_events", "veleta_on_promotion", "veleta_on_drift"},
        )

    def test_every_dag_and_every_task_says_what_it_does(self):
        for dag in airflow_process.dag_bag().dags.values():
            self.assertTrue(dag.doc_md, dag.dag_id)
            for task in dag.tasks:
                self.assertTrue(task.doc_md, task.task_id)


class Pipeline(DagTest):
    def take_three_batches(self, pipeline, deferrable):
        """A first model, nothing new, and a challenger that loses."""
        first = self.run_dag("veleta_pipeline", deferrable, pipeline=pipeline)
        self.assert_states(first, result="success", decide="success", promoted="success", rejected="skipped", skipped="skipped")
        second = self.run_dag("veleta_pipeline", deferrable, pipeline=pipeline)
        self.assert_states(second, result="skipped", decide="success", promoted="skipped", rejected="skipped", skipped="success")
        third = self.run_dag("veleta_pipeline", deferrable, pipeline=pipeline)
        self.assert_states(third, result="success", decide="success", promoted="skipped", rejected="success", skipped="skipped")
        fourth = self.run_dag("veleta_pipeline", deferrable, pipeline=pipeline)
        self.assert_states(fourth, result="skipped", skipped="success")
        self.assertEqual({run.state for run in self.runs}, {"success"})
        self.assertIn("Rejected: mae", third.log)

        runs = [host.run(pipeline, run.run_id) for run in self.runs]
        self.assertEqual([run["outcome"] for run in runs], ["promoted", "skipped", "rejected", "nothing_new"])
        self.assertEqual([run["batch"] for run in runs], ["0.csv", "1.csv", "2.csv", None])
        self.assertEqual(len(host.runs(pipeline)), 4)

    def test_shows_decisions_where_workers_wait(self):
        self.take_three_batches("sync", False)

    def test_shows_decisions_where_the_triggerer_waits(self):
        self.take_three_batches("deferrable", True)

    def test_fails_with_the_cause_in_the_tasks_log(self):
        for deferrable in (False, True):
            with self.subTest(deferrable=deferrable):
                run = self.run_dag("veleta_pipeline", deferrable, pipeline="absent")
                self.assertEqual(run.state, "failed")
                self.assert_states(run, start="success", wait="success", result="failed", decide="upstream_failed")
                self.assertRegex(run.log, r"FailException: Veleta's run \S+ failed.*No such file or directory")

    def test_fails_at_once_where_there_is_no_such_pipeline(self):
        for deferrable in (False, True):
            with self.subTest(deferrable=deferrable):
                run = self.run_dag("veleta_pipeline", deferrable, pipeline="nowhere")
                self.assert_states(run, start="failed", result="upstream_failed")
                self.assertRegex(run.log, "FailException: Veleta answered 404 .*nowhere")


    def cancel_once_it_runs(self, pipeline):
        def cancel():
            while not (runs := host.runs(pipeline)) or runs[0]["state"] != "running":
                time.sleep(0.1)
            host.cancel(pipeline, runs[0]["run_id"])

        canceller = threading.Thread(target=cancel)
        canceller.start()
        self.addCleanup(canceller.join)

    def test_fails_where_the_run_is_cancelled_at_the_host(self):
        for deferrable, pipeline in ((False, "cancelled_sync"), (True, "cancelled_deferrable")):
            with self.subTest(pipeline):
                self.cancel_once_it_runs(pipeline)
                run = self.run_dag("veleta_pipeline", deferrable, pipeline=pipeline)
                self.assertEqual(run.state, "failed")
                self.assert_states(run, start="success", wait="success", result="failed", decide="upstream_failed")
                self.assertRegex(run.log, r"FailException: Veleta's run \S+ cancelled: cancelled while it ran \(Clear")
                self.assertEqual(host.run(pipeline, run.run_id)["state"], "cancelled")

    def test_logs_links_that_lead_to_the_run(self):
        run = self.run_dag("veleta_pipeline", pipeline="linked")
        self.assertRegex(run.run_id, ":.*[+]")
        path = re.search(rf"self: {host.url}(/\S+)", run.log).group(1)
        for spelling in (path, path.replace(":", "%3A").replace("+", "%2B")):
            self.assertEqual(host.ask(spelling)["run_id"], run.run_id)


class Token(DagTest):
    def assert_refused(self, token, code):
        for deferrable in (False, True):
            connection = {"AIRFLOW_CONN_VELETA": airflow_process.connection(host.url, token)}
            with self.subTest(code, deferrable=deferrable), unittest.mock.patch.dict(os.environ, connection):
                refused = host.answers(401)
                run = self.run_dag("veleta_pipeline", deferrable, pipeline="sync")
                self.assertEqual(run.state, "failed")
                self.assert_states(run, start="failed", wait="upstream_failed", result="upstream_failed")
                self.assertRegex(run.log, f"FailException: Veleta answered 401 {code}: .*[Bb]earer")
                # Two of them to fetch the cause for the log, which the callback tells too.
                self.assertLessEqual(host.answers(401) - refused, 3)

    def test_that_is_missing_fails_the_run_at_once(self):
        self.assert_refused(None, "token-missing")

    def test_that_is_wrong_fails_the_run_at_once(self):
        self.assert_refused("another", "token-wrong")


class Monitor(DagTest):
    def test_trains_only_on_an_alarm(self):
        self.run_dag("veleta_pipeline", pipeline="monitored")
        calm = self.run_dag("veleta_monitor", pipeline="monitored")
        self.assert_states(calm, check="success", calm="success", start="skipped", result="skipped")
        self.assertEqual(len(host.runs("monitored")), 1)
        for _ in range(2):
            self.run_dag("veleta_pipeline", pipeline="monitored")
        alarmed = self.run_dag("veleta_monitor", True, pipeline="monitored", run={"batch": "2.csv"})
        self.assert_states(alarmed, check="success", calm="skipped", start="success", wait="success", result="success")
        self.assertIn("size drifted up", alarmed.log)


class Backfill(DagTest):
    def test_takes_each_batch_in_a_run_of_its_own(self):
        for _ in range(3):
            self.run_dag("veleta_pipeline", pipeline="taken_again")
        again = self.run_dag("veleta_backfill", True, pipeline="taken_again", batches=["1.csv", "2.csv"])
        states = again.states("run.result[0]", "run.result[1]")
        self.assertEqual(states, ["skipped", "success"], again.log[-12000:])
        runs = [host.run("taken_again", f"veleta_backfill.{again.run_id}.{index}") for index in (0, 1)]
        self.assertEqual([run["batch"] for run in runs], ["1.csv", "2.csv"])

    def test_is_skipped_without_batches(self):
        self.assert_states(self.run_dag("veleta_backfill", pipeline="taken_again"), batches="skipped")


class Events(DagTest):
    def test_are_told_once(self):
        self.run_dag("veleta_pipeline", pipeline="told")
        told = self.run_dag("veleta_events")
        self.assert_states(told, wait="success", promoted="success", remember="success")
        self.assertIn("promoted of told", told.log)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is ended
    VELETA = os.path.abspath(sys.argv.pop())
    unittest.main(verbosity=2)
