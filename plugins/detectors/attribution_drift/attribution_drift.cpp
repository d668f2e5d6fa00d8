#include "rows/score_drift.hpp"

using AttributionDrift = veleta::rows::ScoreDrift<VELETA_OF_ATTRIBUTIONS>;

VELETA_DETECTOR(AttributionDrift, "attribution_drift", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest distance between an attribution's distribution functions that does not "
                                     "matter")
                    .min(0)
                    .max(1))
