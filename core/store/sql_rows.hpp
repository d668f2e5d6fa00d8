#pragma once

#include <optional>
#include <string>

#include "sql/sql.hpp"
#include "store/store.hpp"

/// Single rows of the store's tables, within a transaction of the caller.
namespace veleta {

std::optional<RunRecord> select_run(sql::Connection& connection, const std::string& run_id);
/// Throws kNotFound that names the run.
[[noreturn]] void throw_no_run(const std::string& run_id);
/// A step that is there already stays as it is.
void insert_step(sql::Connection& connection, const std::string& run_id, const StepRecord& step);
/// A run that was taken up again may decide again: the newest decision stands.
void replace_decision(sql::Connection& connection, const DecisionRecord& decision);

std::optional<BatchRecord> select_batch(sql::Connection& connection, const std::string& pipeline,
                                        const std::string& id);
void insert_batch(sql::Connection& connection, const BatchRecord& batch);

}  // namespace veleta
