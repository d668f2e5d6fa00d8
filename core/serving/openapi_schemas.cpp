#include "openapi.hpp"

namespace veleta {

namespace {

constexpr const char* kSchemas = R"({
  "Problem": {
    "type": "object",
    "description": "RFC 9457",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
      "type": {"type": "string"},
      "title": {"type": "string"},
      "status": {"type": "integer"},
      "detail": {"type": "string", "description": "for people"},
      "code": {"type": "string", "description": "for programs; the reason phrase of the reply, too"},
      "request_id": {"type": "string"},
      "errors": {"type": "array", "items": {"type": "object"}, "description": "places in the body that are wrong"}
    }
  },
  "Rows": {
    "description": "one row as an object, {\"rows\": [...]} or {\"columns\": [...], \"data\": [[...], ...]}",
    "type": "object"
  },
  "Predictions": {
    "type": "object",
    "description": "of one row; many rows come as the lists predictions, classes, probabilities and explanations",
    "required": ["model", "request_id"],
    "properties": {
      "prediction": {"type": "number",
                     "description": "in the target's unit; of a classification the probability of the positive class"},
      "class": {"type": "string", "description": "of a classification: the likelier label"},
      "probability": {"type": "number", "description": "of that label"},
      "predictions": {"type": "array", "items": {"type": "number"}},
      "classes": {"type": "array", "items": {"type": "string"}},
      "probabilities": {"type": "array", "items": {"type": "number"}},
      "explanation": {"type": "object", "description": "where the query asks for it: as /explain has it of one row"},
      "explanations": {"type": "array", "items": {"type": "object"}},
      "space": {"enum": ["target", "log_odds", "probability", "margin"]},
      "method": {"type": "string"},
      "explainer": {"type": "string"},
      "kernel": {"type": "string"},
      "model": {"type": "object"},
      "request_id": {"type": "string"}
    }
  },
  "Model": {
    "type": "object",
    "required": ["name", "version", "digest", "learner", "target", "inputs", "explainer", "training", "reload"],
    "properties": {
      "name": {"type": "string"},
      "version": {"type": "string"},
      "digest": {"type": "string"},
      "description": {"type": "string"},
      "run_id": {"type": "string"},
      "created_at": {"type": "string"},
      "promoted_at": {"type": ["string", "null"]},
      "loaded_at": {"type": "string"},
      "tags": {"type": "object", "additionalProperties": {"type": "string"}},
      "learner": {"type": "object", "description": "name and version"},
      "target": {"type": "object",
                 "required": ["column", "task"],
                 "properties": {"column": {"type": "string"},
                                "task": {"enum": ["regression", "binary"]},
                                "transform": {"enum": ["log", "none"], "description": "of a regression"},
                                "positive": {"type": "string", "description": "of a classification"},
                                "negative": {"type": "string", "description": "of a classification"}}},
      "inputs": {"type": "array", "items": {"type": "object"}, "description": "name and type of each"},
      "explainer": {"type": ["string", "null"]},
      "importance": {"type": "object", "description": "the mean absolute attribution of each column",
                     "additionalProperties": {"type": ["number", "null"]}},
      "training": {"type": "object", "description": "what the training noted: batches, rows, metrics, seed"},
      "reload": {"type": "object", "description": "the last look at the registry; problem is null where it went well"}
    }
  },
  "Attribution": {
    "type": "object",
    "required": ["column", "value", "encoded", "attribution"],
    "properties": {
      "column": {"type": "string"},
      "value": {"description": "the cell as it was sent; null where it was missing"},
      "encoded": {"description": "the number that the model saw; of a column of several features an object of them",
                  "type": ["number", "object", "null"]},
      "attribution": {"type": "number"},
      "standard_error": {"type": "number", "description": "of explainers that sample"}
    }
  },
  "Explanation": {
    "type": "object",
    "description": "of one row; many rows come as the list explanations, beside space, method, explainer and kernel",
    "required": ["space", "method", "explainer", "model", "request_id"],
    "properties": {
      "prediction": {"type": "number", "description": "base_value plus all attributions, in the space"},
      "base_value": {"type": "number"},
      "class": {"type": "string"},
      "probability": {"type": "number"},
      "attributions": {"type": "array", "items": {"$ref": "#/components/schemas/Attribution"}, "description": "strongest first"},
      "rest": {"type": "object", "description": "the columns that explain=topN folded: how many, and their sum",
               "properties": {"columns": {"type": "integer"}, "attribution": {"type": "number"}}},
      "interactions": {"type": "object", "description": "pairs, strongest first, and the rest"},
      "explanations": {"type": "array", "items": {"type": "object"}},
      "space": {"enum": ["target", "log_odds", "probability", "margin"]},
      "method": {"type": "string"},
      "explainer": {"type": "string"},
      "kernel": {"type": "string", "description": "what of the explainer served"},
      "model": {"type": "object"},
      "request_id": {"type": "string"}
    }
  },
  "ExplanationView": {
    "type": "object",
    "description": "what a page draws; the members besides these are the view's own",
    "required": ["view", "space", "unit", "method", "explainer", "model"],
    "properties": {
      "view": {"enum": ["bar", "beeswarm", "dependence"]},
      "space": {"type": "string"},
      "unit": {"type": "string"},
      "method": {"type": "string"},
      "explainer": {"type": "string"},
      "kernel": {"type": "string"},
      "model": {"type": "object"}
    }
  },
  "RunBody": {
    "type": "object",
    "description": "{} asks for a run of the next batch, as the pipeline's file has it",
    "additionalProperties": false,
    "properties": {
      "batch": {"type": "string", "description": "the id of a batch in RAW, to be judged again; left out: the next one"},
      "parameters": {"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}},
      "only_if": {"description": "what may lead to training in this run: a ground, or a list of them",
                  "type": ["string", "array"], "items": {"type": "string"}},
      "attempt": {"type": "integer", "minimum": 1,
                  "description": "the number of the try: a higher one than before starts a failed or cancelled run again"},
      "priority": {"type": "integer", "minimum": -100, "maximum": 100, "description": "higher goes first"},
      "logical_date": {"type": "string", "description": "kept with the request, and told"}
    }
  },
  "RetryBody": {
    "type": "object",
    "additionalProperties": false,
    "properties": {"from": {"type": "string", "description": "a step, as in the query, which goes first"}}
  },
  "LabelsBody": {
    "description": "the labels of a request, one a row in its order, or a list of these",
    "type": ["object", "array"],
    "required": ["request_id", "labels"],
    "additionalProperties": false,
    "properties": {
      "request_id": {"type": "string", "description": "as the prediction's reply has it"},
      "labels": {"type": "array", "maxItems": 100000,
                 "items": {"description": "a number of a regression; null: not known yet",
                           "type": ["number", "string", "boolean", "null"]}}
    }
  },
  "LabelsStored": {
    "type": "object",
    "required": ["stored", "repeated"],
    "properties": {"stored": {"type": "integer"}, "repeated": {"type": "integer"}}
  },
  "Stream": {
    "type": "object",
    "required": ["stream", "series", "plugin", "of", "level", "seen", "alarms"],
    "properties": {
      "stream": {"type": "string"},
      "series": {"type": "string", "description": "a column, prediction or error"},
      "plugin": {"type": "string"},
      "of": {"enum": ["columns", "prediction", "error"]},
      "level": {"enum": ["none", "warning", "alarm"], "description": "after the last value"},
      "direction": {"enum": ["up", "down", null]},
      "statistic": {"type": ["number", "null"]},
      "threshold": {"type": ["number", "null"]},
      "e_value": {"type": ["number", "null"]},
      "before": {"type": ["number", "null"], "description": "the detector's estimate of the level before a change"},
      "now": {"type": ["number", "null"], "description": "and after"},
      "run_length": {"type": ["number", "null"],
                     "description": "mean number of values between false alarms that the detector promises at least"},
      "seen": {"type": "integer", "description": "values since the watch began"},
      "missing": {"type": "integer", "description": "values that were missing or infinite, and passed over"},
      "alarms": {"type": "integer"},
      "last_alarm": {"type": ["object", "null"]},
      "problem": {"type": ["string", "null"], "description": "why the series is not watched"}
    }
  },
  "Streams": {
    "type": "object",
    "required": ["pipeline", "streams", "next"],
    "properties": {
      "pipeline": {"type": "string"},
      "streams": {"type": "array", "items": {"$ref": "#/components/schemas/Stream"}},
      "next": {"type": ["integer", "null"]}
    }
  },
  "DriftBody": {
    "type": "object",
    "description": "one of batch, rows and served",
    "additionalProperties": false,
    "properties": {
      "batch": {"type": "string", "description": "the id of a batch, or latest"},
      "rows": {"type": "array", "items": {"type": "object"}},
      "served": {"type": "object", "properties": {"last": {"type": "string", "examples": ["1h"]}}},
      "id": {"type": "string", "description": "makes the request repeatable"}
    }
  },
  "PromoteBody": {
    "type": "object",
    "required": ["version", "reason"],
    "additionalProperties": false,
    "properties": {
      "version": {"type": "integer", "minimum": 1},
      "reason": {"type": "string"},
      "id": {"type": "string", "description": "makes the request repeatable"}
    }
  },
  "RollbackBody": {
    "type": "object",
    "required": ["reason"],
    "additionalProperties": false,
    "properties": {
      "reason": {"type": "string"},
      "id": {"type": "string", "description": "makes the request repeatable"}
    }
  },
  "RunState": {
    "type": "object",
    "required": ["state"],
    "properties": {"state": {"enum": ["unknown", "queued", "running", "succeeded", "skipped", "failed", "cancelled"]}}
  },
  "Run": {
    "type": "object",
    "required": ["pipeline", "run_id", "kind", "state", "attempt", "times", "links"],
    "properties": {
      "pipeline": {"type": "string"},
      "run_id": {"type": "string"},
      "record": {"type": "string", "description": "the id in the store's records, where that is another one"},
      "kind": {"enum": ["run", "drift", "promote", "rollback"]},
      "state": {"enum": ["queued", "running", "succeeded", "skipped", "failed", "cancelled"]},
      "attempt": {"type": "integer"},
      "cancelling": {"type": "boolean"},
      "step": {"type": ["string", "null"], "description": "where it is, or where it failed"},
      "progress": {"type": ["object", "null"], "description": "fraction (0 to 1, null: unknown) and message, while it runs"},
      "decision": {"type": ["string", "null"], "description": "train or skip"},
      "outcome": {"type": ["string", "null"],
                  "description": "of a run: promoted, rejected, skipped, nothing_new or end_of_data; of drift: drifted, stable, underpowered, not_judged or nothing_served; by hand: promoted or rolled_back; failed or cancelled"},
      "sentence": {"type": ["string", "null"]},
      "reasons": {"type": ["array", "null"], "items": {"type": "object"}},
      "batch": {"type": ["string", "null"]},
      "model_version": {"type": ["integer", "null"]},
      "error": {"type": ["object", "null"], "description": "code, step and message of a failure"},
      "times": {"type": "object", "description": "asked, queued, started, finished; null: not yet"},
      "links": {"type": "object"}
    }
  },
  "Result": {
    "type": "object",
    "description": "a run, with what came of it: metrics, or what drifted, or the versions",
    "required": ["pipeline", "run_id", "kind", "state", "outcome", "links"],
    "properties": {
      "pipeline": {"type": "string"},
      "run_id": {"type": "string"},
      "kind": {"enum": ["run", "drift", "promote", "rollback"]},
      "state": {"type": "string"},
      "outcome": {"type": ["string", "null"]},
      "metrics": {"type": "object"},
      "champion_metrics": {"type": ["object", "null"]},
      "drifted": {"type": "boolean"},
      "columns": {"type": "array", "items": {"type": "object"}},
      "version": {"type": "integer"},
      "before": {"type": ["integer", "null"]},
      "links": {"type": "object"}
    }
  },
  "Step": {
    "type": "object",
    "required": ["step", "state"],
    "properties": {
      "step": {"type": "string"},
      "state": {"enum": ["running", "finished", "failed"]},
      "output": {"type": "object", "description": "its beginning"}
    }
  },
  "Log": {
    "type": "object",
    "required": ["lines", "next"],
    "properties": {"lines": {"type": "array", "items": {"type": "object"}}, "next": {"type": "integer"}}
  },
  "Pipeline": {
    "type": "object",
    "required": ["pipeline", "runner", "parameters", "grounds", "links"],
    "properties": {
      "pipeline": {"type": "string"},
      "runner": {"type": "boolean", "description": "whether one is alive"},
      "parameters": {"type": "array", "items": {"type": "string"}},
      "grounds": {"type": "array", "items": {"type": "string"}},
      "last_run": {"type": ["object", "null"]},
      "links": {"type": "object"}
    }
  },
  "Pipelines": {
    "type": "object",
    "required": ["pipelines", "next"],
    "properties": {"pipelines": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["string", "null"]}}
  },
  "Runs": {
    "type": "object",
    "required": ["runs", "next"],
    "properties": {"runs": {"type": "array", "items": {"type": "object"}}, "next": {"type": ["integer", "null"]}}
  },
  "Events": {
    "type": "object",
    "required": ["events", "next"],
    "properties": {
      "events": {"type": "array", "items": {"type": "object"}},
      "next": {"type": "integer"},
      "forgotten": {"type": "integer",
                    "description": "the cursor is older than what is kept: events up to this number are missed"}
    }
  }
})";

}  // namespace

const json::object& openapi_schemas() {
  static const json::value schemas = parse_json(kSchemas, "the schemas of /openapi.json");
  return schemas.get_object();
}

}  // namespace veleta
