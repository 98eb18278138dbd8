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

struct summing {
    struct verify *v;
    struct tally_key key;        /* of the scope being looked at, and then of those below it */
    uint64_t sum;
};

static void key_scope(struct tally_key *key, uint32_t scope)
{
    be32_put(key->at + TALLY_HEAD_BYTES - 4, scope);
}

static bool child_sum(void *ctx, uint32_t child, const linli_id *id)
{
    struct summing *s = ctx;
    struct tally_row row;

    (void)id;
    key_scope(&s->key, child);
    s->v->rv = tally_get(s->v->txn, tally_span(&s->key), &row);
    s->sum += row.all;
    return s->v->rv == LINLI_OK;
}

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

/* What is counted here is counted above, too: the row there is looked at when its turn comes. */
static int above_check(struct summing *s, uint32_t parent)
{
    struct tally_row row;

    key_scope(&s->key, parent);
    int rv = parent == 0 ? LINLI_OK : tally_get(s->v->txn, tally_span(&s->key), &row);
    return rv == LINLI_OK && parent != 0 && row.all == 0 ? LINLI_E_CORRUPT : rv;
}

static int row_check(struct summing *s, const struct tally_row *row)
{
    uint32_t scope = be32_get(s->key.at + TALLY_HEAD_BYTES - 4);
    struct scope_row at;
    bool alone = false;
    int rv = row_known(&s->key, &alone);

    if (rv == LINLI_OK)
        rv = scope_get(s->v->txn, scope, &at);
    if (rv != LINLI_OK)
        return rv;
    if (alone)
        return row->all == row->own ? LINLI_OK : LINLI_E_CORRUPT;
    s->sum = row->own;
    s->v->rv = LINLI_OK;
    rv = scope_children(s->v->txn, scope, child_sum, s);
    if (rv == LINLI_OK)
        rv = s->v->rv;
    if (rv == LINLI_OK && s->sum != row->all)
        rv = LINLI_E_CORRUPT;
    return rv == LINLI_OK ? above_check(s, at.parent) : rv;
}

static bool row_look(void *ctx, span rest, const struct tally_row *row)
{
    struct verify *v = ctx;
    struct summing s = {.v = v};

    if (rest.size < TALLY_HEAD_BYTES || rest.size > TALLY_KEY_BYTES) {
        v->rv = verify_fault(v, LINLI_E_CORRUPT, "figure", NULL, 0, NULL);
        return v->rv == LINLI_OK;
    }
    memcpy(s.key.at, rest.at, rest.size);
    s.key.size = (uint8_t)rest.size;
    v->rv = verify_fault(v, row_check(&s, row), "figure", NULL, 0, NULL);
    return v->rv == LINLI_OK;
}

int verify_sums(struct verify *v)
{
    v->rv = LINLI_OK;
    int rv = tally_each(v->txn, span_of(NULL, 0), row_look, v);

    rv = verify_fault(v, rv, "figure", NULL, 0, NULL);
    return rv == LINLI_OK ? v->rv : rv;
}
