#pragma once

#include <functional>
#include <string>
#include <vector>

#include "linked_plugins.hpp"

// Models of which nothing but their margins is known, explained by the plugins linked into the test program.

namespace veleta::testing {

/// Fills a row's margins.
using Margins = std::function<void(const float* row, std::span<double> margins)>;

struct AnyModel {
  size_t columns;
  std::vector<float> background;  ///< rows * columns
  Margins margins;
  size_t outputs = 1;
  Link link = Link::kIdentity;

  /// Of one output.
  AnyModel(size_t of_columns, std::vector<float> rows, std::function<double(const float*)> margin)
      : columns(of_columns),
        background(std::move(rows)),
        margins([margin](const float* row, std::span<double> out) { out[0] = margin(row); }) {}
  AnyModel(size_t of_columns, std::vector<float> rows, size_t of_outputs, Margins of)
      : columns(of_columns), background(std::move(rows)), margins(std::move(of)), outputs(of_outputs) {}
};

struct Explained {
  std::vector<double> values, errors, base_values;
  bool operator==(const Explained&) const = default;
};

/// An explainer, prepared for one model, which must outlive it. It counts what it asks.
class PreparedUnderTest {
 public:
  PreparedUnderTest(const std::string& explainer, const AnyModel& model, const Settings& settings = {},
                    PluginServices services = {}, const veleta_linear* linear = nullptr);

  Explained explain(const std::vector<float>& rows) const;
  /// Interactions and base values.
  Explained interact(const std::vector<float>& rows) const;
  std::string method() const { return prepared_->method(); }
  Space space() const { return prepared_->space(); }

  mutable size_t evaluations = 0, largest_batch = 0;

 private:
  MatrixView view(const std::vector<float>& rows) const { return {rows.data(), rows.size() / columns_, columns_, {}}; }
  size_t columns_, outputs_;
  std::unique_ptr<PreparedHandle> prepared_;
};

/// Values of the game of a row, one a coalition: the mean over the background of the margin, or of what `after` makes
/// of it, of the row with the coalition's columns and the background's others.
std::vector<double> game_of(const AnyModel& model, const float* row, size_t output,
                            const std::function<void(std::span<double>)>& after = {});
/// Shapley's formula, word for word.
std::vector<double> shapley(const std::vector<double>& game, size_t columns);
/// Interaction values by their definition, columns * columns.
std::vector<double> interactions_of(const std::vector<double>& game, size_t columns);

/// `count` numbers of -1..1.
std::vector<float> uniform_numbers(size_t count, uint64_t seed);

}  // namespace veleta::testing
