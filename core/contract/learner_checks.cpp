#include <fmt/format.h>
#include <cmath>
#include <limits>
#include <thread>

#include "base/text.hpp"
#include "check.hpp"
#include "made_models.hpp"
#include "trees/evaluator.hpp"
#include "trees/link.hpp"

namespace veleta::contract {

namespace {

constexpr size_t kRows = 300;
constexpr double kTolerance = 1e-6;  // that of a model's golden rows

std::string name_of(Task task) { return task == Task::kBinary ? "two classes" : "regression"; }

std::vector<double> predictions_of(const ModelHandle& model, const MatrixView& rows) {
  std::vector<double> predictions(rows.rows);
  model.predict(rows, predictions);
  return predictions;
}

void require_close(double found, double expected, const std::string& what) {
  require(std::abs(found - expected) <= kTolerance * std::max(1.0, std::abs(expected)),
          fmt::format("{}: expected {}, found {}", what, expected, found));
}

/// A model of each task that the learner does, and the rows it was trained on.
struct Trained {
  Task task;
  MadeRows rows;
  std::unique_ptr<ModelHandle> model;
};

std::vector<Trained> train_each_task(LearnerHandle& learner, size_t rows = kRows, double missing_share = 0) {
  std::vector<Trained> all;
  for (const Task task : {Task::kRegression, Task::kBinary}) {
    Trained trained{task, MadeRows(task, rows, missing_share, 1), nullptr};
    const MadeRows validation(task, rows / 3, missing_share, 2);
    try {
      trained.model = learner.train(training_of(task, trained.rows, validation));
    } catch (const Error& error) {
      if (error.code() == ErrorCode::kUnsupported) continue;
      throw Error(error.code(), name_of(task) + ": " + error.what());
    }
    all.push_back(std::move(trained));
  }
  require(!all.empty(), "expected a model of a regression or of two classes, found both unsupported");
  return all;
}

std::string trains_and_predicts(const Subject& subject) {
  std::vector<std::string> tasks;
  for (const auto& trained : train_each_task(*subject.learner())) {
    for (const double prediction : predictions_of(*trained.model, trained.rows.view()))
      require(trained.task == Task::kRegression || (prediction >= 0 && prediction <= 1),
              fmt::format("expected a probability, found {}", prediction));
    tasks.push_back(name_of(trained.task));
  }
  return join(tasks, ", ");
}

std::string same_seed_same_bytes(const Subject& subject) {
  const auto first = subject.learner(), second = subject.learner();
  for (const auto& trained : train_each_task(*first)) {
    const MadeRows validation(trained.task, kRows / 3, 0, 2);
    const std::string bytes = trained.model->save();
    for (const unsigned threads : {1u, 2u}) {
      const auto again = second->train(training_of(trained.task, trained.rows, validation, threads));
      require(again->save() == bytes,
              fmt::format("{}: expected the same bytes from another training with {} thread(s), "
                          "found others",
                          name_of(trained.task), threads));
    }
  }
  return "1 and 2 threads, two instances";
}

std::string loads_what_it_saved(const Subject& subject) {
  const auto learner = subject.learner(), other = subject.learner();
  size_t byte_count = 0;
  for (const auto& trained : train_each_task(*learner)) {
    const std::string bytes = trained.model->save();
    const auto loaded = other->load(bytes);
    require(loaded->save() == bytes, name_of(trained.task) + ": expected the bytes it was loaded from, found others");
    require(predictions_of(*loaded, trained.rows.view()) == predictions_of(*trained.model, trained.rows.view()),
            name_of(trained.task) + ": expected the predictions of the model that was saved, found others");
    byte_count = bytes.size();
  }
  return fmt::format("{} bytes", byte_count);
}

std::string refuses_wrong_bytes(const Subject& subject) {
  const auto learner = subject.learner();
  const std::string bytes = train_each_task(*learner).front().model->save();
  const std::vector<std::pair<std::string, std::string>> wrong{{"no bytes", ""},
                                                               {"a text", "{\"a\": [1, 2]}"},
                                                               {"zeros", std::string(1000, '\0')},
                                                               {"half of a model", bytes.substr(0, bytes.size() / 2)},
                                                               {"a model and one more byte", bytes + "x"}};
  for (const auto& [name, content] : wrong) try {
      learner->load(content);
      throw Broken(name + ": expected an error, found a model");
    } catch (const Error& error) {
      require(error.code() == ErrorCode::kBadData,
              fmt::format("{}: expected an error of the code kBadData, found another: {}", name, error.what()));
    }
  return fmt::format("{} kinds", wrong.size());
}

std::vector<double> predictions_by_view(const Trained& trained) {
  std::vector<double> found(trained.rows.count());
  if (const veleta_trees* trees = trained.model->trees(MadeRows::kColumns)) {
    require(trees->outputs <= 1,
            fmt::format("{}: expected a view of one output, found {}", name_of(trained.task), trees->outputs));
    TreeEvaluator(*trees, MadeRows::kColumns).margins(trained.rows.view(), found);
    apply_link(trees->link, 1, found);
  } else {
    const veleta_linear* linear = trained.model->linear(MadeRows::kColumns);
    evaluate_linear(*linear, trained.rows.view(), found);
    apply_link(linear->link, 1, found);
  }
  return found;
}

std::string views_say_what_it_predicts(const Subject& subject) {
  const auto learner = subject.learner();
  std::string seen;
  for (const auto& trained : train_each_task(*learner, kRows, learner->needs_complete() ? 0 : 0.1)) {
    const bool has_trees = trained.model->trees(MadeRows::kColumns);
    if (!has_trees && !trained.model->linear(MadeRows::kColumns)) continue;
    seen = has_trees ? "trees" : "linear";
    const auto predictions = predictions_of(*trained.model, trained.rows.view());
    const auto by_view = predictions_by_view(trained);
    for (size_t row = 0; row < predictions.size(); ++row)
      require_close(by_view[row], predictions[row], fmt::format("{}, row {} by its view", name_of(trained.task), row));
  }
  if (seen.empty()) throw NotApplicable("its models have no view");
  return seen;
}

std::string takes_missing_values(const Subject& subject) {
  const auto learner = subject.learner();
  if (learner->needs_complete()) throw NotApplicable("it asks for complete rows (VELETA_NEEDS_COMPLETE)");
  for (const auto& trained : train_each_task(*learner, kRows, 0.3)) {
    predictions_of(*trained.model, trained.rows.view());
    const MadeRows nothing(trained.task, 3, 1.1, 3);
    predictions_of(*trained.model, nothing.view());
  }
  return "30 % missing, and rows of nothing else";
}

/// Rows that nobody would learn from: a model or an error that says why, nothing else.
std::string takes_or_refuses_few_rows(const Subject& subject) {
  const auto learner = subject.learner();
  int trained = 0, refused = 0;
  for (const Task task : {Task::kRegression, Task::kBinary})
    for (const size_t rows : {0, 1, 2, 5}) {
      const MadeRows few(task, rows, 0, 4), none(task, 0, 0, 4);
      const bool done = succeeds_or_refuses([&] {
        const auto model = learner->train(training_of(task, few, none));
        predictions_of(*model, MadeRows(task, 10, 0, 5).view());
      });
      done ? ++trained : ++refused;
    }
  return fmt::format("{} trained, {} refused", trained, refused);
}

std::string takes_or_refuses_one_target(const Subject& subject) {
  const auto learner = subject.learner();
  int trained = 0, refused = 0;
  for (const Task task : {Task::kRegression, Task::kBinary}) {
    MadeRows rows(task, kRows, 0, 6);
    std::fill(rows.target.begin(), rows.target.end(), 1);
    const bool done =
        succeeds_or_refuses([&] { predictions_of(*learner->train(training_of(task, rows, rows)), rows.view()); });
    done ? ++trained : ++refused;
  }
  return fmt::format("{} trained, {} refused", trained, refused);
}

std::string predicts_rows_alone_as_together(const Subject& subject) {
  for (const auto& trained : train_each_task(*subject.learner())) {
    const auto together = predictions_of(*trained.model, trained.rows.view());
    for (size_t row = 0; row < 20; ++row) {
      const double alone = predictions_of(*trained.model, trained.rows.row(row))[0];
      require(alone == together[row], fmt::format("{}, row {}: expected {}, found {} where it is predicted alone",
                                                  name_of(trained.task), row, together[row], alone));
    }
    predictions_of(*trained.model, MadeRows(trained.task, 0, 0, 1).view());  // no rows are no error
  }
  return "rows alone, all together, none";
}

std::string predicts_from_many_threads(const Subject& subject) {
  constexpr size_t kThreads = 4;
  for (const auto& trained : train_each_task(*subject.learner())) {
    const auto expected = predictions_of(*trained.model, trained.rows.view());
    std::vector<std::string> wrong(kThreads);
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < kThreads; ++i)
        threads.emplace_back([&, i] {
          try {
            for (int times = 0; times < 20; ++times)
              if (predictions_of(*trained.model, trained.rows.view()) != expected) wrong[i] = "found other predictions";
          } catch (const std::exception& error) {
            wrong[i] = error.what();
          }
        });
    }
    for (const auto& what : wrong) require(what.empty(), "predict on several threads at once: " + what);
  }
  return fmt::format("{} threads", kThreads);
}

}  // namespace

std::vector<Check> learner_checks() {
  return {{"trains_and_predicts", trains_and_predicts},
          {"same_seed_same_bytes", same_seed_same_bytes},
          {"loads_what_it_saved", loads_what_it_saved},
          {"refuses_wrong_bytes", refuses_wrong_bytes},
          {"views_say_what_it_predicts", views_say_what_it_predicts},
          {"takes_missing_values", takes_missing_values},
          {"takes_or_refuses_few_rows", takes_or_refuses_few_rows},
          {"takes_or_refuses_one_target", takes_or_refuses_one_target},
          {"predicts_rows_alone_as_together", predicts_rows_alone_as_together},
          {"predicts_from_many_threads", predicts_from_many_threads}};
}

}  // namespace veleta::contract
