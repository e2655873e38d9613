// Which keyed requests are being answered at this moment, so that a repetition is not answered beside them.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace clientsync {

/// Any thread may use it.
class KeysInProgress {
 public:
  /// A key that is held as long as this lives, unless somebody else holds it.
  class Hold {
   public:
    Hold(KeysInProgress& owner, std::string key) : owner_(owner), key_(std::move(key)) {
      const std::scoped_lock lock(owner_.mutex_);
      held_ = owner_.keys_.insert(key_).second;
    }
    ~Hold() {
      const std::scoped_lock lock(owner_.mutex_);
      if (held_) owner_.keys_.erase(key_);
    }
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;
    [[nodiscard]] bool held() const { return held_; }

   private:
    KeysInProgress& owner_;
    std::string key_;
    bool held_ = false;
  };

 private:
  std::mutex mutex_;
  std::set<std::string> keys_;
};

}  // namespace clientsync
