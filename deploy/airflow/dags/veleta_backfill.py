"""Takes batches that Veleta has through a pipeline again, a run for each, in their order. Airflow 2.11 and 3."""

import logging
from datetime import datetime, timedelta

from airflow.configuration import conf
from airflow.providers.http.hooks.http import HttpHook
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor

try:  # Airflow 3
    from airflow.sdk import DAG, Param, task, task_group
    from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException
except ImportError:  # Airflow 2.11
    from airflow import DAG
    from airflow.decorators import task, task_group
    from airflow.exceptions import AirflowException, AirflowFailException, AirflowSkipException
    from airflow.models.param import Param

log = logging.getLogger("airflow.task")

# Whether `wait` waits in the triggerer or as a worker's process: AIRFLOW__OPERATORS__DEFAULT_DEFERRABLE=True, or here. What
# Veleta answers at once is not deferred: a task whose trigger fires before the scheduler has noticed that it is deferred
# counts as lost.
DEFERRABLE = conf.getboolean("operators", "default_deferrable", fallback=False)

PIPELINE = "/v1/pipelines/{{ (params.pipeline or var.value.get('veleta_pipeline', 'realty')) | urlencode }}"
RUN = f"{PIPELINE}/runs/{{{{ dag.dag_id }}}}.{{{{ run_id | urlencode }}}}.{{{{ ti.map_index }}}}"
BODY = """{
  "attempt": {{ ti.try_number }},
  "batch": {{ params.batches[ti.map_index] | string | tojson }},
  "priority": {{ params.priority }}
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
            f"Veleta's run {run['run_id']} {run['state']}{place}: {cause} (Clear its 'start' with what is downstream of it, "
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
    dag_id="veleta_backfill",
    description="A run for each of the batches named",
    schedule=None,
    start_date=datetime(2024, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["veleta"],
    params={
        "pipeline": Param("", type="string", description="The pipeline's name; empty: the Variable veleta_pipeline"),
        "batches": Param([], type="array", description="Ids of batches that Veleta has, in the order to take them"),
        "priority": Param(-10, type="integer", minimum=-100, maximum=100, description="Below 0: after today's runs"),
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
### Batches once more

For each of the batches `start → wait → result`, mapped: the grid has an instance for each, named after its batch.

- A pipeline runs one batch at a time; the others wait in Veleta, behind what is more urgent.
- A batch that fails leaves the others alone. **Clear** its `start` with what is downstream: only its run goes on.

Connection `veleta`, Variable `veleta_pipeline`; trigger it with `{"batches": ["3", "4"]}`.
""",
):

    @task(doc_md="One instance of the group for each of these.")
    def batches(params):
        if not params["batches"]:
            raise AirflowSkipException("no batch was named: trigger with a configuration such as {\"batches\": [\"3\", \"4\"]}")
        return params["batches"]

    @task_group
    def run(batch):
        named = {"map_index_template": "{{ params.batches[ti.map_index] }}"}
        start = HttpOperator(
            task_id="start",
            method="PUT",
            endpoint=RUN,
            headers={"Content-Type": "application/json"},
            data=BODY,
            extra_options={"check_response": False},
            response_check=accept,
            deferrable=False,
            max_active_tis_per_dagrun=1,  # so that they are asked for in their order
            doc_md="Asks Veleta for the run and returns at once.",
            **named,
        )
        wait = HttpSensor(
            task_id="wait",
            endpoint=f"{RUN}/done",
            request_params={"wait": "20s"},
            response_error_codes_allowlist=["404", "503"],
            deferrable=DEFERRABLE,
            mode="reschedule",
            poke_interval=30,
            timeout=timedelta(hours=24).total_seconds(),
            doc_md="Waits until the run has ended in whatever way.",
            **named,
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
            **named,
        )
        start >> wait >> result

    run.expand(batch=batches())
