#include "socket_timer.hpp"

#include <boost/asio/steady_timer.hpp>
#include <utility>

namespace veleta {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

/// The wait is for the first moment that may be too late, and goes on from there if the limit has moved meanwhile: most
/// limits begin and end without a change to it, each of which would be a call of the system.
struct SocketTimer::State {
  static constexpr Clock::time_point kNever = Clock::time_point::max();

  asio::ip::tcp::socket& socket;
  asio::steady_timer timer;
  Clock::time_point deadline = kNever;
  bool is_waiting = false;
  bool has_ended = false;

  explicit State(asio::ip::tcp::socket& watched) : socket(watched), timer(watched.get_executor()) {}
};

SocketTimer::SocketTimer(asio::ip::tcp::socket& socket) : state_(std::make_shared<State>(socket)) {}

void SocketTimer::arm(const std::shared_ptr<State>& state) {
  state->is_waiting = true;
  state->timer.expires_at(state->deadline);
  state->timer.async_wait([state](const boost::system::error_code& error) {
    if (error || state->has_ended) return;
    state->is_waiting = false;
    if (state->deadline == State::kNever) return;
    if (state->deadline > Clock::now()) return arm(state);
    boost::system::error_code ignored;
    state->socket.close(ignored);
  });
}

void SocketTimer::end() {
  state_->has_ended = true;
  state_->timer.cancel();
}

SocketTimer::Limit::Limit(SocketTimer& timer, std::chrono::milliseconds most) : timer_(timer) {
  State& state = *timer.state_;
  state.deadline = Clock::now() + most;
  if (!state.is_waiting || state.deadline < state.timer.expiry()) arm(timer.state_);
}

SocketTimer::Limit::~Limit() { timer_.state_->deadline = State::kNever; }

}  // namespace veleta
