#include "daemon/terminal/progress.hpp"

#include "daemon/terminal/text_width.hpp"
#include "tests/support/catch.hpp"

using namespace clientsync;

TEST_CASE("a bar shows how far the work has got") {
  CHECK(progress_line("reading", 0, 200, 80) == "reading [" + std::string(40, '-') + "]   0%");
  CHECK(progress_line("reading", 100, 200, 80) == "reading [" + std::string(20, '#') + std::string(20, '-') + "]  50%");
  CHECK(progress_line("reading", 200, 200, 80) == "reading [" + std::string(40, '#') + "] 100%");
}

TEST_CASE("a bar is never longer than its work, nor wider than the terminal") {
  CHECK(progress_line("reading", 300, 200, 80) == progress_line("reading", 200, 200, 80));
  CHECK(progress_line("reading", 0, 0, 80) == progress_line("reading", 200, 200, 80));
  for (std::size_t width = 0; width < 60; ++width) CHECK(display_width(progress_line("reading", 7, 9, width)) <= width);
}
