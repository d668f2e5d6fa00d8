#include <algorithm>

#include "category_levels.hpp"

namespace veleta {

namespace {

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

  json::array level_labels() const override {
    json::array labels(levels_.labels().begin(), levels_.labels().end());
    if (levels_.has_missing()) labels.push_back(nullptr);
    return labels;
  }

  json::object to_json() const override {
    json::object object{{"kind", "one_hot"}};
    levels_.write_to(object);
    return object;
  }

 private:
  Levels levels_;
};

}  // namespace

ColumnEncoderPointer make_one_hot(Levels levels) { return std::make_shared<OneHotEncoder>(std::move(levels)); }

ColumnEncoderPointer one_hot_from_json(const json::object& object) { return make_one_hot(Levels::read_from(object)); }

}  // namespace veleta
