// The layout of plugin ABI 1 on LP64, as released plugins have it compiled in. A line here never changes; members
// appended later get lines of their own, and the sizes become those of the newer layout.
#include <cstddef>

#include "veleta/abi.h"

static_assert(sizeof(void*) == 8 && sizeof(size_t) == 8);

static_assert(sizeof(veleta_host) == 56);
static_assert(offsetof(veleta_host, size) == 0);
static_assert(offsetof(veleta_host, context) == 8);
static_assert(offsetof(veleta_host, set_error) == 16);
static_assert(offsetof(veleta_host, log) == 24);
static_assert(offsetof(veleta_host, progress) == 32);
static_assert(offsetof(veleta_host, is_cancelled) == 40);
static_assert(offsetof(veleta_host, metric) == 48);

static_assert(sizeof(veleta_writer) == 24);
static_assert(offsetof(veleta_writer, size) == 0);
static_assert(offsetof(veleta_writer, context) == 8);
static_assert(offsetof(veleta_writer, write) == 16);

static_assert(sizeof(veleta_param) == 96);
static_assert(offsetof(veleta_param, size) == 0);
static_assert(offsetof(veleta_param, name) == 8);
static_assert(offsetof(veleta_param, doc) == 16);
static_assert(offsetof(veleta_param, unit) == 24);
static_assert(offsetof(veleta_param, type) == 32);
static_assert(offsetof(veleta_param, required) == 36);
static_assert(offsetof(veleta_param, default_number) == 40);
static_assert(offsetof(veleta_param, default_integer) == 48);
static_assert(offsetof(veleta_param, default_text) == 56);
static_assert(offsetof(veleta_param, minimum) == 64);
static_assert(offsetof(veleta_param, maximum) == 72);
static_assert(offsetof(veleta_param, choices) == 80);
static_assert(offsetof(veleta_param, choice_count) == 88);

static_assert(sizeof(veleta_value) == 64);
static_assert(offsetof(veleta_value, size) == 0);
static_assert(offsetof(veleta_value, name) == 8);
static_assert(offsetof(veleta_value, type) == 16);
static_assert(offsetof(veleta_value, number) == 24);
static_assert(offsetof(veleta_value, integer) == 32);
static_assert(offsetof(veleta_value, text) == 40);
static_assert(offsetof(veleta_value, items) == 48);
static_assert(offsetof(veleta_value, item_count) == 56);

static_assert(sizeof(veleta_batch) == 104);
static_assert(offsetof(veleta_batch, size) == 0);
static_assert(offsetof(veleta_batch, outcome) == 8);
static_assert(offsetof(veleta_batch, format) == 12);
static_assert(offsetof(veleta_batch, id) == 16);
static_assert(offsetof(veleta_batch, cursor) == 24);
static_assert(offsetof(veleta_batch, origin) == 32);
static_assert(offsetof(veleta_batch, rows_pointer) == 40);
static_assert(offsetof(veleta_batch, id_pointer) == 48);
static_assert(offsetof(veleta_batch, rows) == 56);
static_assert(offsetof(veleta_batch, may_have_skipped) == 96);

static_assert(sizeof(veleta_source) == 24);
static_assert(offsetof(veleta_source, size) == 0);
static_assert(offsetof(veleta_source, next) == 8);
static_assert(offsetof(veleta_source, rewind) == 16);

static_assert(sizeof(veleta_numeric_window) == 104);
static_assert(offsetof(veleta_numeric_window, size) == 0);
static_assert(offsetof(veleta_numeric_window, sorted) == 8);
static_assert(offsetof(veleta_numeric_window, count) == 16);
static_assert(offsetof(veleta_numeric_window, row_count) == 24);
static_assert(offsetof(veleta_numeric_window, missing_count) == 32);
static_assert(offsetof(veleta_numeric_window, mean) == 40);
static_assert(offsetof(veleta_numeric_window, standard_deviation) == 48);
static_assert(offsetof(veleta_numeric_window, values) == 56);
static_assert(offsetof(veleta_numeric_window, rows) == 64);
static_assert(offsetof(veleta_numeric_window, value_count) == 72);
static_assert(offsetof(veleta_numeric_window, minimum) == 80);
static_assert(offsetof(veleta_numeric_window, maximum) == 88);
static_assert(offsetof(veleta_numeric_window, wrong_type_count) == 96);

static_assert(sizeof(veleta_categorical_window) == 56);
static_assert(offsetof(veleta_categorical_window, size) == 0);
static_assert(offsetof(veleta_categorical_window, labels) == 8);
static_assert(offsetof(veleta_categorical_window, counts) == 16);
static_assert(offsetof(veleta_categorical_window, count) == 24);
static_assert(offsetof(veleta_categorical_window, row_count) == 32);
static_assert(offsetof(veleta_categorical_window, missing_count) == 40);
static_assert(offsetof(veleta_categorical_window, wrong_type_count) == 48);

