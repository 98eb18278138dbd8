/*
 * bench: the made-up town that every row is measured with: patches of households of 20 fields with residents of 12 each. The
 * fields that the schema has open and as registers are its own; the rest have numbers that a later schema might give. Record i
 * of a town is the same everywhere, so that floors, peers and both ends of a sync agree on it. Every name in it is made up.
 */
#ifndef LINLI_BENCH_TOWN_H
#define LINLI_BENCH_TOWN_H

#include <linli/linli.h>

#include "base/bytes.h"

enum {
    TOWN_PATCHES = 100, TOWN_HOUSEHOLDS = 60, TOWN_RESIDENTS = 3,
    TOWN_HOUSEHOLD_FIELDS = 20, TOWN_RESIDENT_FIELDS = 12, TOWN_VALUE_BYTES = 48,
    TOWN_RECORDS_EACH = 1 + TOWN_RESIDENTS, /* of one household: it comes first */
    TOWN_HEAD_FIELD = 5                     /* the field that edits write */
};

struct town {
    size_t patches, households; /* in each patch; none: scopes alone */
    bool city;                  /* patches stand in communities, these in streets, these in districts; else in one community */
};
static inline size_t town_records(const struct town *t)
{
    return t->patches * t->households * TOWN_RECORDS_EACH;
}
void town_record_id(size_t record, linli_id *out);
linli_type town_type(size_t record);
size_t town_fields(size_t record);
/* Field `at` of a record: its number, and its value as one MessagePack item behind `out`. */
linli_field town_field(size_t record, size_t at, struct buf *out);

/* Room that no store of this town outgrows. */
uint64_t town_map_bytes(const struct town *t);
/* Make the store of a community or a city with this town in it, one changeset for each patch as far as it holds it. */
void town_store(const struct town *t, const char *dir, linli_store **out, linli_id *root);
/* One field of one household, as a person saves it. */
void town_edit(linli_store *store, size_t record, linli_field field, const char *text);

/*
 * W2: two sides that changed 200 records each while they were apart, spread evenly over the town: 50 are the same record on
 * both, 20 of these the same field.
 */
enum { W2_EACH = 200, W2_SAME_RECORD = 50, W2_SAME_FIELD = 20 };
struct town_change {
    size_t record;
    linli_field field;
};
struct town_change town_change(const struct town *t, unsigned side, size_t i);

#endif
