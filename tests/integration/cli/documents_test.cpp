#include <gmock/gmock.h>
#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "base/files.hpp"
#include "base/ids.hpp"
#include "quickstart.hpp"
#include "test_client.hpp"

// What the documents tell a person to type does what they say.

namespace veleta::test {
namespace {

namespace fs = std::filesystem;

/// A fenced block of a document.
struct Block {
  std::string language;
  std::string text;
  size_t first_line = 0, last_line = 0;  ///< of its fences
};

/// All of a Markdown text's blocks.
std::vector<Block> blocks_of(const std::string& markdown) {
  std::vector<Block> blocks;
  bool inside = false;
  size_t number = 0;
  std::istringstream lines(markdown);
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (line.starts_with("```")) {
      if (!inside) blocks.push_back({line.substr(3), "", number, 0});
      blocks.back().last_line = number;
      inside = !inside;
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
  }
  return blocks;
}

/// The lines of a section, from its heading to the next.
std::string section_of(const std::string& markdown, const std::string& heading) {
  const size_t begin = markdown.find("\n" + heading + "\n");
  if (begin == std::string::npos) throw std::runtime_error("there is no section " + heading);
  return markdown.substr(begin, markdown.find("\n## ", begin + 1) - begin);
}

/// The commands of a shell block; one may go over several lines.
std::vector<std::string> commands_of(const std::string& block) {
  std::vector<std::string> commands;
  bool goes_on = false;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) {
    if (goes_on)
      commands.back() += "\n" + line;
    else
      commands.push_back(line);
    goes_on = line.ends_with("\\");
  }
  return commands;
}

/// The JSON values of a block, one after another.
std::vector<json::value> values_of(const std::string& block) {
  std::vector<json::value> values;
  std::string text;
  std::istringstream lines(block);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("{") && !text.empty()) values.push_back(parse_json(std::exchange(text, ""), "an example"));
    text += line;
  }
  values.push_back(parse_json(text, "an example"));
  return values;
}

/// A folder that looks like the repository after `./dev run`, its pipelines served on free ports.
class Sandbox {
 public:
  Sandbox() {
    fs::copy(fs::path(VELETA_SOURCE_FOLDER) / "configs", folder_ / "configs", fs::copy_options::recursive);
    for (const auto& entry : fs::directory_iterator(folder_ / "configs"))
      if (entry.path().extension() == ".toml") {
        const std::string text = read_file(entry.path());
        const size_t port = text.find("listen = \"127.0.0.1:");
        if (port == std::string::npos) continue;
        const std::string listen = text.substr(port, text.find('\n', port) - port);
        write_file_atomically(entry.path(), changed(text, {{listen, "listen = \"127.0.0.1:0\""}}));
      }
    fs::create_directories(folder_ / "build");
    fs::create_directory_symlink(VELETA_BINARY_FOLDER, folder_ / "build/release");
  }

  /// Runs a command as a person would; one that serves goes on beside.
  Outcome run(const std::string& command) {
    if (command.find("veleta serve ") != std::string::npos) return serve(command);
    Process shell("/usr/bin/bash", {"-c", "cd '" + folder_.path().string() + "' && " + at_own_port(command)},
                  outputs_ / new_id());
    Outcome outcome;
    outcome.status = shell.wait();
    outcome.output = shell.output();
    return outcome;
  }
  /// Of the server that was started; ends it.
  int stop_server() {
    server_->kill(SIGTERM);
    return server_->wait();
  }

 private:
  Outcome serve(const std::string& command) {
    server_ = std::make_unique<Process>(
        "/usr/bin/bash", std::vector<std::string>{"-c", "cd '" + folder_.path().string() + "' && exec " + command},
        outputs_ / new_id());
    port_ = await_port(*server_);
    while (veleta::testing::ask(port_, "GET", "/readyz").status != 200)
      std::this_thread::sleep_for(std::chrono::milliseconds(25));
    return {};
  }
  std::string at_own_port(std::string command) const {
    static const std::string kHost = "localhost:";
    const size_t at = command.find(kHost);
    if (at == std::string::npos) return command;
    const size_t begin = at + kHost.size(), end = command.find_first_not_of("0123456789", begin);
    return command.replace(begin, end - begin, std::to_string(port_));
  }

