#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "base/json.hpp"
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

  size_t outputs() const { return model->outputs(); }
  /// What base value and attributions of a row must add up to, of each output.
  std::vector<double> explained(size_t row) const {
    std::vector<double> values(outputs());
    const float* x = rows.row(row).values;
    handle->space() == Space::kResponse ? model->predictions(x, values) : model->margins(x, values);
    return values;
  }
};

ExplainableModel explainable(const MadeModel& model, const MadeRows& background) {
  const size_t outputs = model.outputs();
  return {kColumns,
          model.trees(),
          model.linear(),
          background.view(),
          [&model, outputs](const MatrixView& rows, std::span<double> margins) {
            for (size_t row = 0; row < rows.rows; ++row)
              model.margins(rows.row(row), margins.subspan(row * outputs, outputs));
          },
          outputs,
          model.link()};
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
  std::vector<double> attributions, base_values, standard_errors;
  bool operator==(const Explanation&) const = default;

  /// Of one row and output.
  std::span<const double> of(size_t row, size_t output) const {
    return std::span(attributions).subspan((row * base_values.size() + output) * kColumns, kColumns);
  }
};

/// Calls `body`; an error of the plugin's names the model.
template <typename Body>
void explaining(const Prepared& prepared, Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    throw Error(error.code(), prepared.model->name() + ": " + error.what());
  }
}

Explanation explain(const Prepared& prepared, const MatrixView& rows) {
  const size_t count = rows.rows * prepared.outputs() * rows.columns;
  Explanation found{std::vector<double>(count), std::vector<double>(prepared.outputs()), std::vector<double>(count)};
  explaining(prepared, [&] {
    prepared.handle->explain(rows, Attributions{found.attributions, found.base_values, found.standard_errors});
  });
  return found;
}

/// "a model of trees, row 3", and its output where it has several.
std::string place(const Prepared& prepared, size_t row, size_t output) {
  return fmt::format("{}, row {}{}", prepared.model->name(), row,
                     prepared.outputs() > 1 ? fmt::format(", output {}", output) : "");
}

/// Calls `body` with each row and output of a model's rows.
template <typename Body>
void for_each_output(const Prepared& prepared, Body&& body) {
  for (size_t row = 0; row < kRows; ++row)
    for (size_t output = 0; output < prepared.outputs(); ++output) body(row, output);
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
    for_each_output(prepared, [&](size_t row, size_t output) {
      const std::span<const double> values = found.of(row, output);
      const double sum = std::accumulate(values.begin(), values.end(), found.base_values[output]);
      const double whole = prepared.explained(row)[output];
      require(std::abs(sum - whole) <= kTolerance * std::max(1.0, std::abs(whole)),
              fmt::format("{}: expected base value and attributions to add up to the {} {}, found {}",
                          place(prepared, row, output),
                          prepared.handle->space() == Space::kResponse ? "prediction" : "margin", whole, sum));
      worst = std::max(worst, std::abs(sum - whole));
    });
  }
  return fmt::format("to within {:.1e}", worst);
}

std::string unused_features_get_nothing(const Subject& subject) {
  constexpr size_t kUnused = kColumns - 1;
  for (const auto& prepared : prepare_readable(*subject.explainer())) {
    const Explanation found = explain(prepared, prepared.rows.view());
    for_each_output(prepared, [&](size_t row, size_t output) {
      const double attribution = found.of(row, output)[kUnused];
      require(std::abs(attribution) <= kTolerance,
              fmt::format("{}: expected 0 for a feature that the model does not use, found {}",
                          place(prepared, row, output), attribution));
    });
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
      for (size_t output = 0; output < prepared.outputs(); ++output)
        for (size_t column = 0; column < kColumns; ++column) {
          const double expected = together.of(row, output)[column], found = alone.of(0, output)[column];
          require(std::abs(found - expected) <= kTolerance,
                  fmt::format("{}, feature {}: expected {}, found {} where the row is explained alone",
                              place(prepared, row, output), column, expected, found));
        }
    }
  }
  return "rows alone and together";
}

