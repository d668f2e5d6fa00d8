#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "category_levels.hpp"

namespace veleta {

namespace {

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
    std::vector<float> means(width_, finite_float(prior));
    for (size_t level = 0; level + 1 < width_; ++level) {
      const Cell cell = total_without(left_out, level);
      const double weight = cell.count + smoothing_;
      if (weight > 0) means[level] = finite_float((cell.sum + smoothing_ * prior) / weight);
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

/// The number that a label spells; NaN if it spells none.
float spelt_number(const std::string& label) {
  const auto number = parse_number(label);
  return number ? finite_float(*number) : kMissingFeature;
}

/// What training taught of each level, and at the end of all others.
struct LevelFacts {
  std::vector<float> means;       ///< of the target, smoothed
  std::vector<float> log_counts;  ///< log(1 + rows): how far the mean can be trusted
};

/// A level's mean and count, and of codes that are numbers the number itself: near codes (zip codes, years) often stand
/// for near things, of which the number still tells where the level is rare or new.
class TargetMeanEncoder final : public ColumnEncoder {
 public:
  /// `fill` stands for the number of a cell that spells none.
  TargetMeanEncoder(Levels levels, LevelFacts facts, bool has_number, float fill)
      : levels_(std::move(levels)), facts_(std::move(facts)), has_number_(has_number), fill_(fill) {}

  ColumnType type() const override { return ColumnType::kCategory; }

  std::vector<std::string> feature_names(const std::string& column) const override {
    std::vector<std::string> names{column + " (mean)", column + " (rows)"};
    if (has_number_) names.push_back(column + " (number)");
    return names;
  }

  void encode(const Column& column, FeatureSlot out) const override {
    encode_with(column, levels_.of_rows(column), out,
                [this](size_t) -> const std::vector<float>& { return facts_.means; });
  }

  void encode_training(const Column& column, const TrainingRows& rows, FeatureSlot out) const override {
    const std::vector<int32_t> levels = levels_.of_rows(column);
    const TargetSums sums(levels, levels_.size(), rows);
    std::vector<std::vector<float>> means;
    for (size_t fold = 0; fold < rows.options.folds; ++fold) means.push_back(sums.means_without(fold));
    encode_with(column, levels, out, [&](size_t row) -> const std::vector<float>& { return means[rows.fold[row]]; });
  }

  json::object to_json() const override {
    json::object object{{"kind", "target_mean"}};
    levels_.write_to(object);
    object["means"] = veleta::to_json(std::span(facts_.means));
    object["log_counts"] = veleta::to_json(std::span(facts_.log_counts));
    object["has_number"] = has_number_;
    object["fill"] = veleta::to_json(fill_);
    return object;
  }

 private:
  /// `means_for`: the levels' means that a row is to be encoded with.
  template <typename MeansFor>
  void encode_with(const Column& column, const std::vector<int32_t>& levels, FeatureSlot out,
                   MeansFor means_for) const {
    for (size_t row = 0; row < levels.size(); ++row) {
      const size_t level = levels[row] == Levels::kOther ? levels_.size() : static_cast<size_t>(levels[row]);
      out.row(row)[0] = means_for(row)[level];
      out.row(row)[1] = facts_.log_counts[level];
    }
    if (!has_number_) return;
    const std::vector<float> numbers = by_label(column, kMissingFeature, spelt_number);
    for (size_t row = 0; row < numbers.size(); ++row) out.row(row)[2] = std::isnan(numbers[row]) ? fill_ : numbers[row];
  }

  Levels levels_;
  LevelFacts facts_;
  bool has_number_;
  float fill_;
};

std::vector<float> log_counts(const std::vector<int32_t>& levels, size_t level_count, const TrainingRows& rows) {
  std::vector<double> counts(level_count + 1);
  for (const uint32_t row : rows.order)
    if (levels[row] != Levels::kOther) ++counts[static_cast<size_t>(levels[row])];
  std::vector<float> logs(counts.size());
  std::ranges::transform(counts, logs.begin(), [](double count) { return static_cast<float>(std::log1p(count)); });
  return logs;
}

bool is_no_number(const std::string& label) { return std::isnan(spelt_number(label)); }

float mean_number(const Column& column, const TrainingRows& rows) {
  const std::vector<float> numbers = by_label(column, kMissingFeature, spelt_number);
  Mean mean;
  for (const uint32_t row : rows.order) mean.add(numbers[row]);
  return mean.value();
}

}  // namespace

ColumnEncoderPointer fit_target_mean(Levels levels, const Column& column, const TrainingRows& rows) {
  const std::vector<int32_t> level_of_row = levels.of_rows(column);
  const TargetSums sums(level_of_row, levels.size(), rows);
  LevelFacts facts{sums.means_without(TargetSums::kNoFold), log_counts(level_of_row, levels.size(), rows)};
  const bool has_number = std::ranges::none_of(levels.labels(), is_no_number);
  const float fill = has_number && rows.options.complete ? mean_number(column, rows) : kMissingFeature;
  return std::make_shared<TargetMeanEncoder>(std::move(levels), std::move(facts), has_number, fill);
}

ColumnEncoderPointer target_mean_from_json(const json::object& object) {
  Levels levels = Levels::read_from(object);
  LevelFacts facts{floats_from_json(object.at("means")), floats_from_json(object.at("log_counts"))};
  if (facts.means.size() != levels.size() + 1 || facts.log_counts.size() != levels.size() + 1)
    throw Error(ErrorCode::kBadData,
                fmt::format("{} levels go with {} means and {} counts; one more than levels is right", levels.size(),
                            facts.means.size(), facts.log_counts.size()));
  return std::make_shared<TargetMeanEncoder>(std::move(levels), std::move(facts), object.at("has_number").as_bool(),
                                             float_from_json(object.at("fill")));
}

}  // namespace veleta
