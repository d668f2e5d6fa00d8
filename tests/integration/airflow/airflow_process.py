"""An Airflow in this process: its home, its database, and one run of a DAG at a time without a scheduler."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

from veleta_host import TOKEN

DAGS = Path(__file__).parents[3] / "deploy/airflow/dags"


def connection(url, token=TOKEN):
    """The connection `veleta`, as deploy/airflow/README.md tells to make it; without a token where that is None."""
    host, port = url.removeprefix("http://").split(":")
    extra = {"timeout": 30} | ({"Authorization": f"Bearer {token}"} if token else {})
    return json.dumps({"conn_type": "http", "schema": "http", "host": host, "port": int(port), "extra": extra})


def settings(home, url):
    """What an Airflow with its home in a folder has in its environment."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW_CONN_VELETA": connection(url),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAGS),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "3",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db?timeout=60",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NO_PROXY": "*",
    }


def migrate(environment=None):
    """Makes the database."""
    command = [sys.executable, "-m", "airflow", "db", "migrate"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"airflow db migrate failed:\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}")


def let_readers_not_wait(database):
    """In SQLite, for a writer."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def start(home, url):
    """Makes this process one that runs DAGs against the host at `url`. Airflow must not have been imported."""
    os.environ.update(settings(home, url))
    migrate()
    let_readers_not_wait(home / "airflow.db")


@contextlib.contextmanager
def output_to(file):
    """What this process and its children print goes to a file: Airflow's tasks log there."""
    sys.stdout.flush(), sys.stderr.flush()
    kept = os.dup(1), os.dup(2)
    os.dup2(file.fileno(), 1), os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush(), sys.stderr.flush()
        for descriptor, number in zip(kept, (1, 2)):
            os.dup2(descriptor, number)
            os.close(descriptor)


def dag_bag(deferrable=False):
    os.environ["AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE"] = str(deferrable)
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # Airflow 2.11
        from airflow.models.dagbag import DagBag
    return DagBag(dag_folder=str(DAGS))


class DagRun:
    """A run of a DAG that has ended: the states of its tasks ("start", "run.start[0]") and all that was logged."""

    def __init__(self, state, run_id, tasks, log):
        self.state, self.run_id, self.tasks, self.log = state, run_id, tasks, log

    def states(self, *names):
        return [self.tasks.get(name) for name in names]


def run_dag(dag_id, conf=None, deferrable=False):
    """Runs a DAG as `airflow dags test` does: every task in this process, triggers too."""
    with tempfile.TemporaryFile() as file:
        with output_to(file):
            run = dag_bag(deferrable).get_dag(dag_id).test(run_conf=conf or {})
            tasks = {
                task.task_id + (f"[{task.map_index}]" if task.map_index >= 0 else ""): task.state and str(task.state)
                for task in run.get_task_instances()
            }
        file.seek(0)
        log = file.read().decode(errors="replace")
    return DagRun(str(run.state), run.run_id, tasks, log)