  Folder folder_, outputs_;
  std::unique_ptr<Process> server_;
  uint16_t port_ = 0;
};

const char* kind_of(const json::value& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_string()) return "a string";
  return value.is_number() ? "a number" : value.is_bool() ? "a boolean" : "null";
}

/// What an example shows and a reply lacks, or shows otherwise; the example may leave out members of inner objects.
void compare(const json::value& example, const json::value& reply, const std::string& place,
             std::vector<std::string>& differences) {
  if (std::string(kind_of(example)) != kind_of(reply)) {
    differences.push_back(place + " is " + kind_of(reply));
  } else if (example.is_object()) {
    for (const auto& [key, value] : example.get_object()) {
      const std::string inner = place + "/" + std::string(key);
      if (const json::value* found = reply.get_object().if_contains(key))
        compare(value, *found, inner, differences);
      else
        differences.push_back(inner + " is not there");
    }
  } else if (example.is_array()) {
    const json::array &shown = example.get_array(), &found = reply.get_array();
    if (shown.size() > found.size()) differences.push_back(place + " is shorter");
    for (size_t i = 0; i < std::min(shown.size(), found.size()); ++i)
      compare(shown[i], found[i], place + "/" + std::to_string(i), differences);
  }
}

void expect_alike(const json::value& example, const std::string& reply_text, const std::string& command) {
  const json::value reply = parse_json(reply_text, "the reply to " + command);
  std::vector<std::string> differences;
  compare(example, reply, "", differences);
  for (const auto& [key, value] : reply.as_object())
    if (!example.as_object().contains(key)) differences.push_back("/" + std::string(key) + " is not in the document");
  EXPECT_THAT(differences, ::testing::IsEmpty()) << command << "\n" << reply_text;
}

std::string document(const std::string& name) { return read_file(fs::path(VELETA_SOURCE_FOLDER) / name); }

TEST(Documents, ReadmesOwnDataCommandsRun) {
  Sandbox sandbox;
  size_t count = 0;
  for (const Block& block : blocks_of(section_of(document("README.md"), "## Your own data"))) {
    if (block.language != "sh") continue;
    for (const auto& command : commands_of(block.text)) {
      const Outcome outcome = sandbox.run(command);
      EXPECT_EQ(outcome.status, 0) << command << "\n" << outcome.output;
      ++count;
    }
  }
  EXPECT_GE(count, 5U);
  EXPECT_EQ(sandbox.stop_server(), 0);
}

/// All names of members in a value; those of the object at `named` are no names but data.
void add_names(const json::value& value, const std::string& named, std::set<std::string>& names) {
  if (value.is_array())
    for (const auto& item : value.get_array()) add_names(item, named, names);
  if (!value.is_object()) return;
  for (const auto& [key, inner] : value.get_object()) {
    names.insert(std::string(key));
    if (key != named) add_names(inner, named, names);
  }
}

TEST(Documents, CommandsNameEveryMemberOfTheJson) {
  Sandbox sandbox;
  const std::string rent = "configs/data/rent.csv";
  ASSERT_EQ(sandbox
                .run("head -n 2000 " + rent + " > a.csv; { head -n 1 " + rent + "; tail -n 2000 " + rent +
                     "; } > b.csv; build/release/bin/veleta profile build a.csv")
                .status,
            0);
  const std::string model =
      std::string(VELETA_SOURCE_FOLDER) + "/tests/conformance/models/lightgbm_4_zeros_missing.txt";
  const std::map<std::string, std::string> commands{{"drift", "drift a.csv b.csv --by district"},
                                                    {"profile show", "profile show a.profile"},
                                                    {"profile diff", "profile diff a.profile a.profile"},
                                                    {"model inspect", "model inspect " + model},
                                                    {"plugins list", "plugins list"},
                                                    {"plugins inspect", "plugins inspect ks"},
                                                    {"plugins check", "plugins check ks"}};
  const std::string told = section_of(document("docs/commands.md"), "## JSON");
  for (const auto& [name, command] : commands) {
    const Outcome outcome = sandbox.run("build/release/bin/veleta " + command + " --json");
    std::set<std::string> names;
    add_names(parse_json(outcome.output, command), "detectors", names);
    EXPECT_GE(names.size(), 2U) << command;
    EXPECT_NE(told.find("**`" + name + "`**"), std::string::npos) << name;
    for (const auto& member : names)
      EXPECT_NE(told.find("`" + member + "`"), std::string::npos) << member << " of " << command;
  }
}

