#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "base/files.hpp"
#include "base/text.hpp"
#include "commands.hpp"
#include "data/read_blocks.hpp"
#include "profile_output.hpp"
#include "read_remarks.hpp"
#include "terminal.hpp"
#include "window_file.hpp"

namespace veleta {

namespace {

/// So many cells take about 64 MB.
constexpr size_t kBlockCells = 4'000'000;

struct BuildArguments {
  std::vector<std::string> files;
  std::string out, config, rows_pointer;
};

/// Does `work`; a complaint of its data names the file.
template <typename Work>
auto of_file(const std::string& path, Work&& work) {
  try {
    return work();
  } catch (const Error& error) {
    if (error.code() != ErrorCode::kBadData && error.code() != ErrorCode::kInvalidArgument) throw;
    throw Error(ErrorCode::kBadData, fmt::format("{}: {}", path, error.what()));
  }
}

/// Files of rows, one part each, taken into a profile in one pass.
class Build {
 public:
  Build(const BuildArguments& arguments, const ColumnRules& rules) {
    options_.rules = rules;
    options_.rows_pointer = arguments.rows_pointer;
    for (const std::string& path : arguments.files) total_bytes_ += file_bytes(path);
    for (const std::string& path : arguments.files) of_file(path, [&] { take(path); });
    printer_.clear();
  }
  Profile profile() && { return std::move(builder_).finish(); }
  /// What the readers left out or could not read, a sentence each.
  std::vector<std::string> notes;

 private:
  void take(const std::string& path) {
    WindowFile file(path, [this](size_t count) {
      if (was_interrupted()) throw Error(ErrorCode::kCancelled, "interrupted");
      read_bytes_ += static_cast<double>(count);
    });
    if (file.is_profile())
      throw Error(ErrorCode::kBadData, "this is a profile already, not rows; veleta profile merge takes profiles");
    std::vector<ColumnIssues> issues;
    ReadReport report;
    const TakeRows take_rows = [&](ReadResult&& read) {
      builder_.add(read.table, read.report.retyped);
      options_.schema = read.schema;
      rows_ += static_cast<double>(read.table.row_count());
      for (const ColumnIssues& found : read.report.retyped) add_issues(issues, found);
      report = std::move(read.report);
      const std::string rows = with_thousands(rows_) + " rows";
      printer_.show({"profile", total_bytes_ > 0 ? read_bytes_ / total_bytes_ : -1, rows, false});
    };
    // The readers keep options of their own while the schema is taken from their first block.
    const ReadOptions options = options_;
    file.is_json() ? read_json_row_blocks(file, options, kBlockCells, take_rows)
                   : read_csv_blocks(file, options, kBlockCells, take_rows);
    builder_.end_part();
    report.retyped = std::move(issues);
    std::ranges::move(read_remarks(path, report, *options_.schema), std::back_inserter(notes));
  }

  static void add_issues(std::vector<ColumnIssues>& all, const ColumnIssues& found) {
    for (ColumnIssues& issues : all)
      if (issues.name == found.name) {
        issues.retyped_count += found.retyped_count;
        return;
      }
    all.push_back(found);
  }

