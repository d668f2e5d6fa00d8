#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "server.hpp"

using namespace veleta::data_api;

namespace {

std::string check_misbehaviour(const std::string& text) {
  try {
    parse_misbehaviour(text);
    return "";
  } catch (const std::invalid_argument& problem) {
    return problem.what();
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The data API's stand-in: six batches of house listings per group, one a call", "veleta-data-api");
  ServerOptions server_options;
  server_options.port = 8000;
  ServiceOptions service_options;
  std::vector<std::string> rules;
  app.add_option("--host", server_options.host, "address to listen on")->capture_default_str();
  app.add_option("--port", server_options.port, "port to listen on; 0 takes a free one")->capture_default_str();
  app.add_flag("--gzip", server_options.gzip, "compress where the client accepts it");
  app.add_option("--scale", service_options.scale, "rows of a batch against the full size; a batch keeps at least 60")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  app.add_option("--seed", service_options.seed, "other numbers, same story")->capture_default_str();
  app.add_flag("--rows-as-lists", service_options.rows_as_lists, "the earlier edition: rows as lists of texts");
  app.add_option("--misbehave", rules,
                 "kind[=seconds][:times][@batch]: slow, 500, drop, truncated, renamed, retyped, nulls, duplicates, "
                 "empty, bad_group; may be repeated")
      ->check(check_misbehaviour);
  CLI11_PARSE(app, argc, argv);

  try {
    Service service(service_options);
    for (const std::string& rule : rules) service.misbehave(parse_misbehaviour(rule));
    Server server(service, server_options);
    std::cout << fmt::format("data api on http://{}:{}", server_options.host, server.port()) << std::endl;
    server.run(2);
  } catch (const std::exception& problem) {
    std::cerr << fmt::format("veleta-data-api: cannot listen on {}:{}: {}\n", server_options.host, server_options.port,
                             problem.what());
    return 1;
  }
}
