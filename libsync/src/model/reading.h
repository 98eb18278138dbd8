/* model: what a person is shown of a record (proto/record.md 4), and the token of that reading (5). Pure. */
#ifndef LINLI_MODEL_READING_H
#define LINLI_MODEL_READING_H

#include "model/record.h"

/*
 * One group as shown. For register and ladder: `shown` first, then the conflicting others, greatest first, equal bytes
 * once. For log: all, oldest first. For set: one per element present (`keys` beside it). For counter and max: `number`,
 * with the values that it is made of; a sum past an int64_t is cut to the nearest one. No value at all: count is 0.
 */
struct group_reading {
    uint32_t group;
    const struct cell_value **values;
    const span *keys;      /* set only */
    size_t count;
    int64_t number;        /* counter and max */
    size_t conflicts;      /* register and ladder: values beyond the first that a person should look at */
};
int reading_group(struct arena *a, const struct group_state *g, const struct author_names *names, struct group_reading *out);

/* Whether the reading of a register or ladder has a conflict, in one pass over its values; false for other rules. */
bool reading_in_conflict(const struct group_state *g);

/* A field's value out of a register's or log's value bytes: one MessagePack item; at == NULL when absent. */
span reading_field(span value_bytes, linli_field field);
span reading_text(span value_bytes, linli_field field); /* its text; empty when absent or of another kind */

enum record_life { LIFE_ABSENT, LIFE_ALIVE, LIFE_DELETED, LIFE_REVIVED };
enum record_life reading_life(const struct record_state *state);

/* Join of all dots and contexts of the record: a delete's context. */
int reading_shown_all(struct arena *a, const struct record_state *state, struct context *out);

/*
 * Tokens. The bytes are bound to the store (its epoch) and the record; contexts are shared between cells that have the
 * same one, so the token of a freshly imported record is short.
 */
int token_encode(const struct record_state *state, const linli_id *store_epoch, const linli_id *record, struct arena *scratch,
                 struct buf *out);
/* The context of one cell in a token, empty when the token does not show it. LINLI_OK, LINLI_E_STALE (another store or
   record), LINLI_E_FORMAT, LINLI_E_NOMEM. */
int token_context(struct arena *a, span token, const linli_id *store_epoch, const linli_id *record, uint32_t group, span key,
                  struct context *out);
/* The join of everything the token shows: a delete's context. */
int token_all(struct arena *a, span token, const linli_id *store_epoch, const linli_id *record, struct context *out);

#endif