static_assert(sizeof(veleta_row_window) == 72);
static_assert(offsetof(veleta_row_window, size) == 0);
static_assert(offsetof(veleta_row_window, row_count) == 8);
static_assert(offsetof(veleta_row_window, part_rows) == 16);
static_assert(offsetof(veleta_row_window, part_count) == 24);
static_assert(offsetof(veleta_row_window, task) == 32);
static_assert(offsetof(veleta_row_window, sample_count) == 40);
static_assert(offsetof(veleta_row_window, features) == 48);
static_assert(offsetof(veleta_row_window, predictions) == 56);
static_assert(offsetof(veleta_row_window, targets) == 64);

static_assert(sizeof(veleta_drift_result) == 584);
static_assert(offsetof(veleta_drift_result, size) == 0);
static_assert(offsetof(veleta_drift_result, statistic) == 8);
static_assert(offsetof(veleta_drift_result, p_value) == 16);
static_assert(offsetof(veleta_drift_result, effect) == 24);
static_assert(offsetof(veleta_drift_result, min_effect) == 32);
static_assert(offsetof(veleta_drift_result, detectable_effect) == 40);
static_assert(offsetof(veleta_drift_result, direction) == 48);
static_assert(offsetof(veleta_drift_result, detail) == 52);
static_assert(offsetof(veleta_drift_result, effect_low) == 568);
static_assert(offsetof(veleta_drift_result, effect_high) == 576);

static_assert(sizeof(veleta_series) == 56);
static_assert(offsetof(veleta_series, size) == 0);
static_assert(offsetof(veleta_series, row_count) == 8);
static_assert(offsetof(veleta_series, mean) == 16);
static_assert(offsetof(veleta_series, standard_deviation) == 24);
static_assert(offsetof(veleta_series, minimum) == 32);
static_assert(offsetof(veleta_series, maximum) == 40);
static_assert(offsetof(veleta_series, is_error) == 48);

static_assert(sizeof(veleta_signal) == 64);
static_assert(offsetof(veleta_signal, size) == 0);
static_assert(offsetof(veleta_signal, level) == 8);
static_assert(offsetof(veleta_signal, direction) == 12);
static_assert(offsetof(veleta_signal, taken) == 16);
static_assert(offsetof(veleta_signal, statistic) == 24);
static_assert(offsetof(veleta_signal, threshold) == 32);
static_assert(offsetof(veleta_signal, e_value) == 40);
static_assert(offsetof(veleta_signal, before) == 48);
static_assert(offsetof(veleta_signal, now) == 56);

static_assert(sizeof(veleta_detector) == 88);
static_assert(offsetof(veleta_detector, size) == 0);
static_assert(offsetof(veleta_detector, compare_numeric) == 8);
static_assert(offsetof(veleta_detector, compare_categorical) == 16);
static_assert(offsetof(veleta_detector, subject) == 24);
static_assert(offsetof(veleta_detector, needs) == 28);
static_assert(offsetof(veleta_detector, compare_rows) == 32);
static_assert(offsetof(veleta_detector, watch) == 40);
static_assert(offsetof(veleta_detector, update) == 48);
static_assert(offsetof(veleta_detector, save_watch) == 56);
static_assert(offsetof(veleta_detector, load_watch) == 64);
static_assert(offsetof(veleta_detector, destroy_watch) == 72);
static_assert(offsetof(veleta_detector, run_length) == 80);

static_assert(sizeof(veleta_matrix) == 40);
static_assert(offsetof(veleta_matrix, size) == 0);
static_assert(offsetof(veleta_matrix, values) == 8);
static_assert(offsetof(veleta_matrix, rows) == 16);
static_assert(offsetof(veleta_matrix, columns) == 24);
static_assert(offsetof(veleta_matrix, names) == 32);

static_assert(sizeof(veleta_training) == 56);
static_assert(offsetof(veleta_training, size) == 0);
static_assert(offsetof(veleta_training, task) == 8);
static_assert(offsetof(veleta_training, threads) == 12);
static_assert(offsetof(veleta_training, seed) == 16);
static_assert(offsetof(veleta_training, train) == 24);
static_assert(offsetof(veleta_training, train_target) == 32);
static_assert(offsetof(veleta_training, validation) == 40);
static_assert(offsetof(veleta_training, validation_target) == 48);

