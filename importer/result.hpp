// How a function returns a value, or what is wrong with the data.
#pragma once

#include <boost/system/result.hpp>

namespace clientsync {

/// Holds a value or what is wrong with the data: `Result<std::string, DecodeError>`. Faults of the environment (disk,
/// database) are exceptions and never in a Result.
template <class T, class E>
using Result = boost::system::result<T, E>;

}  // namespace clientsync
