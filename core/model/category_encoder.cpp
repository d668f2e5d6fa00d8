#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "column_encoder.hpp"

namespace veleta {

namespace {

/// The levels of a column that are frequent enough to be told apart, in the order of their labels. Missing is a level
/// like the others, and comes last.
class Levels {
 public:
  static constexpr int32_t kOther = -1;

  /// `labels` in ascending order, each once.
  Levels(const std::vector<std::string>& labels, bool has_missing) : has_missing_(has_missing) {
    for (const std::string& label : labels) dictionary_.code_of(label);
  }

  size_t size() const { return dictionary_.size() + has_missing_; }
  const std::vector<std::string>& labels() const { return dictionary_.labels(); }
  bool has_missing() const { return has_missing_; }

  /// The level of each row, or kOther. Looks each label of the column up at most once.
  std::vector<int32_t> of_rows(const Column& column) const {
    constexpr int32_t kNotLookedUp = -2;
    const int32_t missing = has_missing_ ? static_cast<int32_t>(dictionary_.size()) : kOther;
    std::vector<int32_t> level_of_code(column.dictionary.size(), kNotLookedUp);
    std::vector<int32_t> levels(column.codes.size());
    for (size_t row = 0; row < levels.size(); ++row) {
      const int32_t code = column.codes[row];
      if (code < 0) {
        levels[row] = missing;
        continue;
      }
      int32_t& level = level_of_code[static_cast<size_t>(code)];
      if (level == kNotLookedUp) level = dictionary_.find(column.dictionary.label(code));
      levels[row] = level;
    }
    return levels;
  }

  void write_to(json::object& object) const {
    json::array labels;
    labels.reserve(dictionary_.size());
    for (const std::string& label : dictionary_.labels()) labels.emplace_back(label);
    object["levels"] = std::move(labels);
    object["missing"] = has_missing_;
  }

  static Levels read_from(const json::object& object) {
    std::vector<std::string> labels;
    for (const auto& label : object.at("levels").as_array()) labels.emplace_back(label.as_string());
    if (std::adjacent_find(labels.begin(), labels.end(), std::greater_equal<>()) != labels.end())
      throw Error(ErrorCode::kBadData, "the levels of a category must be in order, each once");
    return {labels, object.at("missing").as_bool()};
  }

 private:
  Dictionary dictionary_;
  bool has_missing_;
};

/// Levels of at least min_level_rows rows, and whether some rows are of none of them.
struct LevelChoice {
  Levels levels;
  bool has_others;
};

LevelChoice choose_levels(const Column& column, const TrainingRows& rows) {
  std::vector<size_t> counts(column.dictionary.size());
  size_t missing_count = 0, kept_count = 0;
  for (const uint32_t row : rows.order)
    ++(column.codes[row] < 0 ? missing_count : counts[static_cast<size_t>(column.codes[row])]);
  const size_t least = std::max<size_t>(rows.options.min_level_rows, 1);
  std::vector<std::string> labels;
  for (size_t code = 0; code < counts.size(); ++code)
    if (counts[code] >= least) {
      labels.push_back(column.dictionary.label(static_cast<int32_t>(code)));
      kept_count += counts[code];
    }
  std::ranges::sort(labels);
  const bool has_missing = missing_count >= least;
  if (has_missing) kept_count += missing_count;
  return {Levels(labels, has_missing), kept_count < rows.order.size()};
}

class OneHotEncoder final : public ColumnEncoder {
 public:
  explicit OneHotEncoder(Levels levels) : levels_(std::move(levels)) {}

  ColumnType type() const override { return ColumnType::kCategory; }

  std::vector<std::string> feature_names(const std::string& column) const override {
    std::vector<std::string> names;
    for (const std::string& label : levels_.labels()) names.push_back(column + " = " + label);
    if (levels_.has_missing()) names.push_back(column + " missing");
    return names;
  }

  void encode(const Column& column, FeatureSlot out) const override {
    const std::vector<int32_t> levels = levels_.of_rows(column);
    for (size_t row = 0; row < levels.size(); ++row) {
      std::fill_n(out.row(row), levels_.size(), 0.0F);
      if (levels[row] != Levels::kOther) out.row(row)[levels[row]] = 1;
    }
  }

  json::object to_json() const override {
    json::object object{{"kind", "one_hot"}};
    levels_.write_to(object);
    return object;
  }

 private:
  Levels levels_;
};

/// Sums of the target by fold and level; the last level stands for the overall sum.
class TargetSums {
 public:
  TargetSums(const std::vector<int32_t>& levels, size_t level_count, const TrainingRows& rows)
      : width_(level_count + 1), smoothing_(rows.options.smoothing), cells_(rows.options.folds * width_) {
    for (const uint32_t row : rows.order) {
      Cell* fold = &cells_[rows.fold[row] * width_];
      if (levels[row] != Levels::kOther) fold[levels[row]].add(rows.target[row]);
      fold[level_count].add(rows.target[row]);
    }
  }

  static constexpr size_t kNoFold = static_cast<size_t>(-1);

