#pragma once

#include <vector>

/** Flow of a mill stream, in litres a second, for each hour of a day: a dry night, a shower in the afternoon. */
std::vector<double> flow_of_a_day();
