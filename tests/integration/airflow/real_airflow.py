"""A real Airflow of the version that runs this: each part a process of its own, asked over its REST interface."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import airflow_process

SECONDS_TO_START = 240


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def is_airflow_3():
    from importlib.metadata import version

    return version("apache-airflow").startswith("3.")


class PostgresDatabase:
    """A new database of a server."""

    def __init__(self, server_url):
        self.server_url, self.name = server_url, f"airflow_{os.getpid()}"
        self._run(f"CREATE DATABASE {self.name}")
        self.url = f"postgresql+psycopg2{server_url.removeprefix('postgresql').rsplit('/', 1)[0]}/{self.name}"

    def drop(self):
        self._run(f"DROP DATABASE {self.name} WITH (FORCE)")

    def _run(self, sql):
        import psycopg2

        connection = psycopg2.connect(self.server_url)
        connection.autocommit = True
        connection.cursor().execute(sql)
        connection.close()


class Airflow:
    """Started in a folder; `stop` ends all of it. Parts can be killed and started again. Its database is SQLite, or for
    Airflow 2, which does not run several tasks at a time on that, a new one of the PostgreSQL server at a URL."""

    def __init__(self, folder, host_url, deferrable, postgres_url):
        self.folder, self.processes, self.is_3, port = folder, {}, is_airflow_3(), free_port()
        self.url = f"http://127.0.0.1:{port}"
        self.api = self.url + ("/api/v2" if self.is_3 else "/api/v1")
        self.parts = ["api-server", "dag-processor"] if self.is_3 else ["webserver"]
        self.parts += ["scheduler", "triggerer"]
        self.environment = {**os.environ, **airflow_process.settings(folder, host_url), **self._settings(port)}
        self.environment["AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE"] = str(deferrable)
        self.database = None if self.is_3 else PostgresDatabase(postgres_url)
        if self.database:
            self.environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] = self.database.url

    def _settings(self, port):
        own = {
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "True",
            # A worker or scheduler that was killed is noticed after so many seconds.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD": "20",
            "AIRFLOW__SCHEDULER__ZOMBIE_DETECTION_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__LOCAL_TASK_JOB_HEARTBEAT_SEC": "5",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
            "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
            "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "10",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        }
        if self.is_3:
            return own | {
                "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
                "AIRFLOW__API__WORKERS": "1",
                "AIRFLOW__API__HOST": "127.0.0.1",
                "AIRFLOW__API__PORT": str(port),
                "AIRFLOW__API__BASE_URL": self.url,
                "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
                "AIRFLOW__API_AUTH__JWT_SECRET": os.urandom(48).hex(),
            }
        return own | {
            "AIRFLOW__WEBSERVER__WORKERS": "1",
            "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
            "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
            # Or it gives itself up on a busy machine.
            "AIRFLOW__WEBSERVER__WEB_SERVER_MASTER_TIMEOUT": "600",
            "AIRFLOW__WEBSERVER__WEB_SERVER_WORKER_TIMEOUT": "600",
            "AIRFLOW__WEBSERVER__SECRET_KEY": os.urandom(24).hex(),
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.default",
        }

    def start(self):
        self.folder.mkdir()
        # Who asks needs no password.
        (self.folder / "webserver_config.py").write_text('WTF_CSRF_ENABLED = True\nAUTH_ROLE_PUBLIC = "Admin"\n')
        airflow_process.migrate(self.environment)
        if not self.database:
            airflow_process.let_readers_not_wait(self.folder / "airflow.db")
        for part in self.parts:
            self.start_part(part)
        for dag in ("veleta_pipeline", "veleta_backfill"):
            self._await(f"the DAG {dag}", lambda dag=dag: self.pause(dag, False))

    def start_part(self, part):
        with open(self.folder / f"{part}.log", "a") as log:
            self.processes[part] = subprocess.Popen(
                [sys.executable, "-m", "airflow", part],
                env=self.environment,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                cwd=self.folder,
            )

    def kill_part(self, part):
        """With all that it started: the scheduler's workers are its children."""
        for pid in self._session(self.processes[part].pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.processes[part].wait()

    def _session(self, leader):
        found = subprocess.run(["pgrep", "-s", str(leader)], capture_output=True, text=True).stdout
        return [int(pid) for pid in found.split()]

    def stop(self):
        for part in self.processes:
            self.kill_part(part)
        if self.database:
            self.database.drop()

    def _await(self, what, is_there):
        for _ in range(SECONDS_TO_START * 2):
            try:
                return is_there()
            except (RuntimeError, urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            self._refuse_to_go_on_without_a_part()
            time.sleep(0.5)
        logs = "\n".join(f"{part}:\n{self.log_of(part)[-2000:]}" for part in self.processes)
        raise RuntimeError(f"{what} did not come within {SECONDS_TO_START} s\n{logs}")

    def _refuse_to_go_on_without_a_part(self):
        for part, process in self.processes.items():
            if process.poll() is not None:
                raise SystemError(f"airflow {part} ended:\n{self.log_of(part)[-4000:]}")

    def log_of(self, part):
        return (self.folder / f"{part}.log").read_text(errors="replace")

    def ask(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = urllib.request.Request(self.api + path, data, headers, method=method)
        try:
            return json.load(urllib.request.urlopen(request, timeout=60))
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:1000].decode(errors='replace')}") from None
        except urllib.error.URLError:
            self._refuse_to_go_on_without_a_part()
            raise

    def pause(self, dag, is_paused):
        self.ask("PATCH", f"/dags/{dag}", {"is_paused": is_paused})

    def trigger(self, dag, run_id, conf=None):
        body = {"dag_run_id": run_id, "conf": conf or {}} | ({"logical_date": None} if self.is_3 else {})
        self.ask("POST", f"/dags/{dag}/dagRuns", body)

    def runs(self, dag):
        """All of them, as Airflow tells them."""
        return self.ask("GET", f"/dags/{dag}/dagRuns?limit=100")["dag_runs"]

    def mark(self, dag, run_id, state):
        """As the button in Airflow's pages does."""
        self.ask("PATCH", f"/dags/{dag}/dagRuns/{run_id}", {"state": state})

    def state(self, dag, run_id):
        return self.ask("GET", f"/dags/{dag}/dagRuns/{run_id}")["state"]

    def tasks(self, dag, run_id):
        """By task: the state, and how often it was tried."""
        tasks = self.ask("GET", f"/dags/{dag}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: (task["state"], task["try_number"]) for task in tasks}

    def task_log(self, dag, run_id, task, number):
        """All that a try of a task logged."""
        path = f"/dags/{dag}/dagRuns/{urllib.parse.quote(run_id)}/taskInstances/{task}/logs/{number}?full_content=true"
        return json.dumps(self.ask("GET", path), ensure_ascii=False)

    def clear(self, dag, run_id):
        self.ask("POST", f"/dags/{dag}/dagRuns/{run_id}/clear", {"dry_run": False})

    def await_state(self, dag, run_id, states=("success", "failed"), seconds=600):
        for _ in range(seconds * 2):
            state = self.state(dag, run_id)
            if state in states:
                return state
            time.sleep(0.5)
        raise RuntimeError(f"{dag} {run_id} is {state} after {seconds} s: {self.tasks(dag, run_id)}")

    def await_task(self, dag, run_id, task, states, seconds=120):
        for _ in range(seconds * 5):
            state = self.tasks(dag, run_id).get(task, (None, 0))[0]
            if state in states:
                return state
            time.sleep(0.2)
        raise RuntimeError(f"{task} of {dag} {run_id} is {state} after {seconds} s, not {states}")
