#pragma once

#include "model/bundle.hpp"

namespace veleta {

/// The files that make a folder with a bundle's own files a model directory of MLflow, by their names in it: after
/// this, `mlflow.pyfunc.load_model(folder)` predicts what Bundle::predict does, to 1e-6, with numpy and pandas alone.
///
/// - MLmodel: as JSON, which is YAML too. A registry adds what it alone knows: run_id, model_id, model_uuid,
///   artifact_path, utc_time_created.
/// - code/veleta_pyfunc_v1.py, data/: the loader, and what it loads: encoding and model as Python reads them.
/// - requirements.txt, conda.yaml, python_env.yaml, input_example.json, serving_input_example.json.
/// - model.ubj: the booster, where the learner keeps its model as XGBoost does. It stands as the flavor `xgboost` too
///   where the input columns are its features, and its predictions the model's.
///
/// Inputs are declared as double (numbers) and string (categories and dates). MLflow refuses tables of other types:
/// whole numbers go as float64, and codes that are numbers, flags and timestamps as texts or in columns of type object.
/// (Its type `any` would take them, but MLflow 2 then mixes up the rows of a table whose index is not 0, 1, 2, ….) No
/// column is required: one that is absent is missing, as it is for the server. A learner that shows its model neither
/// as trees nor as a linear model gets the same files, with a loader that says so when it loads.
///
/// The same bundle gives the same bytes.
BundleFiles mlflow_files(const Bundle& bundle);

}  // namespace veleta
