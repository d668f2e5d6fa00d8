/* The binary contract between the Veleta host and a plugin library. C11; nothing but the C library is needed.

   Conventions, which hold for every declaration below:
   1. Every struct starts with its size in bytes, set by whoever makes it. Members are only ever appended; a reader looks
      at a member only if `size` reaches past it. In an `out` struct the caller sets `size` to the room there is, and the
      callee fills no more than that. Pointers to functions may be null where the comment says "optional".
   2. Strings are UTF-8 and end in NUL. Whoever passes a pointer keeps owning it; the other side copies what it keeps.
   3. A function that can fail returns a veleta_status. On failure it has called host->set_error once and left its
      out-parameters untouched. A failed create, train, load or prepare leaves nothing to destroy.
   4. No exception, longjmp or signal crosses the boundary.
   5. The host creates and destroys instances one at a time. It never calls one instance concurrently, unless the plugin
      carries VELETA_CONCURRENT; different instances may be called concurrently. Calls may come from different threads.
      Models and prepared explainers are always called concurrently.
   6. A library is loaded once and never unloaded. */
#ifndef VELETA_ABI_H
#define VELETA_ABI_H

#include <stddef.h>
#include <stdint.h>

#include "veleta/arrow.h"

#ifdef __cplusplus
extern "C" {
#endif

#define VELETA_ABI_VERSION 1u

#if defined(_WIN32)
#define VELETA_EXPORT __declspec(dllexport)
#else
#define VELETA_EXPORT __attribute__((visibility("default")))
#endif

typedef int32_t veleta_status;
enum {
  VELETA_OK = 0,
  VELETA_INVALID_ARGUMENT = 1, /* a parameter or an argument makes no sense */
  VELETA_UNSUPPORTED = 2,      /* this plugin cannot do that */
  VELETA_UNAVAILABLE = 3,      /* the other side cannot be reached: nothing happened there; later may do */
  VELETA_TIMEOUT = 4,          /* the other side did not answer in time */
  VELETA_REFUSED = 5,          /* the other side understood and said no; asking again will not help */
  VELETA_BAD_DATA = 6,         /* what came is broken: truncated, not of the stated format */
  VELETA_CANCELLED = 7,        /* host->is_cancelled said so */
  VELETA_INTERNAL = 8,         /* anything else */
  VELETA_PEER_FAILED = 9       /* the other side was reached and failed: it may have done what was asked; later may do */
};

/* ---- What the host offers ---------------------------------------------------------------------------------------- */

enum { VELETA_LOG_DEBUG = 0, VELETA_LOG_INFO = 1, VELETA_LOG_WARNING = 2, VELETA_LOG_ERROR = 3 };

/* Valid from create to destroy of the instance it was given to. Every function is thread-safe and copies its strings. */
typedef struct veleta_host {
  size_t size;
  void* context; /* to be passed as the first argument of each function */
  void (*set_error)(void* context, const char* message); /* for the calling thread's current call */
  void (*log)(void* context, int32_t level, const char* message);
  void (*progress)(void* context, double fraction, const char* what); /* 0..1, or negative where the end is unknown */
  int32_t (*is_cancelled)(void* context);                            /* 1: stop soon and return VELETA_CANCELLED */
  void (*metric)(void* context, const char* name, double value, int64_t step);
} veleta_host;

/* Takes bytes. write returns VELETA_OK, or another status after which the caller stops and returns it. */
typedef struct veleta_writer {
  size_t size;
  void* context;
  veleta_status (*write)(void* context, const void* bytes, size_t byte_count);
} veleta_writer;

/* ---- Parameters -------------------------------------------------------------------------------------------------- */

enum {
  VELETA_NUMBER = 0,  /* a double */
  VELETA_INTEGER = 1, /* an int64 */
  VELETA_FLAG = 2,    /* true or false */
  VELETA_TEXT = 3,
  VELETA_LIST = 4, /* of texts */
  VELETA_TABLE = 5 /* texts by name; numbers and flags in it arrive printed */
};

/* Describes one parameter, once: validation, documentation and JSON schema are made from it.
   A dot in the name stands for a sub-table: "end.status" is `end = { status = … }` in the file. */
typedef struct veleta_param {
  size_t size;
  const char* name;
  const char* doc;  /* one line, mandatory */
  const char* unit; /* optional: "s", "rows" */
  int32_t type;
  int32_t required;          /* 1: there is no default */
  double default_number;     /* VELETA_NUMBER; NaN: none */
  int64_t default_integer;   /* VELETA_INTEGER, VELETA_FLAG */
  const char* default_text;  /* VELETA_TEXT; lists and tables are empty by default */
  double minimum;            /* inclusive; NaN: unbounded. VELETA_NUMBER and VELETA_INTEGER */
  double maximum;            /* inclusive; NaN: unbounded */
  const char* const* choices; /* optional. VELETA_TEXT, and each text of a VELETA_LIST */
  size_t choice_count;
} veleta_param;

/* One parameter's value. create gets one for every described parameter, defaults filled in, already validated. */
typedef struct veleta_value {
  size_t size;
  const char* name;
  int32_t type;
  double number;
  int64_t integer; /* VELETA_INTEGER and VELETA_FLAG */
  const char* text;
  const char* const* items; /* VELETA_LIST: the texts. VELETA_TABLE: name, text, name, text, … */
  size_t item_count;        /* length of items */
} veleta_value;

/* ---- Source: brings batches -------------------------------------------------------------------------------------- */

enum { VELETA_BATCH = 0, VELETA_END_OF_DATA = 1, VELETA_NOTHING_NEW = 2 };
enum { VELETA_ARROW_ROWS = 0, VELETA_JSON_ROWS = 1, VELETA_CSV_ROWS = 2 };

/* What next found. Strings are the instance's and live until its next call. */
typedef struct veleta_batch {
  size_t size;
  int32_t outcome;           /* VELETA_BATCH, VELETA_END_OF_DATA or VELETA_NOTHING_NEW; the rest counts for a batch only */
  int32_t format;            /* VELETA_ARROW_ROWS: in `rows`. Else the payload written to the writer is of this format */
  const char* id;            /* the batch's identity; null where it stands in the payload at id_pointer */
  const char* cursor;        /* opaque; the host keeps it with the batch and gives it to the next call. May be null */
  const char* origin;        /* where it came from, for the record: a URL, a file and its rows */
  const char* rows_pointer;  /* VELETA_JSON_ROWS: RFC 6901 pointer to the array of rows */
  const char* id_pointer;    /* VELETA_JSON_ROWS: RFC 6901 pointer to the identity, or null */
  struct ArrowArrayStream rows; /* the host releases it */
  int32_t may_have_skipped;  /* 1: an earlier try of this call failed so that a batch may have been lost before this one;
                                counts for every outcome */
} veleta_batch;

typedef struct veleta_source {
  size_t size;
  /* Brings the batch that follows `cursor` (null: the first). A payload goes to the writer as it came, gzip included. */
  veleta_status (*next)(void* instance, const char* cursor, const veleta_writer* payload, veleta_batch* out);
  /* Optional: makes a source that keeps its own place start over. The host passes over the batches it has. */
  veleta_status (*rewind)(void* instance);
} veleta_source;

/* ---- Rows of features ---------------------------------------------------------------------------------------------
 */

enum { VELETA_REGRESSION = 0, VELETA_BINARY = 1 /* targets are 0 and 1 */ };

/* Rows of features, one row after the other. Missing is NaN. */
typedef struct veleta_matrix {
  size_t size;
  const float* values; /* value of row r, column c: values[r * columns + c] */
  size_t rows;
  size_t columns;
  const char* const* names; /* `columns` of them */
} veleta_matrix;

/* ---- Detector: compares two windows, or watches a series -----------------------------------------------------------
 */

/* A numeric column of a window. Dates come as seconds since 1970-01-01 UTC. */
typedef struct veleta_numeric_window {
  size_t size;
  const double* sorted;  /* ascending, finite: the present values, or an even quantile grid of them */
  size_t count;          /* length of sorted */
  double row_count;      /* rows with a present value; equals count unless sorted is a grid */
  double missing_count;  /* rows without a value */
  double mean;           /* of the present values */
  double standard_deviation; /* of the present values, n - 1 in the divisor */
  /* The same column as rows at values: reference and current share `values`, all that occur in either. A window of very
     many values comes as cells, whose least value stands for them; the distribution functions of both windows are exact
     at each value's place in the list even then. */
  const double* values; /* ascending, finite, distinct; null where value_count is 0 */
  const double* rows;   /* rows at each of values; zero where the window lacks it. They sum to row_count */
  size_t value_count;   /* length of values and of rows */
  double minimum;       /* of the present values; NaN: there are none */
  double maximum;
  double wrong_type_count; /* rows, counted among the missing, that held something that is no number, or an infinity */
} veleta_numeric_window;

/* A categorical column of a window. Reference and current share `labels`: all that occur in either, in one order. */
typedef struct veleta_categorical_window {
  size_t size;
  const char* const* labels;
  const double* counts; /* rows per label; zero where the window lacks it */
  size_t count;         /* length of labels and of counts */
  double row_count;     /* rows with a present value */
  double missing_count;  /* rows without a value */
  double wrong_type_count; /* rows, counted among the missing, that held something that is no category */
} veleta_categorical_window;

/* What of a row window a detector looks at. */
enum { VELETA_NEEDS_FEATURES = 1u, VELETA_NEEDS_PREDICTIONS = 2u, VELETA_NEEDS_TARGETS = 4u };

/* Rows of a window as the production model sees them. What a detector does not need, or nobody knows, is null. */
typedef struct veleta_row_window {
  size_t size;
  double row_count;        /* rows of the window, of which those below may be a sample drawn evenly */
  const double* part_rows; /* rows of each part, such as a batch, that the window was made from, ascending */
  size_t part_count;
  int32_t task;                  /* VELETA_REGRESSION or VELETA_BINARY */
  size_t sample_count;           /* rows of features, and length of predictions and targets */
  const veleta_matrix* features; /* encoded, as the model takes them */
  const double* predictions;     /* in the target's unit, or the probability of class 1 */
  const double* targets;         /* NaN where a row has none; the reference's rows were not trained on */
} veleta_row_window;

#define VELETA_NO_P_VALUE (-1.0)

/* The host fills p_value with VELETA_NO_P_VALUE, every other number with NaN and detail with "" before the call. */
typedef struct veleta_drift_result {
  size_t size;
  double statistic;         /* must be set and finite */
  double p_value;           /* 0..1: chance of a statistic like this if nothing moved; or VELETA_NO_P_VALUE */
  double effect;            /* >= 0, must be set: how far the column moved, in the unit of min_effect */
  double min_effect;        /* must be set: the least effect that matters */
  double detectable_effect; /* least effect these row counts could have shown; NaN: unknown */
  int32_t direction;        /* -1 down, +1 up, 0 neither */
  char detail[512];         /* a phrase for people: "new: sold (100 %)" */
  double effect_low;        /* 95 % confidence interval of the effect; NaN: unknown */
  double effect_high;
} veleta_drift_result;

/* What the columns that a detector compares are of. */
enum {
  VELETA_OF_DATA = 0,
  VELETA_OF_PREDICTIONS = 1, /* one column: what the production model predicts */
  VELETA_OF_ATTRIBUTIONS = 2 /* a column per input column: what its values add to the predictions */
};

/* What is known of a series when a watch begins, from the rows that the production model was held against. */
typedef struct veleta_series {
  size_t size;
  double row_count; /* values that the rest is known from; 0: nothing is known */
  double mean;      /* NaN where unknown, as the rest */
  double standard_deviation;
  double minimum;
  double maximum;
  int32_t is_error; /* 1: a 0 is a right prediction and a 1 a wrong one */
} veleta_series;

enum { VELETA_NO_SIGNAL = 0, VELETA_WARNING = 1, VELETA_ALARM = 2 };

/* The host fills every number with NaN, the rest with zeros, before the call. */
typedef struct veleta_signal {
  size_t size;
  int32_t level;     /* after the last value taken */
  int32_t direction; /* -1 the series went down, +1 up, 0 unknown */
  size_t taken;      /* values looked at: all, or up to the one that gave the alarm */
  double statistic;  /* what is held against the threshold; NaN: nothing yet */
  double threshold;
  double e_value; /* of an e-process; NaN: the method has none */
  double before;  /* the method's estimate of the level before the change; NaN: it has none */
  double now;     /* and after */
} veleta_signal;

typedef struct veleta_detector {
  size_t size;
  /* Each optional: a column of a kind that the detector does not compare is passed over. */
  veleta_status (*compare_numeric)(void* instance, const veleta_numeric_window* reference,
                                   const veleta_numeric_window* current, veleta_drift_result* out);
  veleta_status (*compare_categorical)(void* instance, const veleta_categorical_window* reference,
                                       const veleta_categorical_window* current, veleta_drift_result* out);
  int32_t subject; /* VELETA_OF_DATA, VELETA_OF_PREDICTIONS or VELETA_OF_ATTRIBUTIONS: of the columns compared above */
  uint32_t needs;  /* VELETA_NEEDS_…, of compare_rows */
  /* Optional: compares the windows' rows as a whole. */
  veleta_status (*compare_rows)(void* instance, const veleta_row_window* reference, const veleta_row_window* current,
                                veleta_drift_result* out);
  /* A detector that watches series has all of the following, another one none. A watch is one series' state; the host
     never calls one watch concurrently, different watches of one instance it may. */
  veleta_status (*watch)(void* instance, const veleta_series* series, void** watch);
  /* Takes values, finite, in order, up to the first that gives an alarm; after an alarm the watch starts anew. */
  veleta_status (*update)(void* instance, void* watch, const double* values, size_t count, veleta_signal* out);
  /* What save wrote, load makes an equal watch of, in another process too: both go on alike to the last bit. */
  veleta_status (*save_watch)(void* instance, void* watch, const veleta_writer* out);
  veleta_status (*load_watch)(void* instance, const void* bytes, size_t byte_count, void** watch);
  void (*destroy_watch)(void* instance, void* watch);
  /* Mean number of values between false alarms that the parameters promise at least; NaN: nothing is promised. */
  double (*run_length)(void* instance);
} veleta_detector;

/* ---- Learner: trains models --------------------------------------------------------------------------------------- */

typedef struct veleta_training {
  size_t size;
  int32_t task;
  uint32_t threads; /* use at most so many */
  uint64_t seed;    /* same data, parameters and seed: same model bytes, whatever the threads */
  const veleta_matrix* train;
  const double* train_target;
  const veleta_matrix* validation; /* for early stopping; may have no rows */
  const double* validation_target;
} veleta_training;

/* What a margin, a model's sum, becomes a prediction by. Several outputs: VELETA_SOFTMAX over them, any other one by
   one. */
enum {
  VELETA_IDENTITY = 0,
  VELETA_LOGISTIC = 1,    /* 1 / (1 + exp(-margin)) */
  VELETA_EXPONENTIAL = 2, /* exp(margin) */
  VELETA_SOFTMAX = 3,     /* exp(margin) / the sum of those of all outputs */
  VELETA_HINGE = 4        /* 1 if margin > 0, else 0 */
};

/* Where a number goes that is no category of a node's words, as it is below 0 or too large: where a missing value goes,
   or left. */
enum { VELETA_UNKNOWN_AS_MISSING = 0, VELETA_UNKNOWN_LEFT = 1 };

/* Decision trees as flat arrays, indexed by node. Row x goes left at an inner node if (float)x[feature] < threshold,
   to default_left's side if x[feature] is NaN. Margin = base_margin + the sum of the leaves reached. Every node is a
   root or the child of one node. */
typedef struct veleta_trees {
  size_t size;
  size_t tree_count;
  size_t node_count;
  const uint32_t* roots;       /* node of each tree's root, ascending */
  const int32_t* feature;      /* column tested; -1: a leaf */
  const float* threshold;
  const uint32_t* left;        /* greater than the node's own index, as is right: trees without cycles */
  const uint32_t* right;
  const uint8_t* default_left; /* 1: missing goes left */
  const double* value;         /* what a leaf adds */
  const double* cover;         /* training weight that reached the node */
  double base_margin;
  int32_t link;
  int32_t single_precision; /* 1: the sum is kept as a float, in tree order */
  /* Nodes that split on a set of categories, which stand in a row as whole numbers from 0 (a fraction is cut off).
     Null: there are none. Else node_count + 1 places in category_words; node n has the words from category_begin[n] to
     category_begin[n + 1], none where it splits on a threshold. Category c is in the set if bit c % 32 of word c / 32
     is set: such a row goes right, another left. */
  const uint32_t* category_begin;
  const uint32_t* category_words;
  int32_t unknown_category; /* VELETA_UNKNOWN_AS_MISSING or VELETA_UNKNOWN_LEFT */
  /* Margins a row has, each the sum of its own trees. 0 counts as 1. */
  uint32_t outputs;
  const uint32_t* tree_output; /* the output that each tree adds to; null: the first */
  const double* base_margins;  /* one an output; null: base_margin for each */
  /* A value that stands for missing as NaN does, one a column; NaN: none. Null: none in any. Whoever evaluates or
     explains replaces it first. */
  const float* missing;
  size_t missing_count; /* length of missing: 0, or the model's columns */
} veleta_trees;

/* margin = intercept + sum of coefficients[c] * x[c]. No missing values. */
typedef struct veleta_linear {
  size_t size;
  size_t columns;
  const double* coefficients;
  const double* means; /* of the training rows: what an absent feature is taken to be */
  double intercept;
  int32_t link;
} veleta_linear;

typedef struct veleta_learner {
  size_t size;
  veleta_status (*train)(void* instance, const veleta_training* training, void** model);
  veleta_status (*save)(void* instance, void* model, const veleta_writer* out);
  veleta_status (*load)(void* instance, const void* bytes, size_t byte_count, void** model);
  void (*destroy_model)(void* instance, void* model);
  /* One number a row: the value of a regression, the probability of class 1. Concurrent. */
  veleta_status (*predict)(void* instance, void* model, const veleta_matrix* rows, double* predictions);
  /* Optional views. The arrays belong to the model and live as long as it does. */
  veleta_status (*view_trees)(void* instance, void* model, veleta_trees* out);
  veleta_status (*view_linear)(void* instance, void* model, veleta_linear* out);
} veleta_learner;

/* ---- Explainer: attributes a margin to the features --------------------------------------------------------------- */

/* What base values and attributions add up to. */
enum {
  VELETA_MARGIN_SPACE = 0,    /* the margin */
  VELETA_RESPONSE_SPACE = 1   /* the prediction: the margin after its link */
};

/* What is known of a model. Everything in it outlives the prepared explainer. */
typedef struct veleta_explainable {
  size_t size;
  size_t columns;
  const veleta_trees* trees;   /* null: no such view */
  const veleta_linear* linear; /* null: no such view */
  /* Margins of rows. Concurrent. */
  veleta_status (*margin)(void* context, const veleta_matrix* rows, double* margins);
  void* context;
  const veleta_matrix* background; /* rows of the training data; may have no rows */
  uint32_t outputs; /* margins a row has; 0 counts as 1. margin fills rows * outputs numbers */
  int32_t link;     /* what a margin becomes a prediction by */
} veleta_explainable;

typedef struct veleta_explainer {
  size_t size;
  /* VELETA_UNSUPPORTED where the views needed are not there. `model` lives until destroy_prepared. */
  veleta_status (*prepare)(void* instance, const veleta_explainable* model, void** prepared);
  /* attributions: rows * outputs * columns numbers, in that order; the sum of a row's and output's is the margin minus
     the output's base value. base_values: one an output. Concurrent. */
  veleta_status (*explain)(void* instance, void* prepared, const veleta_matrix* rows, double* attributions,
                           double* base_values);
  void (*destroy_prepared)(void* instance, void* prepared);
  /* From here on each is optional. Where it is there it may still return VELETA_UNSUPPORTED. All are concurrent. */
  /* As explain, and how sure each attribution is: standard_errors has a number for each, 0 where it is exact. */
  veleta_status (*explain_with_errors)(void* instance, void* prepared, const veleta_matrix* rows, double* attributions,
                                       double* standard_errors, double* base_values);
  /* interactions: rows * outputs * columns * columns numbers; symmetric, a matrix's row sums to the feature's
     attribution. */
  veleta_status (*interact)(void* instance, void* prepared, const veleta_matrix* rows, double* interactions,
                            double* base_values);
  /* Attributes each row's loss: squared error or log loss, by the model's link. targets: one a row, for log loss of
     several outputs the index of the class. attributions: rows * columns numbers; base_values: one a row. */
  veleta_status (*explain_loss)(void* instance, void* prepared, const veleta_matrix* rows, const double* targets,
                                double* attributions, double* base_values);
  /* Writes, in a few words for people, how this model is explained: "pattern tables, 5.4 MB". */
  veleta_status (*describe_prepared)(void* instance, void* prepared, const veleta_writer* out);
  /* VELETA_MARGIN_SPACE or VELETA_RESPONSE_SPACE; not there: the margin. */
  int32_t (*space_of_prepared)(void* instance, void* prepared);
} veleta_explainer;

/* ---- A library and its plugins ------------------------------------------------------------------------------------ */

enum { VELETA_KIND_SOURCE = 0, VELETA_KIND_DETECTOR = 1, VELETA_KIND_LEARNER = 2, VELETA_KIND_EXPLAINER = 3 };

enum {
  VELETA_CONCURRENT = 1u,      /* one instance may be called from several threads at once */
  VELETA_NEEDS_COMPLETE = 2u,  /* learner: cannot take missing values; the host fills them in */
  VELETA_ANY_MODEL = 4u,       /* explainer: reads no view, asks for margins; the host first tries one that reads */
  VELETA_SAMPLED = 8u,         /* explainer: estimates, and tells standard errors; the host first tries exact ones */
  VELETA_ONLY_BY_NAME = 16u    /* explainer: taken only where a pipeline names it, as an approximation must be */
};

typedef struct veleta_plugin {
  size_t size;
  int32_t kind;
  uint32_t flags;
  const char* name;    /* [a-z][a-z0-9_]*, as in the manifest and in pipeline files */
  const char* version; /* semantic version */
  const veleta_param* const* params;
  size_t param_count;
  veleta_status (*create)(const veleta_host* host, const veleta_value* const* values, size_t value_count,
                          void** instance);
  void (*destroy)(void* instance);
  const void* verbs; /* veleta_source, veleta_detector, veleta_learner or veleta_explainer, by kind */
} veleta_plugin;

typedef struct veleta_library {
  size_t size;
  uint32_t abi_version;
  const veleta_plugin* const* plugins;
  size_t plugin_count;
} veleta_library;

/* The one function that a library exports. Null: the library does not speak that version. The table lives for ever.
   The name may be set at compile time, for linking a library statically. */
#ifndef VELETA_LIBRARY_ENTRY
#define VELETA_LIBRARY_ENTRY veleta_library_entry
#endif
VELETA_EXPORT const veleta_library* VELETA_LIBRARY_ENTRY(uint32_t abi_version);
typedef const veleta_library* (*veleta_library_entry_function)(uint32_t abi_version);

#ifdef __cplusplus
}
#endif
#endif
