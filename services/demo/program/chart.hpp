#pragma once

#include <string>

/** A bar for a value between 0 and `value_max`, up to 32 characters long. */
std::string bar(double value, double value_max);
