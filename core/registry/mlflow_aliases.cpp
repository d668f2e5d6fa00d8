#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <chrono>
#include <random>
#include <thread>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "mlflow_registry.hpp"
#include "rules.hpp"

// MLflow sets an alias without asking where it points: of several writers the last one wins. So a move is decided
// before: MLflow writes a parameter of a run once. Each move of an alias writes the next parameter of a ledger, the run
// of the model's lowest version, and who wrote it has decided; then the alias is set to what was decided last.
//
// A writer may die before it sets the alias. For ten minutes servers look for that and set it, and so does whoever
// moves it next; after that what a person set it to stands.

namespace veleta {

namespace {

constexpr int64_t kHealing_ms = 10 * 60 * 1000;
constexpr int kMostRounds = 8;
constexpr size_t kLongestAliasInKey = 180;
constexpr const char* kPinTag = "promo.pin";

/// 0: the text does not begin with a number.
int64_t number_of(std::string_view text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// The beginning of an alias's parameters; a run may be the ledger of several models.
std::string ledger_prefix(const std::string& model, const std::string& alias) {
  return fmt::format("{}{}.{}.", kLedgerPrefix, alias.size() > kLongestAliasInKey ? sha256(alias) : alias,
                     sha256(model).substr(0, 8));
}

void pause(int round) {
  thread_local std::minstd_rand random(std::random_device{}());
  std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<int>(5, 20 << round)(random)));
}

}  // namespace

/// What was decided last; generation 0: nothing yet.
struct MlflowRegistry::AliasDecision {
  int64_t generation = 0;
  int version = 0;
  int64_t time_ms = 0;
};

/// Where an alias stands.
struct MlflowRegistry::AliasState {
  std::string ledger;  ///< the run whose parameters are the decisions
  AliasDecision decided;
  std::vector<int> versions;
  std::optional<int> current;
  std::optional<int> pin;  ///< a person's word that no other version may be moved to

  bool has(int version) const { return std::find(versions.begin(), versions.end(), version) != versions.end(); }
  /// A decision that its writer may not have carried out.
  bool is_open() const {
    return decided.generation > 0 && current != decided.version && now_ms() - decided.time_ms < kHealing_ms &&
           has(decided.version) && (!pin || *pin == decided.version);
  }
};

MlflowRegistry::AliasDecision MlflowRegistry::newest_decision(const std::string& ledger, const std::string& model,
                                                              const std::string& alias) {
  const std::string prefix = ledger_prefix(model, alias);
  AliasDecision newest;
  for (const auto& [key, value] : texts_at(object_at(fetch_run(ledger), "data"), "params")) {
    if (!key.starts_with(prefix)) continue;
    const AliasDecision decision{number_of(std::string_view(key).substr(prefix.size())),
                                 static_cast<int>(number_of(value)),
                                 number_of(std::string_view(value).substr(value.rfind(':') + 1))};
    if (decision.generation > newest.generation) newest = decision;
  }
  return newest;
}

MlflowRegistry::AliasState MlflowRegistry::alias_state(const std::string& model, const std::string& alias) {
  AliasState state;
  int ledger_version = 0;
  for (const auto& item : all_versions(model)) {
    const auto number = static_cast<int>(integer_at(item.as_object(), "version"));
    const std::string run_id = text_or_empty(item.as_object(), "run_id");
    state.versions.push_back(number);
    if (run_id.empty() || (ledger_version != 0 && ledger_version < number)) continue;
    ledger_version = number;
    state.ledger = run_id;
  }
  if (state.ledger.empty()) return state;
  // The decisions first: who decides between the two reads takes the next generation, so that this move loses.
  state.decided = newest_decision(state.ledger, model, alias);
  const json::object answer = api_.get("registered-models/get", {{"name", model}});
  const json::object& registered = object_at(answer, "registered_model");
  for (const auto& item : array_at(registered, "aliases")) {
    const auto number = static_cast<int>(integer_at(item.as_object(), "version"));
    // 2.22 leaves the aliases of a deleted version behind.
    if (text_or_empty(item.as_object(), "alias") == alias && state.has(number)) state.current = number;
  }
  const auto tags = texts_at(registered, "tags");
  if (const auto pin = tags.find(kPinTag); pin != tags.end()) state.pin = static_cast<int>(number_of(pin->second));
  return state;
}

bool MlflowRegistry::claim(const AliasState& state, const std::string& model, const std::string& alias, int version) {
  try {
    api_.post("runs/log-parameter",
              {{"run_id", state.ledger},
               {"key", fmt::format("{}{:06}", ledger_prefix(model, alias), state.decided.generation + 1)},
               {"value", fmt::format("{}:{}:{}", version, new_id(), now_ms())}});
    return true;
  } catch (const MlflowError& error) {
    if (error.is_invalid_parameter("Changing param values")) return false;
    throw;
  }
}

void MlflowRegistry::settle(const std::string& ledger, const std::string& model, const std::string& alias,
                            int version) {
  for (int round = 0; round < kMostRounds; ++round) {
    api_.post("registered-models/alias", {{"name", model}, {"alias", alias}, {"version", std::to_string(version)}});
    // Another one may have decided meanwhile, and this may have overwritten what it set.
    const AliasDecision newest = newest_decision(ledger, model, alias);
    if (newest.generation > 0) version = newest.version;
    const auto current = version_by_alias(model, alias);
    if (current && current->version == version) return;
    pause(round);
  }
  log(LogLevel::kWarning, fmt::format("MLflow at {}: alias '{}' of '{}' does not stay at version {}, which was decided "
                                      "on; the next move sets it right",
                                      api_.base(), alias, model, version));
}

bool MlflowRegistry::move_alias(const std::string& model, const std::string& alias, int version,
                                std::optional<int> expected) {
  check_alias(alias);
  AliasState state = alias_state(model, alias);
  if (!state.has(version))
    throw Error(ErrorCode::kNotFound, fmt::format("model '{}' has no version {}", model, version));
  if (state.ledger.empty())
    throw Error(ErrorCode::kUnsupported,
                fmt::format("model '{}': expected a version of a run, which the moves of its aliases are decided on, "
                            "found none",
                            model));
  if (state.pin && *state.pin != version)
    throw Error(ErrorCode::kConflict,
                fmt::format("alias '{}' of '{}' cannot move to version {}: the model's tag {} keeps it at version {}",
                            alias, model, version, kPinTag, *state.pin));
  if (state.is_open()) {
    settle(state.ledger, model, alias, state.decided.version);
    state.current = state.decided.version;
  }
  if (state.current != expected || !claim(state, model, alias, version)) return false;
  settle(state.ledger, model, alias, version);
  return true;
}

bool MlflowRegistry::finish_move(const std::string& model, const std::string& alias) {
  check_alias(alias);
  const AliasState state = alias_state(model, alias);
  if (!state.is_open()) return false;
  settle(state.ledger, model, alias, state.decided.version);
  return true;
}

}  // namespace veleta
