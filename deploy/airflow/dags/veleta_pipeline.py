"""A run of a Veleta pipeline: started, awaited, and branched on by its decision. Airflow 2.11 and 3."""

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

SCHEDULE = None  # when to take the next batch: "@daily", a cron expression, an asset that another DAG updates
# Whether `wait` waits in the triggerer or as a worker's process: AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE=True, or here. What
# Veleta answers at once is not deferred: a task whose trigger fires before the scheduler has noticed that it is deferred
# counts as lost.
DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)

PIPELINE = "{{ (params.pipeline or var.value.get('veleta_pipeline', 'realty')) | urlencode }}"
RUN = f"/v1/pipelines/{PIPELINE}/runs/{{{{ run_id | urlencode }}}}"
# A try of this task with a higher number goes on with a run that failed or was cancelled, from its failed step; it
# changes nothing of a run that is under way or has succeeded. So a repeat is harmless, and Clear means "go on".
BODY = """{
  "attempt": {{ ti.try_number }},
  {% if params.batch %}"batch": {{ params.batch | tojson }},{% endif %}
  {% if params.parameters %}"parameters": {{ params.parameters | tojson }},{% endif %}
  {% if params.only_if %}"only_if": {{ params.only_if | tojson }},{% endif %}
  "priority": {{ params.priority }},
  "logical_date": {{ ts | default("") | tojson }}
}"""


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
    dag_id="veleta_pipeline",
    description="One batch: judged, trained on where the data has moved, promoted only by rule",
    schedule=SCHEDULE,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["veleta"],
    params={
        "pipeline": Param("", type="string", description="The pipeline's name; empty: the Variable veleta_pipeline"),
        "batch": Param(None, type=["null", "string"], description="A batch that Veleta has; none: the source's next"),
        "parameters": Param({}, type="object", description="What the pipeline's file lets a run set"),
        "only_if": Param([], type="array", description="Train only on these grounds: drift, new_categories, performance, …"),
        "priority": Param(0, type="integer", minimum=-100, maximum=100, description="Higher runs start earlier"),
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
### A run of a Veleta pipeline

`start → wait → result → decide →` **promoted**, **rejected** or **skipped**: hang your own tasks behind these three.

- The run has this DAG run's id in Veleta too. However often Airflow asks, there is one run.
- *rejected*: the challenger lost, and production stays as it is. *skipped*: the data gave no reason to train, or there was none.
- **Clear** `start` with its downstream tasks: a run that failed goes on from its failed step; one that has ended stays as it is.
- The task `result` logs the sentence of the decision and links; a task that fails logs the cause and what the run logged.

Connection `veleta`, Variable `veleta_pipeline`.
""",
):
    start = HttpOperator(
        task_id="start",
        method="PUT",
        endpoint=RUN,
        headers={"Content-Type": "application/json"},
        data=BODY,
        extra_options={"check_response": False},
        response_check=accept,
        deferrable=False,
        doc_md="Asks Veleta for the run and returns at once: 201 the first time, 200 for every repeat.",
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
        doc_md="Waits until the run has ended in whatever way. Each question is held for up to 20 s, so few are needed.",
    )
    result = HttpOperator(
        task_id="result",
        method="GET",
        endpoint=RUN,
        extra_options={"check_response": False},
        response_check=judge,
        response_filter=lambda response: response.json(),
        deferrable=False,
        doc_md="Fails where the run failed, with the cause; is skipped where Veleta skipped. Its XCom is the run: `outcome`, "
        "`sentence`, `reasons`, `batch`, `model_version`, `links`.",
    )

    @task.branch(trigger_rule="none_failed", doc_md="Names the branch to follow.")
    def decide(run):
        return run["outcome"] if run["outcome"] in ("promoted", "rejected") else "skipped"

    promoted = EmptyOperator(task_id="promoted", doc_md="The challenger is in production.")
    rejected = EmptyOperator(task_id="rejected", doc_md="The challenger lost; production stays as it is.")
    skipped = EmptyOperator(task_id="skipped", doc_md="Nothing was trained.")

    start >> wait >> result
    decide(result.output) >> [promoted, rejected, skipped]
