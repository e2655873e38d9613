#include "daemon/http/metrics_page.hpp"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace clientsync {
namespace {

using Label = std::pair<std::string_view, std::string_view>;

std::string quoted(std::string_view value) {
  std::string text = "\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    c == '\n' ? text += "\\n" : text += c;
  }
  return text + '"';
}

/// The shortest text that reads back as the same number.
std::string number(double value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

/// Writes one family of samples after the other.
class Writer {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  template <class Value>
  void sample(std::initializer_list<Label> labels, Value value, std::string_view suffix = "") {
    text_.append(name_).append(suffix);
    char separator = '{';
    for (const auto& [label, of] : labels)
      text_.append(1, std::exchange(separator, ',')).append(label).append("=").append(quoted(of));
    text_.append(labels.size() == 0 ? " " : "} ").append(number(value)).append("\n");
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string_view name_;
  std::string text_;
};

void write_inboxes(Writer& writer, const std::vector<InboxMetrics>& inboxes) {
  writer.family("clientsync_inbox_up", "gauge", "1 if the inbox is watched and has no fault, otherwise 0.");
  for (const InboxMetrics& inbox : inboxes) writer.sample({{"inbox", inbox.inbox}}, std::uint64_t{inbox.up});
  writer.family("clientsync_waiting_files", "gauge", "Files that wait to be imported.");
  for (const InboxMetrics& inbox : inboxes) writer.sample({{"inbox", inbox.inbox}}, inbox.waiting);
  writer.family("clientsync_oldest_waiting_seconds", "gauge",
                "Time since the last change of the file that waits longest.");
  for (const InboxMetrics& inbox : inboxes)
    writer.sample({{"inbox", inbox.inbox}}, std::chrono::duration<double>(inbox.oldest).count());
  writer.family("clientsync_imports_total", "counter", "Files that were imported or rejected.");
  for (const InboxMetrics& inbox : inboxes) {
    writer.sample({{"inbox", inbox.inbox}, {"outcome", "imported"}}, inbox.tally.imported);
    writer.sample({{"inbox", inbox.inbox}, {"outcome", "rejected"}}, inbox.tally.rejected);
  }
  writer.family("clientsync_rows_total", "counter", "Rows of imported or rejected files.");
  for (const InboxMetrics& inbox : inboxes) {
    writer.sample({{"inbox", inbox.inbox}, {"outcome", "updated"}}, inbox.tally.updated);
    writer.sample({{"inbox", inbox.inbox}, {"outcome", "unchanged"}}, inbox.tally.unchanged);
    writer.sample({{"inbox", inbox.inbox}, {"outcome", "created"}}, inbox.tally.created);
    writer.sample({{"inbox", inbox.inbox}, {"outcome", "failed"}}, inbox.tally.failed);
  }
}

void write_durations(Writer& writer, const Durations& durations) {
  for (std::size_t place = 0; place < Durations::bounds.size(); ++place)
    writer.sample({{"le", number(Durations::bounds[place])}}, durations.up_to(place), "_bucket");
  const std::uint64_t all = durations.up_to(Durations::bounds.size());
  writer.sample({{"le", "+Inf"}}, all, "_bucket");
  writer.sample({}, durations.sum(), "_sum");
  writer.sample({}, all, "_count");
}

}  // namespace

void Tally::add(const Counts& counts, bool was_rejected) {
  ++(was_rejected ? rejected : imported);
  updated += counts.updated;
  unchanged += counts.unchanged;
  created += counts.created;
  failed += counts.failed;
}

void Durations::add(std::chrono::duration<double> duration) {
  const auto bound = std::ranges::lower_bound(bounds, duration.count());
  ++counts_[static_cast<std::size_t>(bound - bounds.begin())];
  sum_ += duration.count();
}

std::uint64_t Durations::up_to(std::size_t place) const {
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= place; ++i) count += counts_.at(i);
  return count;
}

HttpResponse metrics_page(const Metrics& metrics) {
  Writer writer;
  writer.family("clientsync_info", "gauge", "Always 1. The label has the version of the service.");
  writer.sample({{"version", metrics.version}}, std::uint64_t{1});
  writer.family("clientsync_database_up", "gauge", "1 if the database accepts writes, otherwise 0.");
  writer.sample({}, std::uint64_t{metrics.database_up});
  writer.family("clientsync_faults", "gauge", "What is wrong now, by the event of its log line.");
  for (const auto& [event, count] : metrics.faults) writer.sample({{"event", event}}, count);
  write_inboxes(writer, metrics.inboxes);
  writer.family("clientsync_report_seconds", "histogram", "Time from the last change of a file to its report.");
  write_durations(writer, metrics.reports);
  return {200, "text/plain; version=0.0.4; charset=utf-8", writer.take()};
}

}  // namespace clientsync
