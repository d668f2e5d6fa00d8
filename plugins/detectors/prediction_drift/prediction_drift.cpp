#include "rows/score_drift.hpp"

using PredictionDrift = veleta::rows::ScoreDrift<VELETA_OF_PREDICTIONS>;

VELETA_DETECTOR(PredictionDrift, "prediction_drift", "1.0.0",
                veleta::number_param("min_effect", 0.1,
                                     "largest distance between the predictions' distribution functions that does not "
                                     "matter")
                    .min(0)
                    .max(1))
