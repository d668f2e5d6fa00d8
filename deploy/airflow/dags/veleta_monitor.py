"""Asks each hour whether a pipeline's data has drifted, and trains only if it has. Airflow 2.11 and 3."""

import logging
from datetime import datetime, timedelta

from airflow.configuration import conf
from airflow.providers.http.hooks.http import HttpHook
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor

try:  # Airflow 3
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.sdk import DAG, Param, task
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
except ImportError:  # Airflow 2.11
    from airflow import DAG
    from airflow.decorators import task
    from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
    from airflow.models.param import Param
    from airflow.operators.empty import EmptyOperator

log = logging.getLogger("airflow.task")

SCHEDULE = "@hourly"
# Whether `wait` waits in the triggerer or as a worker's process: AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE=True, or here. What
# Veleta answers at once is not deferred: a task whose trigger fires before the scheduler has noticed that it is deferred
# counts as lost.
DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)

PIPELINE = "/v1/pipelines/{{ (params.pipeline or var.value.get('veleta_pipeline', 'realty')) | urlencode }}"
RUN = f"{PIPELINE}/runs/{{{{ dag.dag_id }}}}.{{{{ run_id | urlencode }}}}"
JSON = {"Content-Type": "application/json"}


def accept(response):
    """Fails the task for good where trying again cannot help (4xx), else leaves it to its retries (5xx)."""
    if response.status_code < 400:
        return True
    answer = f"Veleta answered {response.status_code} {response.reason}: {response.text[:2000]}"
    raise AirflowFailException(answer) if response.status_code < 500 else AirflowException(answer)


def judge(response, ti):
    """What a run that has ended means to Airflow: a lost challenger is a success, no training is a skip."""
    accept(response)
    run = response.json()
    ti.xcom_push(key="return_value", value=run)
    for name, path in run.get("links", {}).items():
        log.info("%s: %s", name, response.url.split("/v1/")[0] + path if path.startswith("/") else path)
    if run["state"] in ("failed", "cancelled"):
        error = run.get("error") or {}
        place = f" in step {error['step']}" if error.get("step") else ""
        cause = f"{error['code']} {error['message']}" if error else run.get("sentence")
        raise AirflowFailException(
            f"Veleta's run {run['run_id']} {run['state']}{place}: {cause} (Clear the task 'start' with what is downstream of it, "
            "and the run goes on from there.)"
        )
    log.info("%s: %s", run["state"], run.get("sentence"))
    if run["state"] == "skipped":
        raise AirflowSkipException(run.get("sentence"))
    return run["state"] == "succeeded"


def judged(response):
    """Logs the verdict; a judgement that takes too long (202) is asked for again in the next try."""
    accept(response)
    log.info("%s", response.json().get("sentence"))
    return response.status_code == 200


def tell_cause(context):
    """Writes what Veleta says of the run, and what it logged, into the failed task's log."""
    run = context["task"].render_template(RUN, context)
    hook = HttpHook(method="GET", http_conn_id="veleta")
    for path in (run, f"{run}/log"):
        try:
            answer = hook.run(path, headers={"Accept": "text/plain"}, extra_options={"check_response": False})
            log.error("Veleta on %s: %s\n%s", path, answer.status_code, answer.text)
        except Exception as error:
            log.error("Veleta on %s: %s", path, error)


with DAG(
    dag_id="veleta_monitor",
    description="Has the data drifted? Only then a run",
    schedule=SCHEDULE,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["veleta"],
    params={
        "pipeline": Param("", type="string", description="The pipeline's name; empty: the Variable veleta_pipeline"),
        "judge": Param(
            {"batch": "latest"},
            type="object",
            description='What is judged: {"batch": ID or "latest"}, {"served": {"last": "1h"}} or {"rows": […]}',
        ),
        "run": Param(
            {},
            type="object",
            description="Of the run on an alarm: batch, parameters, only_if, priority; without batch the source's next",
        ),
    },
    default_args={
        "http_conn_id": "veleta",
        "retries": 5,
        "retry_delay": timedelta(seconds=10),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=2),
        "execution_timeout": timedelta(minutes=2),
        "on_failure_callback": tell_cause,
    },
    doc_md="""
### Has the data drifted?

`check → alarm →` **start → wait → result**, or **calm**.

- `check` compares the newest batch, or what was asked of the model in the last hour, with what the production model was trained
  on, and changes nothing.
- Only an alarm leads to a run: by default on the source's next batch, promoted only by the pipeline's rule.

Connection `veleta`, Variable `veleta_pipeline`.
""",
):
    check = HttpOperator(
        task_id="check",
        method="POST",
        endpoint=f"{PIPELINE}/drift",
        headers=JSON,
        # The id makes one judgement of what Airflow asks twice.
        data="{{ dict(params.judge, id=dag.dag_id ~ '.' ~ run_id ~ '.check.' ~ ti.try_number) | tojson }}",
        extra_options={"check_response": False},
        response_check=judged,
        response_filter=lambda response: response.json(),
        deferrable=False,
        doc_md="Judges, and changes nothing. Logs which columns moved, and how far; its XCom is the verdict.",
    )

    @task.branch(doc_md="A run only where the data has drifted.")
    def alarm(verdict):
        return "start" if verdict["drifted"] else "calm"

    calm = EmptyOperator(task_id="calm", doc_md="The data is as the production model knows it.")
    start = HttpOperator(
        task_id="start",
        method="PUT",
        endpoint=RUN,
        headers=JSON,
        data="{{ dict(params.run, attempt=ti.try_number) | tojson }}",
        extra_options={"check_response": False},
        response_check=accept,
        deferrable=False,
        doc_md="Asks Veleta for a run.",
    )
    wait = HttpSensor(
        task_id="wait",
        endpoint=f"{RUN}/done",
        request_params={"wait": "20s"},
        response_error_codes_allowlist=["404", "503"],
        deferrable=DEFERRABLE,
        mode="reschedule",
        poke_interval=10,
        timeout=timedelta(hours=6).total_seconds(),
        doc_md="Waits until the run has ended in whatever way.",
    )
    result = HttpOperator(
        task_id="result",
        method="GET",
        endpoint=RUN,
        extra_options={"check_response": False},
        response_check=judge,
        response_filter=lambda response: response.json(),
        deferrable=False,
        doc_md="Fails where the run failed, with the cause; is skipped where Veleta skipped.",
    )

    alarm(check.output) >> [start, calm]
    start >> wait >> result
