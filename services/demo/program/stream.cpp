#include "stream.hpp"

#include <cmath>

std::vector<double> flow_of_a_day() {
  std::vector<double> flow;
  for (int hour = 0; hour < 24; ++hour) {
    const double spring = 180;
    const double hours_from_shower = hour - 16;
    const double shower = 420 * std::exp(-hours_from_shower * hours_from_shower / 8);
    flow.push_back(spring + shower);
  }
  return flow;
}