static_assert(sizeof(veleta_trees) == 160);
static_assert(offsetof(veleta_trees, size) == 0);
static_assert(offsetof(veleta_trees, tree_count) == 8);
static_assert(offsetof(veleta_trees, node_count) == 16);
static_assert(offsetof(veleta_trees, roots) == 24);
static_assert(offsetof(veleta_trees, feature) == 32);
static_assert(offsetof(veleta_trees, threshold) == 40);
static_assert(offsetof(veleta_trees, left) == 48);
static_assert(offsetof(veleta_trees, right) == 56);
static_assert(offsetof(veleta_trees, default_left) == 64);
static_assert(offsetof(veleta_trees, value) == 72);
static_assert(offsetof(veleta_trees, cover) == 80);
static_assert(offsetof(veleta_trees, base_margin) == 88);
static_assert(offsetof(veleta_trees, link) == 96);
static_assert(offsetof(veleta_trees, single_precision) == 100);
static_assert(offsetof(veleta_trees, category_begin) == 104);
static_assert(offsetof(veleta_trees, category_words) == 112);
static_assert(offsetof(veleta_trees, unknown_category) == 120);
static_assert(offsetof(veleta_trees, outputs) == 124);
static_assert(offsetof(veleta_trees, tree_output) == 128);
static_assert(offsetof(veleta_trees, base_margins) == 136);
static_assert(offsetof(veleta_trees, missing) == 144);
static_assert(offsetof(veleta_trees, missing_count) == 152);

static_assert(sizeof(veleta_linear) == 48);
static_assert(offsetof(veleta_linear, size) == 0);
static_assert(offsetof(veleta_linear, columns) == 8);
static_assert(offsetof(veleta_linear, coefficients) == 16);
static_assert(offsetof(veleta_linear, means) == 24);
static_assert(offsetof(veleta_linear, intercept) == 32);
static_assert(offsetof(veleta_linear, link) == 40);

static_assert(sizeof(veleta_learner) == 64);
static_assert(offsetof(veleta_learner, size) == 0);
static_assert(offsetof(veleta_learner, train) == 8);
static_assert(offsetof(veleta_learner, save) == 16);
static_assert(offsetof(veleta_learner, load) == 24);
static_assert(offsetof(veleta_learner, destroy_model) == 32);
static_assert(offsetof(veleta_learner, predict) == 40);
static_assert(offsetof(veleta_learner, view_trees) == 48);
static_assert(offsetof(veleta_learner, view_linear) == 56);

static_assert(sizeof(veleta_explainable) == 64);
static_assert(offsetof(veleta_explainable, size) == 0);
static_assert(offsetof(veleta_explainable, columns) == 8);
static_assert(offsetof(veleta_explainable, trees) == 16);
static_assert(offsetof(veleta_explainable, linear) == 24);
static_assert(offsetof(veleta_explainable, margin) == 32);
static_assert(offsetof(veleta_explainable, context) == 40);
static_assert(offsetof(veleta_explainable, background) == 48);
static_assert(offsetof(veleta_explainable, outputs) == 56);
static_assert(offsetof(veleta_explainable, link) == 60);

static_assert(sizeof(veleta_explainer) == 72);
static_assert(offsetof(veleta_explainer, size) == 0);
static_assert(offsetof(veleta_explainer, prepare) == 8);
static_assert(offsetof(veleta_explainer, explain) == 16);
static_assert(offsetof(veleta_explainer, destroy_prepared) == 24);
static_assert(offsetof(veleta_explainer, explain_with_errors) == 32);
static_assert(offsetof(veleta_explainer, interact) == 40);
static_assert(offsetof(veleta_explainer, explain_loss) == 48);
static_assert(offsetof(veleta_explainer, describe_prepared) == 56);
static_assert(offsetof(veleta_explainer, space_of_prepared) == 64);

static_assert(sizeof(veleta_plugin) == 72);
static_assert(offsetof(veleta_plugin, size) == 0);
static_assert(offsetof(veleta_plugin, kind) == 8);
static_assert(offsetof(veleta_plugin, flags) == 12);
static_assert(offsetof(veleta_plugin, name) == 16);
static_assert(offsetof(veleta_plugin, version) == 24);
static_assert(offsetof(veleta_plugin, params) == 32);
static_assert(offsetof(veleta_plugin, param_count) == 40);
static_assert(offsetof(veleta_plugin, create) == 48);
static_assert(offsetof(veleta_plugin, destroy) == 56);
static_assert(offsetof(veleta_plugin, verbs) == 64);

static_assert(sizeof(veleta_library) == 32);
static_assert(offsetof(veleta_library, size) == 0);
static_assert(offsetof(veleta_library, abi_version) == 8);
static_assert(offsetof(veleta_library, plugins) == 16);
static_assert(offsetof(veleta_library, plugin_count) == 24);
