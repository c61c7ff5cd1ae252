#include "chart.hpp"

#include <algorithm>

std::string bar(double value, double value_max) {
  const double part = std::clamp(value / value_max, 0.0, 1.0);
  return std::string(static_cast<std::size_t>(part * 32), '#');
}
