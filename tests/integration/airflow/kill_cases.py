"""kill -9 of the host, and of Airflow's parts, while a run is under way: it comes to its end, once."""

import contextlib
import json
import sqlite3

from scheduler_case import HELD, PIPELINE, STEPS, SchedulerTest
from step_stop import StepStop


class Kill(SchedulerTest):
    def in_the_middle(self, pipeline, kill):
        """Kills while the run waits for its source."""
        self.start_held(pipeline)
        kill()
        HELD[pipeline].go.set()
        self.assertEqual(self.airflow.await_state(PIPELINE, pipeline), "success")
        self.assert_promoted_once(pipeline)
        self.assertLessEqual(self.airflow.tasks(PIPELINE, pipeline)["wait"][1], 4)

    def test_of_the_host(self):
        def kill():
            self.host.kill()
            self.host.start()

        self.in_the_middle("host_killed", kill)

    def test_of_the_scheduler_and_its_workers(self):
        def kill():
            self.airflow.kill_part("scheduler")
            self.airflow.start_part("scheduler")

        self.in_the_middle("scheduler_killed", kill)

    def test_of_the_triggerer(self):
        def kill():
            self.await_deferred("triggerer_killed")
            self.airflow.kill_part("triggerer")
            self.airflow.start_part("triggerer")

        self.in_the_middle("triggerer_killed", kill)


class HostIsKilledInAStep(SchedulerTest):
    """Twice: when it has begun, and when all its work is done, but for the record of that."""

    def take_first_batch(self, pipeline):
        """So that the second one's run has a champion to judge by, and to beat."""
        self.assertEqual(self.host.take(pipeline, f"{pipeline}-0")["outcome"], "promoted")

    def query(self, sql, *parameters):
        with contextlib.closing(sqlite3.connect(self.host.folder / "store.db", timeout=60)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def steps(self, run_id):
        return [name for (name,) in self.query("SELECT name FROM steps WHERE run_id = ? ORDER BY number", run_id)]

    def kept(self, pipeline):
        """What the store and the registry hold of a pipeline, whenever it came there."""
        decisions = self.query("SELECT outcome, batch_id, model_version, record FROM decisions WHERE pipeline = ?1", pipeline)
        tracked = "SELECT status, count(*) FROM tracked_runs WHERE experiment = ?1 GROUP BY status"
        moves = "kind IN ('promoted', 'rejected', 'drift_alarm')"
        return {
            "batches": self.query("SELECT id, ordinal, state, payload_digest FROM batches WHERE pipeline = ?1", pipeline),
            "clean rows": self.query(f"SELECT count(*) FROM clean_{pipeline}"),
            "decisions": [decision[:3] for decision in decisions],
            "metrics": [json.loads(decision[3])["evaluate"]["learners"] for decision in decisions],
            "tracked runs": self.query(tracked, pipeline),
            "versions": self.query("SELECT version FROM model_versions WHERE model = ?1", pipeline),
            "production": self.query("SELECT alias, version FROM aliases WHERE model = ?1", pipeline),
            "events": self.query(f"SELECT kind FROM events WHERE pipeline = ?1 AND {moves} ORDER BY number", pipeline),
        }

    def test_and_each_step_has_its_effects_once(self):
        self.take_first_batch("undisturbed")
        self.assertEqual(self.host.take("undisturbed", "undisturbed-1")["outcome"], "promoted")
        expected = self.kept("undisturbed")
        for step in STEPS:
            with self.subTest(step):
                pipeline = f"killed_in_{step}"
                self.take_first_batch(pipeline)
                self.kill_twice_in(step, pipeline)
                self.assertEqual(self.airflow.await_state(PIPELINE, pipeline), "success")
                self.assert_task(pipeline, "promoted", "success")
                self.assertEqual(self.kept(pipeline), expected)
                self.assertEqual(len(self.host.runs(pipeline)), 2)
                self.assertLessEqual(self.airflow.tasks(PIPELINE, pipeline)["wait"][1], 4)

    def kill_twice_in(self, step, pipeline):
        before = STEPS[: STEPS.index(step)]

        def is_in_it(run):
            return run["state"] == "running" and self.steps(pipeline) == before

        def kill_once(is_so):
            self.await_run(pipeline, is_so)
            self.host.kill()
            self.assertEqual(self.steps(pipeline), before)

        with StepStop(self.host.folder / "store.db", pipeline, step) as stop:
            self.airflow.trigger(PIPELINE, pipeline, {"pipeline": pipeline})
            kill_once(is_in_it)
            self.host.start()
            kill_once(lambda run: is_in_it(run) and stop.is_reached())
        self.host.start()