std::string tells_honest_errors(const Subject& subject) {
  const bool is_exact = (subject.description().flags & VELETA_SAMPLED) == 0;
  for (const auto& prepared : prepare_readable(*subject.explainer()))
    for (const double error : explain(prepared, prepared.rows.view()).standard_errors) {
      require(error >= 0,
              fmt::format("{}: expected standard errors of 0 or more, found {}", prepared.model->name(), error));
      require(!is_exact || error == 0,
              fmt::format("{}: expected standard errors of 0 from an explainer that does not say that it samples "
                          "(VELETA_SAMPLED), found {}",
                          prepared.model->name(), error));
    }
  return is_exact ? "0, as it says that it is exact" : "0 or more";
}

/// A row's and output's matrix of interactions.
void check_matrix(const std::string& place, std::span<const double> matrix, std::span<const double> attributions) {
  for (size_t i = 0; i < kColumns; ++i) {
    double sum = 0;
    for (size_t j = 0; j < kColumns; ++j) {
      const double here = matrix[i * kColumns + j], there = matrix[j * kColumns + i];
      require(std::abs(here - there) <= kTolerance * std::max(1.0, std::abs(here)),
              fmt::format("{}: expected the interaction of features {} and {} to be that of {} and {}, found {} and {}",
                          place, i, j, j, i, here, there));
      sum += here;
    }
    require(std::abs(sum - attributions[i]) <= kTolerance * std::max(1.0, std::abs(attributions[i])),
            fmt::format("{}: expected the interactions of feature {} to add up to its attribution {}, found {}", place,
                        i, attributions[i], sum));
  }
}

/// False where the explainer has no interactions for the model.
bool check_interactions(const Prepared& prepared) {
  std::vector<double> matrices(kRows * prepared.outputs() * kColumns * kColumns), base_values(prepared.outputs());
  try {
    explaining(prepared, [&] { prepared.handle->interact(prepared.rows.view(), matrices, base_values); });
  } catch (const Error& error) {
    if (error.code() == ErrorCode::kUnsupported) return false;
    throw;
  }
  const Explanation found = explain(prepared, prepared.rows.view());
  for_each_output(prepared, [&](size_t row, size_t output) {
    const size_t at = (row * prepared.outputs() + output) * kColumns * kColumns;
    check_matrix(place(prepared, row, output), std::span(matrices).subspan(at, kColumns * kColumns),
                 found.of(row, output));
    require(std::abs(base_values[output] - found.base_values[output]) <= kTolerance,
            fmt::format("{}: expected the base value {} with interactions too, found {}", place(prepared, row, output),
                        found.base_values[output], base_values[output]));
  });
  return true;
}

std::string interactions_add_up(const Subject& subject) {
  std::vector<std::string> checked;
  for (const auto& prepared : prepare_readable(*subject.explainer()))
    if (check_interactions(prepared)) checked.push_back(prepared.model->name());
  if (checked.empty()) throw NotApplicable("it has no interaction values");
  return "symmetric, and add up to the attributions, of " + join(checked, ", ");
}

/// Whether the text is UTF-8, which a JSON parser insists on, without control characters.
bool is_line(const std::string& text) {
  boost::system::error_code invalid;
  json::parse(json::serialize(json::value(text)), invalid);
  return !invalid && std::ranges::none_of(text, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
}

std::string says_how_in_a_line(const Subject& subject) {
  std::string said;
  for (const auto& prepared : prepare_readable(*subject.explainer())) {
    explaining(prepared, [&] { said = prepared.handle->method(); });
    require(is_line(said),
            fmt::format("{}: expected a line of UTF-8 on how it is explained, found {} bytes that are not",
                        prepared.model->name(), said.size()));
  }
  return said.empty() ? "nothing" : said;
}

}  // namespace

std::vector<Check> explainer_checks() {
  return {{"reads_or_refuses_models", reads_or_refuses_models},
          {"attributions_add_up", attributions_add_up},
          {"unused_features_get_nothing", unused_features_get_nothing},
          {"same_rows_same_attributions", same_rows_same_attributions},
          {"explains_rows_alone_as_together", explains_rows_alone_as_together},
          {"tells_honest_errors", tells_honest_errors},
          {"interactions_add_up", interactions_add_up},
          {"says_how_in_a_line", says_how_in_a_line}};
}

}  // namespace veleta::contract
