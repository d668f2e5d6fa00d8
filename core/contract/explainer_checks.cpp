#include <fmt/format.h>
#include <cmath>
#include <numeric>

#include "base/text.hpp"
#include "check.hpp"
#include "made_models.hpp"

namespace veleta::contract {

namespace {

constexpr size_t kRows = 40;
constexpr size_t kColumns = MadeRows::kColumns;
constexpr double kTolerance = 1e-6;

/// A model, what the explainer made of it, and rows to explain.
struct Prepared {
  std::unique_ptr<MadeModel> model;
  MadeRows background, rows;
  std::unique_ptr<PreparedHandle> handle;  ///< null: the explainer cannot read the model

  double margin(size_t row) const { return model->margin(rows.row(row).values); }
};

ExplainableModel explainable(const MadeModel& model, const MadeRows& background) {
  return {kColumns, model.trees(), model.linear(), background.view(),
          [&model](const MatrixView& rows, std::span<double> margins) {
            for (size_t row = 0; row < rows.rows; ++row) margins[row] = model.margin(rows.row(row));
          }};
}

std::vector<Prepared> prepare_all(ExplainerHandle& explainer) {
  std::vector<Prepared> all;
  for (auto& model : made_models()) {
    const double missing_share = model->takes_missing() ? 0.1 : 0;
    Prepared& prepared =
        all.emplace_back(Prepared{std::move(model), MadeRows(Task::kRegression, kRows, missing_share, 1),
                                  MadeRows(Task::kRegression, kRows, missing_share, 2), nullptr});
    try {
      prepared.handle = explainer.prepare(explainable(*prepared.model, prepared.background));
    } catch (const Error& error) {
      require(error.code() == ErrorCode::kUnsupported,
              fmt::format("{}: expected to be read, or refused with the code kUnsupported, found: {}",
                          prepared.model->name(), error.what()));
    }
  }
  return all;
}

/// Those that the explainer reads.
std::vector<Prepared> prepare_readable(ExplainerHandle& explainer) {
  std::vector<Prepared> all = prepare_all(explainer);
  std::erase_if(all, [](const Prepared& prepared) { return !prepared.handle; });
  require(!all.empty(),
          "expected one of trees, a linear model and a model without a view to be read, found all refused");
  return all;
}

struct Explanation {
  std::vector<double> attributions;
  double base_value;
  bool operator==(const Explanation&) const = default;
};

Explanation explain(const Prepared& prepared, const MatrixView& rows) {
  Explanation found{std::vector<double>(rows.rows * rows.columns), 0};
  try {
    found.base_value = prepared.handle->explain(rows, found.attributions);
  } catch (const Error& error) {
    throw Error(error.code(), prepared.model->name() + ": " + error.what());
  }
  return found;
}

std::string reads_or_refuses_models(const Subject& subject) {
  std::vector<std::string> read, refused;
  for (const auto& prepared : prepare_all(*subject.explainer()))
    (prepared.handle ? read : refused).push_back(prepared.model->name());
  require(!read.empty(), fmt::format("expected one model to be read, found all refused: {}", join(refused, ", ")));
  return "reads " + join(read, ", ") + (refused.empty() ? "" : "; refuses " + join(refused, ", "));
}

std::string attributions_add_up(const Subject& subject) {
  double worst = 0;
  for (const auto& prepared : prepare_readable(*subject.explainer())) {
    const Explanation found = explain(prepared, prepared.rows.view());
    for (size_t row = 0; row < kRows; ++row) {
      const double* first = &found.attributions[row * kColumns];
      const double sum = std::accumulate(first, first + kColumns, found.base_value), margin = prepared.margin(row);
      require(std::abs(sum - margin) <= kTolerance * std::max(1.0, std::abs(margin)),
              fmt::format("{}, row {}: expected base value and attributions to add up to the margin {}, found {}",
                          prepared.model->name(), row, margin, sum));
      worst = std::max(worst, std::abs(sum - margin));
    }
  }
  return fmt::format("to within {:.1e}", worst);
}

std::string unused_features_get_nothing(const Subject& subject) {
  constexpr size_t kUnused = kColumns - 1;
  for (const auto& prepared : prepare_readable(*subject.explainer())) {
    const Explanation found = explain(prepared, prepared.rows.view());
    for (size_t row = 0; row < kRows; ++row) {
      const double attribution = found.attributions[row * kColumns + kUnused];
      require(std::abs(attribution) <= kTolerance,
              fmt::format("{}, row {}: expected 0 for a feature that the model does not use, found {}",
                          prepared.model->name(), row, attribution));
    }
  }
  return "0 for a feature that the model does not use";
}

std::string same_rows_same_attributions(const Subject& subject) {
  const auto first = subject.explainer(), second = subject.explainer();
  const auto all = prepare_readable(*first), others = prepare_readable(*second);
  for (size_t i = 0; i < all.size(); ++i) {
    const Explanation once = explain(all[i], all[i].rows.view());
    require(explain(all[i], all[i].rows.view()) == once, all[i].model->name() + ": found others the second time");
    require(explain(others[i], all[i].rows.view()) == once,
            all[i].model->name() + ": found others by another instance");
  }
  return "twice, by two instances";
}

std::string explains_rows_alone_as_together(const Subject& subject) {
  for (const auto& prepared : prepare_readable(*subject.explainer())) {
    const Explanation together = explain(prepared, prepared.rows.view());
    for (size_t row = 0; row < kRows; ++row) {
      const Explanation alone = explain(prepared, prepared.rows.row(row));
      for (size_t column = 0; column < kColumns; ++column) {
        const double expected = together.attributions[row * kColumns + column];
        require(std::abs(alone.attributions[column] - expected) <= kTolerance,
                fmt::format("{}, row {}, feature {}: expected {}, found {} where the row is explained alone",
                            prepared.model->name(), row, column, expected, alone.attributions[column]));
      }
    }
  }
  return "rows alone and together";
}

}  // namespace

std::vector<Check> explainer_checks() {
  return {{"reads_or_refuses_models", reads_or_refuses_models},
          {"attributions_add_up", attributions_add_up},
          {"unused_features_get_nothing", unused_features_get_nothing},
          {"same_rows_same_attributions", same_rows_same_attributions},
          {"explains_rows_alone_as_together", explains_rows_alone_as_together}};
}

}  // namespace veleta::contract
