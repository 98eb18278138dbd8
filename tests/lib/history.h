/* tests: writes of one record by made-up devices, and what the model makes of them. */
#ifndef LINLI_TEST_HISTORY_H
#define LINLI_TEST_HISTORY_H

#include "base/rng.h"
#include "model/reading.h"

/* One write, as a log would carry it. */
struct write {
    uint32_t author;
    uint64_t seq;
    linli_stamp stamp;
    struct op op;
};

/* A made-up type number and made-up groups, one of each rule: the model treats all numbers alike. */
enum { TEST_TYPE = 77 << 1 };
uint32_t test_group(enum merge_rule rule);

/* Author bytes whose order is not that of the numbers, as it would be on a real replica. */
extern const struct author_names test_names;
void test_author(uint32_t number, linli_author *out);

/* Values in the shape of the rule that say `number`; memory from the arena. Running out aborts, as in all below. */
span value_of(struct arena *a, uint32_t group, int64_t number);
span value_ladder(struct arena *a, uint32_t group, int64_t episode, int64_t rung, const char *note);
span value_text(struct arena *a, uint32_t group, const char *text);
span key_of(struct arena *a, uint32_t group, uint64_t element); /* a set's element; empty for other rules */

void apply(struct arena *a, struct record_state *state, const struct write *w);
/* The context that a reader of `state` hands back for a cell, by way of a token. */
struct context shown(struct arena *a, const struct record_state *state, uint32_t group, span key);
span encoded(struct arena *a, const struct record_state *state);
bool same_state(struct arena *a, const struct record_state *x, const struct record_state *y);
struct record_state merged(struct arena *a, const struct record_state *x, const struct record_state *y);
/* A state decoded again from its own encoding, in another arena: forgets what it lent. */
struct record_state moved(struct arena *to, struct arena *from, const struct record_state *state);

/* A device: what it holds of the record, and its log's length. */
struct device {
    uint32_t author;
    uint64_t seq;
    struct record_state state;
};
/* Write on the device and apply it there; `ctx` is what its user was shown. */
struct write device_write(struct arena *a, struct device *d, linli_stamp stamp, uint32_t group, span key,
                          struct context ctx, span value);
/* Both hold what either held. */
void devices_meet(struct arena *a, struct device *x, struct device *y);

#endif
