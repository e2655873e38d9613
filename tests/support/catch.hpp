// The only place that names Catch2's and RapidCheck's headers.
#pragma once

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <string>

/// Checks a RapidCheck property as one assertion. On failure RapidCheck prints the seed and the smallest
/// counterexample; RC_PARAMS="seed=…" repeats a run.
#define CHECK_PROPERTY(description, ...) CHECK(rc::check(description, __VA_ARGS__))
