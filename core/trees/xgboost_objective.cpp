#include "xgboost_objective.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "veleta/error.hpp"

namespace veleta {

namespace {

/// How the margin comes from base_score.
enum class Start { kSame, kLogit, kLog };

struct Objective {
  std::string_view name;
  Link link;
  Start start;
};

constexpr std::array kObjectives{
    Objective{"reg:squarederror", Link::kIdentity, Start::kSame},
    Objective{"reg:linear", Link::kIdentity, Start::kSame},
    Objective{"reg:squaredlogerror", Link::kIdentity, Start::kSame},
    Objective{"reg:absoluteerror", Link::kIdentity, Start::kSame},
    Objective{"reg:pseudohubererror", Link::kIdentity, Start::kSame},
    Objective{"reg:quantileerror", Link::kIdentity, Start::kSame},
    Objective{"reg:expectileerror", Link::kIdentity, Start::kSame},
    Objective{"reg:logistic", Link::kLogistic, Start::kLogit},
    Objective{"binary:logistic", Link::kLogistic, Start::kLogit},
    Objective{"binary:logitraw", Link::kIdentity, Start::kSame},
    Objective{"binary:hinge", Link::kHinge, Start::kSame},
    Objective{"multi:softprob", Link::kSoftmax, Start::kSame},
    Objective{"multi:softmax", Link::kSoftmax, Start::kSame},
    Objective{"rank:pairwise", Link::kIdentity, Start::kSame},
    Objective{"rank:ndcg", Link::kIdentity, Start::kSame},
    Objective{"rank:map", Link::kIdentity, Start::kSame},
    Objective{"count:poisson", Link::kExponential, Start::kLog},
    Objective{"reg:gamma", Link::kExponential, Start::kLog},
    Objective{"reg:tweedie", Link::kExponential, Start::kLog},
    Objective{"survival:cox", Link::kExponential, Start::kLog},
    Objective{"survival:aft", Link::kExponential, Start::kLog},
};

const Objective& find(const std::string& name) {
  const auto found = std::ranges::find(kObjectives, name, &Objective::name);
  if (found == kObjectives.end())
    throw Error(ErrorCode::kUnsupported, "this XGBoost model cannot be read as trees: its objective '" +
                                             name.substr(0, 64) +
                                             "' is none that is known, nor therefore what it makes of a margin");
  return *found;
}

float logit(float probability) { return -std::log(1.0f / probability - 1.0f); }

}  // namespace

Link xgboost_link(const std::string& objective) { return find(objective).link; }

float xgboost_margin(const std::string& objective, float base_score) {
  switch (find(objective).start) {
    case Start::kLogit: return logit(base_score);
    case Start::kLog: return std::log(base_score);
    default: return base_score;
  }
}

}  // namespace veleta
