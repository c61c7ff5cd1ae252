#include "wheel.hpp"

#include <algorithm>

double power_of(const Wheel &wheel, double flow_litres) {
  const double gravity = 9.81;
  const double flow_metres = std::min(flow_litres, wheel.flow_max_litres) / 1000;
  return wheel.efficiency * gravity * flow_metres * wheel.diameter_metres;
}
