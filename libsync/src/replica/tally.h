/*
 * replica: how many records there are of a kind: those that count (alive or brought back), parted by fields that the schema names
 * (`tally`). A key is type u32, number of the tally u8, scope u32, then each value: 0 and zeros where there is none, or 1 and an
 * integer u64 with its sign bit turned (times and dates: the day), or 1 and an id.
 */
#ifndef LINLI_REPLICA_TALLY_H
#define LINLI_REPLICA_TALLY_H

#include "replica/replica.h"

enum {
    TALLY_HEAD_BYTES = 4 + 1 + 4,
    TALLY_KEY_BYTES = TALLY_HEAD_BYTES + LINLI_TALLY_FIELDS * (1 + ID_BYTES)
};
struct tally_key {
    uint8_t size;
    uint8_t at[TALLY_KEY_BYTES];
};
/* Figures that change, or that ought to be: sorted by key, without repeats, after tallies_sort. */
struct tally {
    struct tally_key key;
    bool alone;                  /* it says which record: kept where that stands, and not added up */
    int64_t own, all;
};
struct tally_list {
    struct tally *at;
    size_t count, room;
    size_t sorted;               /* how many there were after the last look for repeats */
};
int tallies_add(struct tally_list *list, const struct tally *tally);
void tallies_sort(struct tally_list *list);

/* Where the rows of a tally begin, in this scope (0: in all). */
void tally_begin(struct tally_key *key, linli_type type, size_t number, uint32_t scope);
static inline span tally_span(const struct tally_key *key)
{
    return span_of(key->at, key->size);
}
bool tally_alone(const struct linli_schema_type *type, const struct linli_schema_tally *tally);
/* The values of a row, out of its key after the head: `fields` of them. False: they are not this tally's. */
bool tally_values(const struct linli_schema_type *type, const struct linli_schema_tally *tally, span rest,
                  struct linli_value out[LINLI_TALLY_FIELDS]);

/* All that is counted of a record in this state, `by` each. */
struct tallying {
    const struct replica *r;
    struct arena *scratch;
    uint32_t scope;
    const linli_id *record;
};
int tally_record(const struct tallying *t, const struct record_state *state, int64_t by, struct tally_list *out);

#endif
