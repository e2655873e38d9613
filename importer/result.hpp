// The one way in which a function of this project returns "a value, or what was wrong with the data".
#pragma once

#include <boost/system/result.hpp>

namespace clientsync {

/// Faults of the data are values: `Result<Decoded, DecodeError>` holds one of both. Faults of the environment
/// (disk, database) are exceptions and never stand in a Result.
template <class T, class E>
using Result = boost::system::result<T, E>;

}  // namespace clientsync