TEST(Documents, ReadmesRunsOverHttpEnd) {
  Sandbox sandbox;
  ASSERT_EQ(sandbox.run("build/release/bin/veleta run configs/csv_quickstart.toml").status, 0);
  std::vector<std::string> replies;
  for (const Block& block : blocks_of(section_of(document("README.md"), "## Without a scheduler")))
    for (const auto& command : commands_of(block.text)) {
      const Outcome outcome = sandbox.run(command);
      EXPECT_EQ(outcome.status, 0) << command << "\n" << outcome.output;
      replies.push_back(outcome.output);
    }
  ASSERT_EQ(replies.size(), 4U);
  EXPECT_THAT(replies[1], ::testing::HasSubstr("\"run_id\":\"monday\""));
  EXPECT_THAT(replies[2], ::testing::ContainsRegex("\"state\":\"(succeeded|skipped)\""));
  EXPECT_THAT(replies[3], ::testing::HasSubstr("\"events\":["));
  EXPECT_EQ(sandbox.stop_server(), 0);
}

TEST(Documents, HttpApisCommandsAnswerAsShown) {
  Sandbox sandbox;
  const std::vector<Block> blocks = blocks_of(document("docs/http_api.md"));
  size_t compared = 0;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].language != "sh") continue;
    std::vector<json::value> examples;
    if (i + 1 < blocks.size() && blocks[i + 1].language == "json" &&
        blocks[i + 1].first_line == blocks[i].last_line + 1)
      examples = values_of(blocks[i + 1].text);
    const std::vector<std::string> commands = commands_of(blocks[i].text);
    EXPECT_TRUE(examples.empty() || examples.size() == commands.size()) << blocks[i].text;
    for (size_t k = 0; k < commands.size(); ++k) {
      const Outcome outcome = sandbox.run(commands[k]);
      EXPECT_EQ(outcome.status, 0) << commands[k] << "\n" << outcome.output;
      if (k >= examples.size()) continue;
      expect_alike(examples[k], outcome.output, commands[k]);
      ++compared;
    }
  }
  EXPECT_GE(compared, 7U);
  EXPECT_EQ(sandbox.stop_server(), 0);
}

TEST(Documents, HttpApiNamesEverySeriesAndEveryRoute) {
  Sandbox sandbox;
  ASSERT_EQ(sandbox.run("build/release/bin/veleta run configs/csv_quickstart.toml").status, 0);
  sandbox.run("build/release/bin/veleta serve configs/csv_quickstart.toml");
  const std::string told = document("docs/http_api.md");
  std::istringstream figures(sandbox.run("curl -s localhost:8081/metrics").output);
  for (std::string line; std::getline(figures, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::string name = line.substr(7, line.find(' ', 7) - 7);
    EXPECT_NE(told.find("`" + name + "`"), std::string::npos) << name << " is not in the document";
  }
  const json::value index = parse_json(sandbox.run("curl -s localhost:8081/").output, "the index");
  for (const auto& [path, methods] : index.at("routes").as_object()) {
    const std::string all(methods.as_string());
    const std::string method = all.substr(0, all.find(','));
    EXPECT_NE(told.find("`" + method + " " + std::string(path) + "`"), std::string::npos) << path;
  }
  EXPECT_EQ(sandbox.stop_server(), 0);
}

}  // namespace
}  // namespace veleta::test
