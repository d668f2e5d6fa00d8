#include <cmath>

#include "../shared/model_bytes.hpp"
#include "../shared/training_checks.hpp"
#include "least_squares.hpp"
#include "logistic.hpp"
#include "veleta/learner.hpp"

namespace {

using namespace veleta;

constexpr char kFormat[] = "ridge 1";

class RidgeModel final : public Model {
 public:
  explicit RidgeModel(LinearModel model) : model_(std::move(model)) {}

  std::string save() const override {
    ModelWriter out(kFormat);
    out.number(static_cast<uint8_t>(model_.link == Link::kLogistic));
    out.number(model_.intercept);
    out.array<double>(model_.coefficients);
    out.array<double>(model_.means);
    return out.take();
  }

  static std::unique_ptr<RidgeModel> load(std::string_view bytes) {
    ModelReader in(bytes, kFormat);
    LinearModel model;
    model.link = in.number<uint8_t>() != 0 ? Link::kLogistic : Link::kIdentity;
    model.intercept = in.number<double>();
    model.coefficients = in.array<double>();
    model.means = in.array<double>();
    in.finish();
    if (model.coefficients.size() != model.means.size()) in.fail("coefficients and means differ in number");
    return std::make_unique<RidgeModel>(std::move(model));
  }

  void predict(const MatrixView& rows, std::span<double> predictions) const override {
    check_width(rows, model_.coefficients.size());
    for (size_t row = 0; row < rows.rows; ++row) {
      double margin = model_.intercept;
      for (size_t column = 0; column < rows.columns; ++column)
        margin += model_.coefficients[column] * rows.at(row, column);
      predictions[row] = model_.link == Link::kLogistic ? 1 / (1 + std::exp(-margin)) : margin;
    }
  }

  const LinearModel* linear() const override { return &model_; }

 private:
  LinearModel model_;
};

/// The model of raw features that equals one of standardised features.
LinearModel unstandardise(const ridge::Standardiser& standardiser, std::vector<double> coefficients, double intercept) {
  LinearModel model{std::move(coefficients), standardiser.means, intercept};
  for (size_t column = 0; column < model.means.size(); ++column) {
    model.coefficients[column] *= standardiser.inverse_deviations[column];
    model.intercept -= model.coefficients[column] * model.means[column];
  }
  return model;
}

class RidgeLearner final : public Learner {
 public:
  RidgeLearner(const Params& params, const Host& host) : lambda_(params.number("lambda")), host_(host) {}

  std::unique_ptr<Model> train(const Training& training) const override {
    check_training(training);
    check_complete(training.train);
    const auto standardiser = ridge::measure(training.train);
    return std::make_unique<RidgeModel>(training.task == Task::kBinary ? logistic(training, standardiser)
                                                                       : least_squares(training, standardiser));
  }

  std::unique_ptr<Model> load(std::string_view bytes) const override { return RidgeModel::load(bytes); }

 private:
  LinearModel least_squares(const Training& training, const ridge::Standardiser& standardiser) const {
    const auto moments = ridge::accumulate(training.train, training.train_target, standardiser);
    auto found = ridge::solve(moments, training.train.rows, lambda_);
    host_.metric("lambda", found.lambda, 0);
    return unstandardise(standardiser, std::move(found.coefficients), moments.target_mean);
  }

  LinearModel logistic(const Training& training, const ridge::Standardiser& standardiser) const {
    const auto on_iteration = [&](int iteration) {
      if (host_.is_cancelled()) throw Error(ErrorCode::kCancelled, "training was cancelled");
      host_.progress(-1, "pass " + std::to_string(iteration + 1));
    };
    auto found = ridge::fit_logistic(training.train, training.train_target, standardiser, lambda_ < 0 ? 1 : lambda_,
                                     on_iteration);
    LinearModel model = unstandardise(standardiser, std::move(found.coefficients), found.intercept);
    model.link = Link::kLogistic;
    return model;
  }

  double lambda_;
  Host host_;
};

}  // namespace

VELETA_LEARNER(RidgeLearner, VELETA_NEEDS_COMPLETE, "ridge", "1.0.0",
               number_param("lambda", -1.0,
                            "weight of the squared coefficients (of standardised features) against the sum of squared "
                            "errors; -1: chosen by generalised cross-validation, and 1 for two classes")
                   .min(-1))
