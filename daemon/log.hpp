// Writes one line to standard error for each event that an operator would act on: text, or JSON lines.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "config/config.hpp"

namespace clientsync {

/// A named value of a log line. Values may be any bytes: they are escaped, and shortened to 300 bytes. Cell values are
/// only logged at debug, secrets never.
using LogField = std::pair<std::string_view, std::string>;

/// Sets up the log of this process. Before that, and below `level`, nothing is written.
void start_log(LogLevel level, LogFormat format);

/// False if lines of that level are not written, so that what goes into them need not be found out.
[[nodiscard]] bool logs(LogLevel level) noexcept;

/// Writes one line: `log(LogLevel::info, "file.imported", {{"inbox", "main"}, {"import", "12"}})`. Never throws, and
/// never waits for a reader of standard error that has stopped reading: then lines are dropped, and the next line that
/// gets through is preceded by their number.
void log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) noexcept;

}  // namespace clientsync
