#include "chart.hpp"
#include "stream.hpp"
#include "wheel.hpp"

#include <cstdio>

int main() {
  const Wheel wheel;
  const auto flow = flow_of_a_day();
  double energy = 0;
  for (std::size_t hour = 0; hour < flow.size(); ++hour) {
    const double power = power_of(wheel, flow[hour]);
    energy += power;
    if (hour % 4 == 0) std::printf("%02zu:00  %5.1f kW  %s\n", hour, power, bar(power, 12).c_str());
  }
  std::printf("a %.1f m wheel grinds with %.0f kWh a day\n", wheel.diameter_metres, energy);
}
