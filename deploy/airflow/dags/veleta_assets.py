"""Promotions and drift alarms of Veleta as asset events (Airflow 2: dataset events), for other DAGs to follow.

`veleta_events` brings the events; `veleta_on_promotion` and `veleta_on_drift` show how a DAG of yours follows them.
Airflow 2.11 and 3.
"""

import logging
from datetime import datetime, timedelta

from airflow.providers.http.sensors.http import HttpSensor

try:  # Airflow 3
    from airflow.sdk import DAG, Asset, Variable, task
    from airflow.sdk.bases.sensor import PokeReturnValue
    from airflow.sdk.exceptions import AirflowSkipException

    EVENTS = "triggering_asset_events"
except ImportError:  # Airflow 2.11
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.exceptions import AirflowSkipException
    from airflow.models import Variable
    from airflow.sensors.base import PokeReturnValue

    EVENTS = "triggering_dataset_events"

log = logging.getLogger("airflow.task")

PROMOTED = Asset("veleta://events/promoted")
DRIFT_ALARM = Asset("veleta://events/drift_alarm")
CURSOR = "veleta_events_after"  # the Variable that holds the number of the last event that was told

default_args = {
    "http_conn_id": "veleta",
    "retries": 5,
    "retry_delay": timedelta(seconds=10),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=2),
    "execution_timeout": timedelta(minutes=2),
}
common = {"start_date": datetime(2024, 1, 1), "catchup": False, "tags": ["veleta"], "default_args": default_args}


def some(response):
    answer = response.json()
    return PokeReturnValue(is_done=bool(answer["events"]), xcom_value=answer)


def publish(answer, kind, asset, outlet_events):
    events = [event for event in answer["events"] if event["kind"] == kind]
    if not events:
        raise AirflowSkipException(f"no event of the kind {kind}")
    for event in events:
        log.info("%s of %s: %s", kind, event["pipeline"], event)
    outlet_events[asset].extra = {"events": events}


with DAG(
    dag_id="veleta_events",
    description="Promotions and drift alarms of all pipelines as asset events",
    schedule="@continuous",
    max_active_runs=1,
    doc_md="""
### What happened in Veleta

`wait → promoted, drift_alarm → remember`: each task but the last updates the asset of its name, with the events in its `extra`.

The Variable `veleta_events_after` holds the number of the last event told; without it all are told from the first on. It is moved
on after the telling, so a crash between the two tells an event twice, and never loses one.
""",
    **common,
):
    wait = HttpSensor(
        task_id="wait",
        endpoint="/v1/events",
        request_params={
            "after": f"{{{{ var.value.get('{CURSOR}', '0') }}}}",
            "kind": "promoted,drift_alarm",
            "wait": "20s",
        },
        response_check=some,
        deferrable=False,  # with a response_check the provider does not defer
        mode="reschedule",
        poke_interval=30,
        timeout=timedelta(hours=1).total_seconds(),
        soft_fail=True,
        doc_md="Waits for an event after the last one told; each question is held for up to 20 s. After a quiet hour it is skipped.",
    )

    @task(outlets=[PROMOTED], doc_md="Updates the asset veleta://events/promoted.")
    def promoted(answer, *, outlet_events):
        publish(answer, "promoted", PROMOTED, outlet_events)

    @task(outlets=[DRIFT_ALARM], doc_md="Updates the asset veleta://events/drift_alarm.")
    def drift_alarm(answer, *, outlet_events):
        publish(answer, "drift_alarm", DRIFT_ALARM, outlet_events)

    @task(trigger_rule="none_failed_min_one_success", doc_md="Moves the Variable on.")
    def remember(answer):
        Variable.set(CURSOR, str(answer["next"]))

    [promoted(wait.output), drift_alarm(wait.output)] >> remember(wait.output)


def events_of(triggering_events):
    """The events that started this DAG run; several may have come together."""
    return [event for told in triggering_events.values() for asset_event in told for event in asset_event.extra["events"]]


with DAG(
    dag_id="veleta_on_promotion",
    description="An example: what to do when a model was promoted",
    schedule=[PROMOTED],
    doc_md="Runs after each promotion. Put your own tasks here: score a table anew, tell a channel, warm a cache.",
    **common,
):

    @task(doc_md="Logs which version of which model went into production.")
    def tell(**context):
        for event in events_of(context[EVENTS]):
            log.info("%s: run %s was promoted: %s", event["pipeline"], event["run_id"], event["data"])

    tell()


with DAG(
    dag_id="veleta_on_drift",
    description="An example: what to do when data has drifted",
    schedule=[DRIFT_ALARM],
    doc_md="Runs after each drift alarm, be it of a run or of a check. Put your own tasks here: look at the source, tell who owns it.",
    **common,
):

    @task(doc_md="Logs what drifted.")
    def tell(**context):
        for event in events_of(context[EVENTS]):
            log.info("%s: the data of run %s drifted: %s", event["pipeline"], event["run_id"], event["data"])

    tell()
