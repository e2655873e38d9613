// Workers without threads: what is posted to them waits until the test does it.
#pragma once

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace clientsync::testing {

class ByHand : public boost::asio::execution_context {
 public:
  class Executor {
   public:
    explicit Executor(ByHand& owner) : owner_(&owner) {}
    template <class Work>
    void execute(Work work) const {
      owner_->posted_.emplace_back([work = std::make_shared<Work>(std::move(work))] { std::move (*work)(); });
    }
    [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t) const noexcept {
      return *owner_;
    }
    [[nodiscard]] static constexpr boost::asio::execution::blocking_t query(
        boost::asio::execution::blocking_t) noexcept {
      return boost::asio::execution::blocking.never;
    }
    [[nodiscard]] Executor require(boost::asio::execution::blocking_t::never_t) const noexcept { return *this; }
    bool operator==(const Executor&) const noexcept = default;

   private:
    ByHand* owner_;
  };

  [[nodiscard]] Executor executor() { return Executor(*this); }
  /// How much was posted and is not done.
  [[nodiscard]] std::size_t waiting() const { return posted_.size(); }
  /// Does what was posted first, or what was posted after so many others.
  void run(std::size_t which = 0) {
    const auto at = posted_.begin() + static_cast<std::ptrdiff_t>(which);
    const std::function<void()> work = std::move(*at);
    posted_.erase(at);
    work();
  }
  void run_all() {
    while (waiting() > 0) run();
  }

 private:
  std::deque<std::function<void()>> posted_;
};

}  // namespace clientsync::testing
