#include "watched_server.hpp"

#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

namespace veleta::testing {

namespace {

/// A server in a process of its own.
class ServerProcess {
 public:
  ServerProcess(const RunningServer& server, const std::function<std::unique_ptr<Store>()>& open) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    child_ = ::fork();
    if (child_ == 0) serve(server.folder(), open, ends[1]);
    ::close(ends[1]);
    EXPECT_EQ(::read(ends[0], &port_, sizeof port_), static_cast<ssize_t>(sizeof port_));
    ::close(ends[0]);
    EXPECT_TRUE(eventually([&] { return ask(port_, "GET", "/readyz").status == 200; }));
  }
  ~ServerProcess() { end(SIGKILL); }

  uint16_t port() const { return port_; }
  void end(int signal) {
    if (child_ <= 0) return;
    ::kill(child_, signal);
    int status = 0;
    ::waitpid(child_, &status, 0);
    if (signal == SIGTERM) {
      EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
    }
    child_ = -1;
  }

 private:
  [[noreturn]] static void serve(const std::filesystem::path& folder,
                                 const std::function<std::unique_ptr<Store>()>& open, int port_to) {
    try {
      sigset_t stop;
      sigemptyset(&stop);
      sigaddset(&stop, SIGTERM);
      pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // before there is another thread
      PluginHost plugins({std::filesystem::path(VELETA_BINARY_FOLDER) / "lib/veleta/plugins"});
      plugins.add_static(&veleta_library_entry);
      const auto registry = open_registry("sqlite:///" + (folder / "veleta.db").string());
      ServeOptions options;
      options.pipeline = kPipeline;
      options.port = 0;
      options.streams = test_streams();
      Server server(options, open, *registry, plugins);
      std::thread([&server, stop] {
        int signal = 0;
        sigwait(&stop, &signal);
        server.stop();
      }).detach();
      const uint16_t port = server.port();
      [[maybe_unused]] const auto written = ::write(port_to, &port, sizeof port);
      server.run();
    } catch (const std::exception& error) {
      std::fprintf(stderr, "server: %s\n", error.what());
      ::_exit(1);
    }
    ::_exit(0);
  }

  pid_t child_ = -1;
  uint16_t port_ = 0;
};

}  // namespace

void expect_streams_to_survive(RunningServer& server, const std::function<std::unique_ptr<Store>()>& open) {
  std::vector<WatchedClient::Predicted> unlabelled;
  ServerProcess first(server, open);
  {
    const WatchedClient client(first.port());
    for (int i = 0; i < 20; ++i) client.predict_and_label(3, 0);
    for (int i = 0; i < 10; ++i) unlabelled.push_back(client.predict(3));
    EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 20));
    EXPECT_TRUE(client.comes_to(kRoomsStream, "seen", 30));
    client.predict_and_label(3, 100);
    EXPECT_TRUE(client.comes_to_alarms(1));
    for (int i = 0; i < 4; ++i) client.predict_and_label(3, 0);
    EXPECT_TRUE(eventually([&] { return open()->list_inferences(kPipeline).size() == 35; }));
  }
  first.end(SIGKILL);

  int64_t rooms = 0;
  ServerProcess second(server, open);
  {
    const WatchedClient client(second.port());
    EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 25));  // labels that were not kept come again
    EXPECT_EQ(client.count(kErrorStream, "alarms"), 1);
    rooms = client.count(kRoomsStream, "seen");
    EXPECT_GE(rooms, 31);  // kept with the alarm
    EXPECT_LE(rooms, 35);
    for (const auto& [request_id, prediction] : unlabelled) {
      EXPECT_EQ(client.label(request_id, prediction).status, 200);
      EXPECT_EQ(client.label(request_id, prediction).status, 200);
    }
    EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 35));
    client.predict(20);
    EXPECT_TRUE(client.comes_to_alarms(2));
    EXPECT_EQ(client.alarms().back().at("series"), "rooms");
    EXPECT_EQ(client.count(kRoomsStream, "seen"), rooms + 1);
    client.predict(3);
    client.predict_and_label(3, 0);
  }
  second.end(SIGTERM);

  ServerProcess third(server, open);
  const WatchedClient client(third.port());
  EXPECT_TRUE(client.comes_to(kErrorStream, "seen", 36));
  EXPECT_EQ(client.count(kRoomsStream, "seen"), rooms + 3);
  EXPECT_EQ(client.alarms().size(), 2U);
  const json::object last = client.stream(kRoomsStream).at("last_alarm").as_object();
  EXPECT_EQ(last.at("direction"), "up");
  third.end(SIGTERM);
}

}  // namespace veleta::testing