  /// Each level's smoothed mean over the rows outside fold `left_out`, and at the end the overall mean.
  std::vector<float> means_without(size_t left_out) const {
    const Cell overall = total_without(left_out, width_ - 1);
    const double prior = overall.count > 0 ? overall.sum / overall.count : 0;
    std::vector<float> means(width_, static_cast<float>(prior));
    for (size_t level = 0; level + 1 < width_; ++level) {
      const Cell cell = total_without(left_out, level);
      const double weight = cell.count + smoothing_;
      if (weight > 0) means[level] = static_cast<float>((cell.sum + smoothing_ * prior) / weight);
    }
    return means;
  }

 private:
  struct Cell {
    double sum = 0, count = 0;
    void add(double value) {
      sum += value;
      ++count;
    }
  };

  /// Adds up the other folds, rather than taking one from the total: what is left out leaves no rounding behind.
  Cell total_without(size_t left_out, size_t level) const {
    Cell total;
    for (size_t fold = 0; fold * width_ < cells_.size(); ++fold)
      if (fold != left_out) {
        total.sum += cells_[fold * width_ + level].sum;
        total.count += cells_[fold * width_ + level].count;
      }
    return total;
  }

  size_t width_;
  double smoothing_;
  std::vector<Cell> cells_;
};

/// Two features: the level's smoothed mean of the target, and the logarithm of its row count, which tells how far the
/// mean can be trusted.
class TargetMeanEncoder final : public ColumnEncoder {
 public:
  /// `means` and `log_counts`: one a level, and at the end one for all others.
  TargetMeanEncoder(Levels levels, std::vector<float> means, std::vector<float> log_counts)
      : levels_(std::move(levels)), means_(std::move(means)), log_counts_(std::move(log_counts)) {}

  ColumnType type() const override { return ColumnType::kCategory; }

  std::vector<std::string> feature_names(const std::string& column) const override {
    return {column + " (mean)", column + " (rows)"};
  }

  void encode(const Column& column, FeatureSlot out) const override {
    const std::vector<int32_t> levels = levels_.of_rows(column);
    for (size_t row = 0; row < levels.size(); ++row) write(levels[row], means_, out.row(row));
  }

  void encode_training(const Column& column, const TrainingRows& rows, FeatureSlot out) const override {
    const std::vector<int32_t> levels = levels_.of_rows(column);
    const TargetSums sums(levels, levels_.size(), rows);
    std::vector<std::vector<float>> means;
    for (size_t fold = 0; fold < rows.options.folds; ++fold) means.push_back(sums.means_without(fold));
    for (size_t row = 0; row < levels.size(); ++row) write(levels[row], means[rows.fold[row]], out.row(row));
  }

  json::object to_json() const override {
    json::object object{{"kind", "target_mean"}};
    levels_.write_to(object);
    object["means"] = veleta::to_json(std::span(means_));
    object["log_counts"] = veleta::to_json(std::span(log_counts_));
    return object;
  }

 private:
  void write(int32_t level, const std::vector<float>& means, float* out) const {
    const size_t at = level == Levels::kOther ? levels_.size() : static_cast<size_t>(level);
    out[0] = means[at];
    out[1] = log_counts_[at];
  }

  Levels levels_;
  std::vector<float> means_, log_counts_;
};

ColumnEncoderPointer fit_target_mean(Levels levels, const Column& column, const TrainingRows& rows) {
  const std::vector<int32_t> level_of_row = levels.of_rows(column);
  const TargetSums sums(level_of_row, levels.size(), rows);
  std::vector<float> log_counts(levels.size() + 1);
  for (const uint32_t row : rows.order)
    if (level_of_row[row] != Levels::kOther) ++log_counts[static_cast<size_t>(level_of_row[row])];
  for (float& count : log_counts) count = std::log1p(count);
  return std::make_shared<TargetMeanEncoder>(std::move(levels), sums.means_without(TargetSums::kNoFold), log_counts);
}

}  // namespace

ColumnEncoderPointer fit_category(const Column& column, const TrainingRows& rows) {
  auto [levels, has_others] = choose_levels(column, rows);
  const bool tells_rows_apart = levels.size() > 1 || (levels.size() == 1 && has_others);
  if (!tells_rows_apart) return nullptr;
  if (levels.size() <= rows.options.max_one_hot_levels) return std::make_shared<OneHotEncoder>(std::move(levels));
  return fit_target_mean(std::move(levels), column, rows);
}

ColumnEncoderPointer one_hot_from_json(const json::object& object) {
  return std::make_shared<OneHotEncoder>(Levels::read_from(object));
}

ColumnEncoderPointer target_mean_from_json(const json::object& object) {
  Levels levels = Levels::read_from(object);
  std::vector<float> means = floats_from_json(object.at("means"));
  std::vector<float> log_counts = floats_from_json(object.at("log_counts"));
  if (means.size() != levels.size() + 1 || log_counts.size() != levels.size() + 1)
    throw Error(ErrorCode::kBadData,
                fmt::format("{} levels go with {} means and {} counts; one more than levels is right", levels.size(),
                            means.size(), log_counts.size()));
  return std::make_shared<TargetMeanEncoder>(std::move(levels), std::move(means), std::move(log_counts));
}

}  // namespace veleta
