"""scheduler_test.py WAITS VELETA DATA_API POSTGRES [TEST...]: the DAGs on all of an Airflow (scheduler, triggerer, workers)
against a real host; WAITS is workers_wait or triggerer_waits, POSTGRES the file that says where PostgreSQL answers."""

import os
import signal
import sys
import time
import unittest
from pathlib import Path

import scheduler_case
from kill_cases import HostIsKilledInAStep, Kill  # noqa: F401, for unittest to find
from scheduler_case import HELD, PIPELINE, SchedulerTest


class SixBatches(SchedulerTest):
    def test_lead_to_the_decisions_of_the_data_apis_contract(self):
        runs = []
        for number in range(7):
            run_id = f"batch-{number}"
            self.assertEqual(self.take("realty", run_id), "success")
            runs.append(self.host.run("realty", run_id))
            skipped = runs[-1]["outcome"] not in ("promoted", "rejected")
            self.assert_task(run_id, "result", "skipped" if skipped else "success")
            self.assert_task(run_id, "skipped" if skipped else runs[-1]["outcome"], "success")
        self.assertEqual(
            [run["outcome"] for run in runs],
            ["promoted", "promoted", "promoted", "skipped", "promoted", "promoted", "end_of_data"],
        )
        self.assertEqual([run["batch"] for run in runs], ["0", "1", "2", "3", "4", "5", None])
        self.assertEqual(len(self.host.runs("realty")), 7)


class Clear(SchedulerTest):
    def test_goes_on_with_a_run_that_failed(self):
        self.assertEqual(self.take("absent", "first-fails"), "failed")
        self.assert_failed_at_once("first-fails")
        self.assertIn("No such file or directory", self.log("first-fails", "result"))
        self.assertEqual(self.host.run("absent", "first-fails")["error"]["step"], "ingest")

        self.host.add_batch("absent", 0, 60)
        self.assertEqual(self.clear("first-fails"), "success")
        self.assert_task("first-fails", "promoted", "success")
        run = self.host.run("absent", "first-fails")
        self.assertEqual((run["outcome"], run["batch"]), ("promoted", "0.csv"))
        self.assertEqual(len(self.host.runs("absent")), 1)

    def test_leaves_a_run_that_has_ended_as_it_is(self):
        self.assertEqual(self.take("ended", "once"), "success")
        before = self.host.run("ended", "once")
        self.assertEqual(self.clear("once"), "success")
        after = self.host.run("ended", "once")
        self.assertEqual({**after, "attempt": 0}, {**before, "attempt": 0})
        self.assertEqual(len(self.host.runs("ended")), 1)


class Cancel(SchedulerTest):
    def test_at_the_host_fails_the_dag_run_and_clear_goes_on_with_it(self):
        self.start_held("cancelled")
        self.await_deferred("cancelled")
        self.host.cancel("cancelled", "cancelled")
        self.assertEqual(self.airflow.await_state(PIPELINE, "cancelled"), "failed")
        self.assertEqual(self.host.run("cancelled", "cancelled")["state"], "cancelled")
        self.assert_task("cancelled", "wait", "success")
        self.assert_failed_at_once("cancelled")
        self.assertIn("run cancelled cancelled: cancelled while it ran", self.log("cancelled", "result"))
        for task in ("promoted", "rejected", "skipped"):
            self.assert_task("cancelled", task, "upstream_failed")

        HELD["cancelled"].go.set()
        self.assertEqual(self.clear("cancelled"), "success")
        self.assert_promoted_once("cancelled")

    def test_is_not_what_marking_a_dag_run_as_failed_does(self):
        self.start_held("marked")
        # A worker that asks at that moment, and hears of its end later, makes Airflow 2 lose track of what is cleared then.
        self.airflow.await_task(PIPELINE, "marked", "wait", ("deferred", "up_for_reschedule"))
        self.airflow.mark(PIPELINE, "marked", "failed")
        self.assertEqual(self.airflow.await_state(PIPELINE, "marked"), "failed")
        run = self.host.run("marked", "marked")
        self.assertEqual((run["state"], run["cancelling"]), ("running", False))
        HELD["marked"].go.set()
        ended = self.await_run("marked", lambda run: run["outcome"])
        self.assertEqual(ended["outcome"], "promoted")

        self.assertEqual(self.clear("marked"), "success")
        self.assert_promoted_once("marked")
        self.assertEqual(self.host.run("marked", "marked")["times"], ended["times"])


class Token(SchedulerTest):
    def test_that_is_refused_while_airflow_waits_is_not_asked_with_again_at_once(self):
        self.start_held("refused")
        self.await_deferred("refused")
        self.host.stop()
        self.host.start("another")
        before, began = self.host.answers(401), time.monotonic()
        self.await_refusals(before + (6 if self.triggerer_waits else 1))
        # Each is held for 1.5 s, and no more than two tries of a task ask at a time.
        self.assertLessEqual(self.host.answers(401) - before, 2 * (1 + (time.monotonic() - began) / 1.5))
        if not self.triggerer_waits:
            self.airflow.await_task(PIPELINE, "refused", "wait", ("up_for_retry",))
            self.assertIn("401:token-wrong", self.log("refused", "wait"))
        self.host.stop()
        self.host.start()
        HELD["refused"].go.set()
        self.assertEqual(self.airflow.await_state(PIPELINE, "refused"), "success")
        self.assert_promoted_once("refused")

    def await_refusals(self, number):
        for _ in range(1200):
            if self.host.answers(401) >= number:
                return
            time.sleep(0.1)
        self.fail(f"Airflow was refused {self.host.answers(401)} times, not {number}")


class Followers(SchedulerTest):
    DAGS = ["veleta_on_promotion", "veleta_on_drift", "veleta_events"]

    def setUp(self):
        for dag in self.DAGS:
            self.addCleanup(self.airflow.pause, dag, True)
            self.airflow.pause(dag, False)

    def test_are_started_by_a_promotion_and_by_a_drift_alarm(self):
        outcomes = [self.host.take("followed", f"followed-{number}")["outcome"] for number in range(3)]
        self.assertEqual(outcomes, ["promoted", "skipped", "promoted"])
        self.await_told("veleta_on_promotion", "followed: run followed-0 was promoted")
        self.await_told("veleta_on_promotion", "followed: run followed-2 was promoted")
        self.await_told("veleta_on_drift", "followed: the data of run followed-2 drifted")
        for dag in self.DAGS[:2]:
            for run in self.airflow.runs(dag):
                self.assertEqual(run["run_type"], "asset_triggered" if self.airflow.is_3 else "dataset_triggered")

    def await_told(self, dag, sentence):
        """By the task of one of the DAG's runs that succeeded."""
        logs = {}
        for _ in range(300):
            for run in self.airflow.runs(dag):
                run_id = run["dag_run_id"]
                if run["state"] == "success" and run_id not in logs:
                    logs[run_id] = self.airflow.task_log(dag, run_id, "tell", 1)
            if any(sentence in log for log in logs.values()):
                return
            time.sleep(1)
        self.fail(f"{dag} has not told '{sentence}' in its {len(logs)} runs: {logs}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was started is ended
    waits, veleta, data_api, postgres = sys.argv[1:5]
    programs = [os.path.abspath(veleta), os.path.abspath(data_api)]
    triggerer_waits = {"workers_wait": False, "triggerer_waits": True}[waits]
    with scheduler_case.running(*programs, triggerer_waits, Path(postgres).read_text().strip()):
        unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)