  ReadOptions options_;
  ProfileBuilder builder_;
  ProgressPrinter printer_;
  double rows_ = 0, read_bytes_ = 0, total_bytes_ = 0;
};

Profile read_profile(const std::string& path) {
  return of_file(path, [&] { return parse_profile(read_file(path)); });
}

void write(const Profile& profile, const std::string& path) {
  write_file_atomically(path, serialize(profile));
  fmt::print("{}: {} rows of {} columns\n", path, with_thousands(profile.row_count), profile.columns.size());
}

/// In the folder where the command runs: rows.csv.gz gives rows.profile, and rows.2026-01.csv rows.2026-01.profile.
std::string default_out(const std::string& rows) {
  std::filesystem::path name = std::filesystem::path(rows).filename();
  if (name.extension() == ".gz") name = name.stem();
  if (name.extension() == ".csv" || name.extension() == ".json") name = name.stem();
  return name.string() + ".profile";
}

void build(const BuildArguments& arguments, Invocation& invocation) {
  ColumnRules rules;
  if (!arguments.config.empty())
    rules = load_config(arguments.config, invocation.plugins(), ConfigScope::kAllButSourceAndDrift).columns;
  Build build(arguments, rules);
  for (const std::string& note : build.notes) fmt::print(stderr, "note: {}\n", note);
  write(std::move(build).profile(), arguments.out.empty() ? default_out(arguments.files.front()) : arguments.out);
}

void merge_files(const std::vector<std::string>& files, const std::string& out) {
  Profile all = read_profile(files.front());
  for (size_t i = 1; i < files.size(); ++i) all = of_file(files[i], [&] { return merge(all, read_profile(files[i])); });
  write(all, out);
}

void diff(const std::string& a, const std::string& b, bool as_json, Invocation& invocation) {
  const auto differences = profile_differences(read_profile(a), read_profile(b));
  if (!differences.empty()) invocation.status = kExitFailure;
  if (as_json) {
    const json::array told(differences.begin(), differences.end());
    fmt::print("{}", pretty_json(json::object{{"same", differences.empty()}, {"differences", told}}));
    return;
  }
  for (const std::string& difference : differences) fmt::print("{}\n", difference);
  if (differences.empty()) fmt::print("the same\n");
}

void add_build(CLI::App& profile, Invocation& invocation) {
  auto arguments = std::make_shared<BuildArguments>();
  CLI::App* command = profile.add_subcommand("build", "Profile rows of any number in one pass: the files together");
  command->add_option("FILE", arguments->files, "Rows as CSV or JSON, gzip or not. Each file is a part")->required();
  command
      ->add_option("-o,--out", arguments->out,
                   "The profile's file (default: here, the first file's name with .profile)")
      ->type_name("OUT");
  command->add_option("--config", arguments->config, "Take the columns' types from this pipeline's file ([columns])")
      ->type_name("CONFIG");
  command->add_option("--rows", arguments->rows_pointer, "JSON: where the array of rows is, such as /data (RFC 6901)")
      ->type_name("POINTER");
  command->callback([&invocation, arguments] { build(*arguments, invocation); });
}

void add_merge(CLI::App& profile) {
  auto files = std::make_shared<std::vector<std::string>>();
  auto out = std::make_shared<std::string>();
  CLI::App* command = profile.add_subcommand("merge", "One profile of the rows of several, exactly");
  command->add_option("PROFILE", *files, "Profiles of parts")->required();
  command->add_option("-o,--out", *out, "The profile's file")->required()->type_name("OUT");
  command->callback([files, out] { merge_files(*files, *out); });
}

void add_show(CLI::App& profile) {
  auto file = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command = profile.add_subcommand("show", "What a profile knows of each column");
  command->add_option("PROFILE", *file, "The profile's file")->required();
  command->add_flag("--json", *as_json, "Print JSON");
  command->callback([file, as_json] {
    const Profile shown = read_profile(*file);
    fmt::print("{}", *as_json ? pretty_json(profile_json(shown)) : profile_table(shown, terminal_width()));
  });
}

void add_diff(CLI::App& profile, Invocation& invocation) {
  auto a = std::make_shared<std::string>(), b = std::make_shared<std::string>();
  auto as_json = std::make_shared<bool>(false);
  CLI::App* command =
      profile.add_subcommand("diff", "What differs between two profiles; exit status 0 where nothing does, else 1");
  command->add_option("A", *a, "A profile's file")->required();
  command->add_option("B", *b, "Another's")->required();
  command->add_flag("--json", *as_json, "Print JSON");
  command->callback([&invocation, a, b, as_json] { diff(*a, *b, *as_json, invocation); });
}

}  // namespace

void add_profile_commands(CLI::App& app, Invocation& invocation) {
  CLI::App* profile = app.add_subcommand("profile", "Profiles: what the columns of a window of data look like");
  profile->require_subcommand(1);
  add_build(*profile, invocation);
  add_merge(*profile);
  add_show(*profile);
  add_diff(*profile, invocation);
}

}  // namespace veleta
