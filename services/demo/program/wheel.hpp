#pragma once

/** An overshot water wheel. */
struct Wheel {
  double diameter_metres = 3.6;
  /** What the buckets take at most; the rest runs over the weir. */
  double flow_max_litres = 400;
  double efficiency = 0.75;
};

/** Power at the shaft, in kilowatts, for a flow in litres a second. */
double power_of(const Wheel &wheel, double flow_litres);
