#pragma once

#include <memory>
#include <string>

#include "made_rows.hpp"
#include "plugins/plugin_host.hpp"

// A boosted-tree model of ours, and XGBoost itself, which loads the same bytes.

namespace veleta::bench {

inline constexpr size_t kColumns = 30;

/// XGBoost's C API on a saved model, with one thread.
class XgboostItself {
 public:
  explicit XgboostItself(const std::string& model);

  /// Margins, straight from the rows ("inplace").
  void predict_margins(const MatrixView& rows) const;

  enum Type { kContributions = 2, kInteractions = 4 };
  /// By way of the matrix that XGBoost needs for it.
  void predict(Type type, const MatrixView& rows) const;

 private:
  void* booster_ = nullptr;  // lives as long as the program
};

/// Trained on 20,000 rows of kColumns features of which 2 % of the cells are missing.
std::unique_ptr<ModelHandle> trained_model(PluginHost& plugins, int trees, int depth);

/// `count` rows of those, other ones at each call: a branch predictor must not learn a row by heart.
MatrixView next(const testing::MadeRows& rows, size_t count);

}  // namespace veleta::bench
