#include "test_plugins.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "veleta/detector.hpp"
#include "veleta/explainer.hpp"
#include "veleta/learner.hpp"
#include "veleta/source.hpp"

namespace {

using namespace veleta;

/// Fails in the way that the reference's row count names; else answers with a detail longer than fits.
class Moody final : public NumericDetector {
 public:
  DriftResult compare(const NumericSample& reference, const NumericSample&) const override {
    if (reference.row_count == 1) throw Error(ErrorCode::kBadData, "the reference is one row");
    if (reference.row_count == 2) throw std::runtime_error("a library's own words");
    if (reference.row_count == 3) throw 42;
    if (reference.row_count == 4) throw Error(ErrorCode::kNotFound, "a code that the ABI does not have");
    return {.statistic = 1, .effect = 2, .min_effect = 3, .detail = std::string(510, 'x') + "ü"};
  }
};

class TwoBatches final : public Source {
 public:
  Batch next(const std::optional<std::string>& cursor, PayloadWriter& payload) override {
    if (cursor) return {.outcome = Batch::Outcome::kEndOfData};
    payload.write("a,b\n");
    payload.write("1,2\n");
    return {
        .id = "0", .cursor = "after 0", .origin = std::string("a text that the batch owns, too long for the stack")};
  }
};

class Stump final : public Model {
 public:
  std::string save() const override { return "stump"; }
  void predict(const MatrixView& rows, std::span<double> predictions) const override {
    for (size_t row = 0; row < rows.rows; ++row) predictions[row] = rows.at(row, 0);
  }
  const TreeEnsemble* trees() const override { return &trees_; }
  const LinearModel* linear() const override { return &linear_; }

 private:
  TreeEnsemble trees_{{0},   {-1}, {0}, {0},   {0}, {0}, {1.5}, {10}, 0.25, Link::kLogistic,
                      false, {},   {},  false, 1,   {},  {},    {}};
  LinearModel linear_{{1, 2}, {0}, 0, Link::kIdentity};  // a mean is missing
};

class StumpLearner final : public Learner {
 public:
  std::unique_ptr<Model> train(const Training& training) const override {
    return training.seed == 0 ? nullptr : std::make_unique<Stump>();
  }
  std::unique_ptr<Model> load(std::string_view) const override { return std::make_unique<Stump>(); }
};

class NothingPrepared final : public Explainer {
 public:
  std::unique_ptr<PreparedExplainer> prepare(const Explainable&) const override { return nullptr; }
};

}  // namespace

VELETA_DETECTOR(Moody, "moody", "1.0.0")
VELETA_SOURCE(TwoBatches, "two_batches", "1.0.0")
VELETA_LEARNER(StumpLearner, VELETA_NEEDS_COMPLETE, "stump", "2.1.0", integer_param("depth", 3, "levels").min(1).max(9),
               text_param("loss", "squared", "what is made small").choices({"squared", "absolute"}))
VELETA_EXPLAINER(NothingPrepared, "nothing", "1.0.0")

namespace veleta::testing {

std::string last_error;

const veleta_host host{sizeof host,
                       nullptr,
                       [](void*, const char* message) { last_error = message; },
                       [](void*, int32_t, const char*) {},
                       [](void*, double, const char*) {},
                       [](void*) { return int32_t{0}; },
                       [](void*, const char*, double, int64_t) {}};

const veleta_plugin& plugin(const std::string& name) {
  const veleta_library* library = veleta_library_entry(VELETA_ABI_VERSION);
  for (size_t i = 0; i < library->plugin_count; ++i)
    if (library->plugins[i]->name == name) return *library->plugins[i];
  throw std::out_of_range("no plugin " + name);
}

TestInstance::TestInstance(const std::string& name) : plugin_(plugin(name)) {
  std::vector<veleta_value> values;
  for (size_t i = 0; i < plugin_.param_count; ++i) {
    const veleta_param& param = *plugin_.params[i];
    values.push_back({sizeof(veleta_value), param.name, param.type, param.default_number, param.default_integer,
                      param.default_text, nullptr, 0});
  }
  std::vector<const veleta_value*> pointers;
  for (const auto& value : values) pointers.push_back(&value);
  EXPECT_EQ(plugin_.create(&host, pointers.data(), pointers.size(), &instance_), VELETA_OK);
}

TestInstance::~TestInstance() { plugin_.destroy(instance_); }

}  // namespace veleta::testing
