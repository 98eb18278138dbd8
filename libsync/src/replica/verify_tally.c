/* replica: figures counted again from the records, and each sum from its parts. */
#include <string.h>

#include "replica/verify.h"

int verify_tally_record(struct verify *v, const linli_id *record, const struct record_state *state)
{
    const struct tallying t = {v->r, &v->scratch, v->scope, record};

    return tally_record(&t, state, 1, &v->tallies);
}

static bool own_count(void *ctx, span rest, const struct tally_row *row)
{
    struct verify *v = ctx;

    (void)rest;
    v->found += row->own > 0;
    return true;
}

/* Each figure that the scope's records ask for, and no other. */
int verify_tallies(struct verify *v)
{
    struct tally_key key;
    struct tally_row row;
    int rv = LINLI_OK;

    tallies_sort(&v->tallies);
    for (size_t i = 0; i < v->tallies.count && rv == LINLI_OK; i++) {
        rv = tally_get(v->txn, tally_span(&v->tallies.at[i].key), &row);
        if (rv == LINLI_OK && row.own != (uint64_t)v->tallies.at[i].own)
            verify_bad(v, "figure", NULL, 0, NULL);
    }
    v->found = 0;
    for (size_t i = 0; i < schema_table_count; i++)
        for (size_t k = 0; k < schema_table[i].tally_count && rv == LINLI_OK; k++) {
            tally_begin(&key, schema_table[i].number, k, v->scope);
            rv = tally_each(v->txn, tally_span(&key), own_count, v);
        }
    if (rv == LINLI_OK && v->found != v->tallies.count)
        verify_bad(v, "figure", NULL, 0, NULL);
    v->tallies.count = v->tallies.sorted = 0;
    return verify_fault(v, rv, "figure", NULL, 0, NULL);
}

/* ---- sums ---- */

enum {
    TALLY_PART_BYTES = TALLY_HEAD_BYTES - 4  /* type and number: scopes are added up within these alone */
};
static const uint64_t FIGURE_MAX = UINT64_C(1) << 40;

/* A row is of some tally of the schema: LINLI_E_CORRUPT when it is not. */
static int row_known(const struct tally_key *key, bool *alone)
{
    const struct linli_schema_type *type = linli_schema_type_by_number(be32_get(key->at));
    struct linli_value values[LINLI_TALLY_FIELDS];

    if (type == NULL || key->at[4] >= type->tally_count)
        return LINLI_E_CORRUPT;
    const struct linli_schema_tally *tally = &type->tallies[key->at[4]];
    *alone = tally_alone(type, tally);
    return tally_values(type, tally, span_of(key->at + TALLY_HEAD_BYTES, key->size - (size_t)TALLY_HEAD_BYTES), values)
               ? LINLI_OK
               : LINLI_E_CORRUPT;
}

/* Of each figure: what it says is below, less what those below say. Nothing is left of a sum that is right, nor of a row that is missing. */
static void sums_settle(struct verify *v)
{
    tallies_sort(&v->tallies);
    for (size_t i = 0; i < v->tallies.count; i++)
        if (v->tallies.at[i].all != 0)
            verify_bad(v, "figure", NULL, 0, NULL);
    v->tallies.count = v->tallies.sorted = 0;
}

static int row_add(struct verify *v, struct tally *t, const struct tally_row *row, uint32_t parent)
{
    if (v->tallies.count > 0 && memcmp(v->tallies.at[0].key.at, t->key.at, TALLY_PART_BYTES) != 0)
        sums_settle(v);
    t->all = (int64_t)(row->all - row->own);
    int rv = tallies_add(&v->tallies, t);
    if (rv != LINLI_OK || parent == 0)
        return rv;
    be32_put(t->key.at + TALLY_HEAD_BYTES - 4, parent);
    t->all = -(int64_t)row->all;
    return tallies_add(&v->tallies, t);
}

static int row_check(struct verify *v, struct tally *t, const struct tally_row *row)
{
    struct scope_row at;
    bool alone = false;
    int rv = row_known(&t->key, &alone);

    if (rv == LINLI_OK && row->all > FIGURE_MAX)
        rv = LINLI_E_CORRUPT;
    if (rv == LINLI_OK)
        rv = scope_get(v->txn, be32_get(t->key.at + TALLY_HEAD_BYTES - 4), &at);
    if (rv != LINLI_OK)
        return rv;
    if (alone)
        return row->all == row->own ? LINLI_OK : LINLI_E_CORRUPT;
    return row_add(v, t, row, at.parent);
}

static bool row_look(void *ctx, span rest, const struct tally_row *row)
{
    struct verify *v = ctx;
    struct tally t = {.own = 0};

    if (rest.size < TALLY_HEAD_BYTES || rest.size > TALLY_KEY_BYTES) {
        v->rv = verify_fault(v, LINLI_E_CORRUPT, "figure", NULL, 0, NULL);
        return v->rv == LINLI_OK;
    }
    memcpy(t.key.at, rest.at, rest.size);
    t.key.size = (uint8_t)rest.size;
    v->rv = verify_fault(v, row_check(v, &t, row), "figure", NULL, 0, NULL);
    return v->rv == LINLI_OK;
}

int verify_sums(struct verify *v)
{
    v->rv = LINLI_OK;
    int rv = tally_each(v->txn, span_of(NULL, 0), row_look, v);

    rv = verify_fault(v, rv, "figure", NULL, 0, NULL);
    rv = rv == LINLI_OK ? v->rv : rv;
    if (rv == LINLI_OK)
        sums_settle(v);
    return rv;
}
