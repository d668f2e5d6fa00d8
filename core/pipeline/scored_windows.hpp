#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "drift/model_windows.hpp"
#include "model/bundle.hpp"

namespace veleta {

/// The reference rows of a version and the rows of a window, as its model sees them. The window's are an even sample of
/// ScoredRows::kMaxRows at most. What is given must outlive it.
class ScoredWindows final : public ModelWindows {
 public:
  using OpenBundle = std::function<std::shared_ptr<const Bundle>()>;

  /// `open` is called once, when the model is first needed.
  ScoredWindows(const BundleParts& trained, const Table& rows, OpenBundle open);
  Rows rows(uint32_t needs) override;
  Scores predictions() override;
  Scores attributions() override;

 private:
  const ReferenceRows& reference() const;
  const Bundle& bundle();
  const Table& sample();
  const ScoredRows& scored();

  const BundleParts& trained_;
  const Table& rows_;
  OpenBundle open_;
  double reference_row_count_, current_row_count_;
  std::vector<double> reference_part_rows_, current_part_rows_;
  std::shared_ptr<const Bundle> bundle_;
  std::optional<Table> sample_;
  std::optional<ScoredRows> scored_;
  std::vector<const char*> reference_names_, current_names_;  ///< of the features
  std::optional<Profile> reference_predictions_, current_predictions_, current_attributions_;
};

}  // namespace veleta
