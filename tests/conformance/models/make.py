#!/usr/bin/env python3
"""Makes the model files of this folder with their own libraries, and beside each what the library predicts from it.

    python3 -m venv /tmp/makers && /tmp/makers/bin/pip install xgboost==3.2.0 lightgbm==4.7.0 numpy scipy
    /tmp/makers/bin/python tests/conformance/models/make.py [xgboost] [lightgbm]

Files of another version of XGBoost are named after it: with xgboost==2.1.4 installed, the first word makes xgboost_2_*.
NAME.rows.json holds rows of 32-bit floats (null: missing), and margins and predictions of each, one an output.
"""
import json
import pathlib
import sys

import numpy

HERE = pathlib.Path(__file__).parent
COLUMNS = 5  # the last two are categories, where a model has any: 0 to 39, and 0 to 2


def rows_of(count, seed, missing, categorical):
    random = numpy.random.default_rng(seed)
    rows = random.uniform(-1, 1, (count, COLUMNS)).astype(numpy.float32)
    rows[:, 2] = numpy.floor(rows[:, 2] * 4)
    if categorical:
        rows[:, 3] = random.integers(0, 40, count)
        rows[:, 4] = random.integers(0, 3, count)
    target = 3 * rows[:, 0] - 2 * rows[:, 1] + rows[:, 2] * 0.5 + numpy.sin(rows[:, 3] * 2) + rows[:, 4]
    target = target + random.normal(0, 0.1, count)
    rows[random.uniform(0, 1, rows.shape) < missing] = numpy.nan
    return rows, target


def strange_rows(categorical):
    """Rows to predict: as trained on, with missing values, whole numbers, zeros, and categories that no row had."""
    rows, _ = rows_of(60, 2, 0.15, categorical)
    rows[5:15, 0] = 0
    rows[12:20, 1] = -0.0
    if categorical:
        rows[20:30, 3] = [7.9, 39.5, 40, 41, 63, 64, 1000, 16777215, 2e7, 3e9]
        rows[25:35, 4] = [0.5, 1.5, 2.5, 3, 31, 32, 33, 100, 5e5, 2]
    else:
        rows[30, :2] = [3e38, -3e38]
    return rows


def keep(name, source, rows, margins, predictions):
    def as_lists(array):
        array = numpy.asarray(array, dtype=numpy.float64).reshape(len(rows), -1)
        return [[None if numpy.isnan(value) else float(value) for value in row] for row in array]

    document = {"source": source, "rows": as_lists(rows), "margins": as_lists(margins), "predictions": as_lists(predictions)}
    lines = json.dumps(document).replace("]], ", "]],\n").replace('", "rows"', '",\n"rows"')
    (HERE / f"{name}.rows.json").write_text(lines + "\n")


def classes_of(target):
    return numpy.digitize(target, [-1, 2]).astype(float)


def make_xgboost():
    import xgboost

    version = xgboost.__version__.split(".")[0]
    three = {"objective": "multi:softprob", "num_class": 3}
    kinds = {
        "regression": ({}, lambda y: y, False),
        "binary": ({"objective": "binary:logistic"}, lambda y: (y > 0) * 1.0, False),
        "raw_logits": ({"objective": "binary:logitraw"}, lambda y: (y > 0) * 1.0, False),
        "poisson": ({"objective": "count:poisson"}, lambda y: numpy.floor(numpy.exp(y / 3)), False),
        "three_classes": (three, classes_of, False),
        "dart": ({"booster": "dart", "rate_drop": 0.5}, lambda y: y, False),
        "dart_three_classes": ({"booster": "dart", "rate_drop": 0.5, **three}, classes_of, False),
        "forest": ({"num_parallel_tree": 3, "subsample": 0.7}, lambda y: y, False),
        "two_targets": ({}, lambda y: numpy.stack([y, y * y + 3], axis=1), False),
        "one_hot": ({"max_cat_to_onehot": 1000}, lambda y: y, True),
        "sets": ({"max_cat_to_onehot": 1}, lambda y: y, True),
        "sets_three_classes": ({"max_cat_to_onehot": 1, **three}, classes_of, True),
    }
    for kind, (parameters, target_of, categorical) in kinds.items():
        rows, target = rows_of(400, 1, 0.1, categorical)
        types = ["float"] * 3 + (["c", "c"] if categorical else ["float", "float"])
        names = ["size", "größe", "x y", "d", "e"]
        matrix = xgboost.DMatrix(rows, target_of(target), feature_types=types, feature_names=names, enable_categorical=True)
        booster = xgboost.train({"tree_method": "hist", "max_depth": 4, "nthread": 1, **parameters}, matrix, 6)
        name = f"xgboost_{version}_{kind}"
        booster.save_model(HERE / f"{name}.{'ubj' if kind in ('binary', 'dart', 'sets') else 'json'}")
        strange = strange_rows(categorical)
        margins = booster.inplace_predict(strange, predict_type="margin", validate_features=False)
        predictions = booster.inplace_predict(strange, validate_features=False)
        keep(name, f"xgboost {xgboost.__version__}, Booster.inplace_predict", strange, margins, predictions)


def make_lightgbm():
    import lightgbm

    forest = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.7}
    kinds = {
        "regression": ({}, lambda y: y, 0.1, False),
        "complete": ({}, lambda y: y, 0, False),
        "not_missing": ({"use_missing": False}, lambda y: y, 0.1, False),
        "zeros_missing": ({"zero_as_missing": True}, lambda y: y, 0.1, False),
        "binary": ({"objective": "binary", "sigmoid": 0.7}, lambda y: (y > 0) * 1.0, 0.1, False),
        "three_classes": ({"objective": "multiclass", "num_class": 3}, classes_of, 0.1, False),
        "one_versus_all": ({"objective": "multiclassova", "num_class": 3, "sigmoid": 1.3}, classes_of, 0.1, False),
        "forest": ({**forest, "objective": "binary"}, lambda y: (y > 0) * 1.0, 0.1, False),
        "poisson": ({"objective": "poisson"}, lambda y: numpy.floor(numpy.exp(y / 3)), 0.1, False),
        "categories": ({"min_data_per_group": 5, "cat_smooth": 1}, lambda y: y, 0.1, True),
        "dart": ({"boosting": "dart", "drop_rate": 0.5}, lambda y: y, 0.1, False),
    }
    for kind, (parameters, target_of, missing, categorical) in kinds.items():
        rows, target = rows_of(400, 1, missing, categorical)
        data = lightgbm.Dataset(
            rows.astype(float), target_of(target), feature_name=["size", "größe", "x_y", "d", "e"],
            categorical_feature=[3, 4] if categorical else [])
        parameters = {"num_leaves": 9, "num_threads": 1, "verbose": -1, "deterministic": True, **parameters}
        booster = lightgbm.train(parameters, data, 6)
        name = f"lightgbm_4_{kind}"
        booster.save_model(HERE / f"{name}.txt")
        loaded = lightgbm.Booster(model_file=HERE / f"{name}.txt")
        strange = strange_rows(categorical).astype(float)
        margins = loaded.predict(strange, raw_score=True)
        if kind == "forest":
            margins = margins / loaded.num_trees()  # a forest's raw scores are sums; it predicts from their mean
        margins = margins * parameters.get("sigmoid", 1)  # what the plain logistic makes its predictions of
        keep(name, f"lightgbm {lightgbm.__version__}, Booster.predict", strange, margins, loaded.predict(strange))


if __name__ == "__main__":
    for maker in sys.argv[1:] or ["xgboost", "lightgbm"]:
        {"xgboost": make_xgboost, "lightgbm": make_lightgbm}[maker]()
