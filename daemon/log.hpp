// One line per event that an operator would act on, to standard error: text, or JSON lines. Only this room logs.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "config/config.hpp"

namespace clientsync {

/// A named value of a log line. Values may be anything: they are escaped, and shortened to 300 bytes. Never a cell's
/// value above debug, never a secret.
using LogField = std::pair<std::string_view, std::string>;

/// Sets up the log for the whole process. Before that, and above `level`, nothing is written.
void start_log(LogLevel level, LogFormat format);

/// Writes one line: `log(LogLevel::info, "file.imported", {{"inbox", "main"}, {"import", "12"}})`. Never throws, and
/// never waits for a reader of standard error that has stopped reading: then lines are dropped, and how many is told
/// with the next line that gets through.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept;

}  // namespace clientsync
