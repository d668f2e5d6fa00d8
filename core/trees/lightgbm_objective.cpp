#include "lightgbm_objective.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "numbers.hpp"
#include "veleta/error.hpp"

namespace veleta {

namespace {

struct Known {
  std::string_view name;
  Link link;
};

// LightGBM, src/objective: ConvertOutput.
constexpr std::array kKnown{
    Known{"", Link::kIdentity},  // trained by a function of the user's
    Known{"regression", Link::kIdentity},
    Known{"regression_l1", Link::kIdentity},
    Known{"huber", Link::kIdentity},
    Known{"fair", Link::kIdentity},
    Known{"quantile", Link::kIdentity},
    Known{"mape", Link::kIdentity},
    Known{"lambdarank", Link::kIdentity},
    Known{"rank_xendcg", Link::kIdentity},
    Known{"poisson", Link::kExponential},
    Known{"gamma", Link::kExponential},
    Known{"tweedie", Link::kExponential},
    Known{"binary", Link::kLogistic},
    Known{"cross_entropy", Link::kLogistic},
    Known{"multiclassova", Link::kLogistic},
    Known{"multiclass", Link::kSoftmax},
};

[[noreturn]] void refuse(const std::string& told) {
  throw Error(ErrorCode::kUnsupported, "this LightGBM model cannot be read as trees: its objective '" +
                                           told.substr(0, 64) +
                                           "' makes predictions of scores in a way that is not known");
}

double sigmoid(std::string_view word, const std::string& told) {
  try {
    return to_double(word);
  } catch (const NotThatNumber&) {
    refuse(told);
  }
}

}  // namespace

LightgbmObjective lightgbm_objective(const std::string& told) {
  LightgbmObjective objective;
  std::string_view rest = told;
  objective.name = rest.substr(0, rest.find(' '));
  const auto known = std::ranges::find(kKnown, objective.name, &Known::name);
  if (known == kKnown.end()) refuse(told);
  objective.link = known->link;
  for (rest.remove_prefix(objective.name.size()); !rest.empty();) {
    rest.remove_prefix(1);
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    if (word == "sqrt") refuse(told);
    if (word.starts_with("sigmoid:")) objective.scale = sigmoid(word.substr(8), told);
  }
  return objective;
}

}  // namespace veleta
