/* replica: records made again from the logs and compared, with everything that is kept because of them. */
#include "replica/verify.h"

/* ---- one record ---- */

static bool touch_count(void *ctx, uint32_t author, uint64_t seq)
{
    struct verify *v = ctx;

    (void)author;
    (void)seq;
    v->touches_found++;
    return true;
}

struct here {
    uint32_t scope;
    bool found;
};

static bool here_check(void *ctx, uint32_t scope)
{
    struct here *here = ctx;

    here->found = here->found || scope == here->scope;
    return !here->found;
}

static int type_count(struct verify *v, linli_type type)
{
    for (size_t i = 0; i < v->type_count; i++)
        if (v->types[i].type == type) {
            v->types[i].records++;
            return LINLI_OK;
        }
    int rv = mem_grow(&v->types, &v->type_room, v->type_count + 1, sizeof(*v->types));
    if (rv == LINLI_OK)
        v->types[v->type_count++] = (struct verify_type){type, 1};
    return rv;
}

/* What the tables must hold because of this record. */
static int record_tally(struct verify *v, const linli_id *record, const struct record_state *state)
{
    enum record_life life = reading_life(state);
    struct opening opening = {v->r, v->txn, &v->scratch, v->scope, record, v->r->ring.count, NULL};
    struct record_state opened;
    struct index_entry *entries = NULL;
    size_t count = 0;
    int rv = open_state(&opening, state, &opened);

    if (rv == LINLI_OK)
        rv = index_entries(&v->scratch, v->r, &opened, &entries, &count);

    v->index_rows += count;
    v->views += state->count > 0;
    v->asked->records += state->count > 0;
    if (rv == LINLI_OK)
        v->conflicts += view_in_conflict(&opened);
    if (rv != LINLI_OK || (life != LIFE_ALIVE && life != LIFE_REVIVED))
        return rv;
    v->records++;
    rv = verify_tally_record(v, record, state);
    return rv == LINLI_OK ? type_count(v, state->type) : rv;
}

/* The view must hold these very bytes, or nothing when nothing was accepted. */
static int view_compare(struct verify *v, const linli_id *record, const struct record_state *state)
{
    struct here here = {.scope = v->scope};
    span held = {NULL, 0};
    int rv = view_get(v->txn, v->scope, record, &held);

    if (rv == LINLI_E_NOT_FOUND)
        rv = LINLI_OK;
    buf_clear(&v->bytes);
    if (rv == LINLI_OK && state->count > 0)
        rv = record_encode(state, &v->bytes);
    if (rv != LINLI_OK)
        return rv;
    if (!span_equal(held, buf_span(&v->bytes)))
        verify_bad(v, "record", NULL, 0, record);
    rv = where_each(v->txn, record, here_check, &here);
    if (rv == LINLI_OK && here.found != (state->count > 0))
        verify_bad(v, "where", NULL, 0, record);
    return rv;
}

int verify_record(struct verify *v, const linli_id *record)
{
    struct record_state state = {0};
    int rv;

    arena_reset(&v->scratch);
    rv = rebuild_record(&v->rebuild, v->r, v->txn, &v->scratch, v->scope, record, &state);
    if (rv == LINLI_OK)
        rv = touch_each(v->txn, v->scope, record, touch_count, v);
    if (rv == LINLI_OK)
        rv = view_compare(v, record, &state);
    if (rv == LINLI_OK)
        rv = record_tally(v, record, &state);
    rv = verify_fault(v, rv, "record", NULL, 0, record);
    return rv == LINLI_OK ? verify_step(v) : rv;
}

/* ---- the tables: each row must have its reason, and there must be as many as there are reasons ---- */

static int walked(struct verify *v, int rv, uint64_t expected, const char *what)
{
    if (rv == LINLI_OK)
        rv = v->rv;
    if (rv == LINLI_OK && v->found != expected)
        verify_bad(v, what, NULL, 0, NULL);
    v->found = 0;
    v->rv = LINLI_OK;
    return rv;
}

static bool none(void *ctx, uint32_t author, uint64_t seq)
{
    (void)author;
    (void)seq;
    *(bool *)ctx = false;
    return false;
}

static bool view_check(void *ctx, const linli_id *record, span state)
{
    struct verify *v = ctx;
    bool untouched = true;

    (void)state;
    v->found++;
    v->rv = touch_each(v->txn, v->scope, record, none, &untouched);
    if (v->rv == LINLI_OK && untouched)
        verify_bad(v, "record", NULL, 0, record); /* shown, and no log says so */
    return v->rv == LINLI_OK;
}

static bool same_entry(const struct index_entry *e, uint32_t type, uint32_t field, span value)
{
    linli_hash hash;

    return e->type == type && e->field == field && span_equal(index_value(e->value, &hash), value);
}

static bool index_check(void *ctx, uint32_t type, uint32_t field, span value, const linli_id *record)
{
    struct verify *v = ctx;
    struct record_state state = {0};
    struct index_entry *entries = NULL;
    size_t count = 0, i = 0;

    v->found++;
    arena_reset(&v->scratch);
    v->rv = view_open(v->r, NULL, v->txn, &v->scratch, v->scope, record, &state);
    if (v->rv == LINLI_OK)
        v->rv = index_entries(&v->scratch, v->r, &state, &entries, &count);
    while (i < count && !same_entry(&entries[i], type, field, value))
        i++;
    if (v->rv == LINLI_OK && i == count)
        v->rv = LINLI_E_CORRUPT;
    v->rv = verify_fault(v, v->rv, "index", NULL, 0, record);
    return v->rv == LINLI_OK;
}

static bool conflict_check(void *ctx, const linli_id *record)
{
    struct verify *v = ctx;
    struct record_state state = {0};

    v->found++;
    arena_reset(&v->scratch);
    v->rv = view_open(v->r, NULL, v->txn, &v->scratch, v->scope, record, &state);
    if (v->rv == LINLI_OK && !view_in_conflict(&state))
        v->rv = LINLI_E_CORRUPT;
    v->rv = verify_fault(v, v->rv, "conflict", NULL, 0, record);
    return v->rv == LINLI_OK;
}

/* One part of a changeset that the tables speak of. LINLI_E_CORRUPT when there is none. */
static int part_get(struct verify *v, uint32_t author, uint64_t seq, uint32_t index, struct part *out,
                    uint8_t *verdict)
{
    struct log log;
    struct log_row row;
    struct changeset cs;
    int rv;

    arena_reset(&v->step);
    rv = log_load(v->r, v->txn, &v->step, v->scope, author, &log);
    if (rv == LINLI_OK)
        rv = log_changeset(v->r, v->txn, &v->step, &log, seq, NULL, &row, &cs);
    if (rv != LINLI_OK)
        return rv;
    if (index >= cs.part_count)
        return LINLI_E_CORRUPT;
    *out = cs.parts[index];
    *verdict = row.verdicts.at[index];
    return LINLI_OK;
}

static bool aside_check(void *ctx, const struct aside_row *row)
{
    struct verify *v = ctx;
    struct part part;
    uint8_t verdict = VERDICT_ACCEPTED;

    v->found++;
    v->rv = part_get(v, row->author, row->seq, row->part, &part, &verdict);
    if (v->rv == LINLI_OK && (!verdict_aside(verdict) || verdict != row->reason ||
                              (part.carried == PART_HELD && !id_equal(&part.record, &row->record))))
        v->rv = LINLI_E_CORRUPT;
    v->rv = verify_fault(v, v->rv, "aside", NULL, row->seq, &row->record);
    return v->rv == LINLI_OK;
}

static bool want_check(void *ctx, uint32_t author, uint64_t seq, uint32_t index)
{
    struct verify *v = ctx;
    struct part part;
    uint8_t verdict;

    v->rv = part_get(v, author, seq, index, &part, &verdict);
    if (v->rv == LINLI_OK && part.carried != PART_ABSENT)
        v->rv = LINLI_E_CORRUPT;
    v->rv = verify_fault(v, v->rv, "want", NULL, seq, NULL);
    return v->rv == LINLI_OK;
}

static int count_check(struct verify *v, uint32_t what, uint64_t expected)
{
    uint64_t count;
    int rv = count_get(v->txn, v->scope, what, &count);

    if (rv == LINLI_OK && count != expected)
        verify_bad(v, "count", NULL, 0, NULL);
    return rv;
}

static uint64_t type_records(const struct verify *v, linli_type type)
{
    for (size_t i = 0; i < v->type_count; i++)
        if (v->types[i].type == type)
            return v->types[i].records;
    return 0;
}

static int counts_check(struct verify *v)
{
    const uint64_t expected[COUNT_FORKS + 1] = {[COUNT_CHANGESETS] = v->changesets,
                                                [COUNT_RECORDS] = v->records,
                                                [COUNT_CONFLICTS] = v->conflicts,
                                                [COUNT_ASIDE] = v->asides,
                                                [COUNT_FORKS] = v->forks};
    int rv = LINLI_OK;

    for (uint32_t what = 1; what <= COUNT_FORKS && rv == LINLI_OK; what++)
        rv = count_check(v, what, expected[what]);
    for (size_t i = 0; i < v->type_count && rv == LINLI_OK; i++)
        rv = count_check(v, COUNT_TYPE + v->types[i].type, v->types[i].records);
    for (size_t i = 0; i < schema_table_count && rv == LINLI_OK; i++) /* those of which there is no record */
        if (type_records(v, schema_table[i].number) == 0)
            rv = count_check(v, COUNT_TYPE + schema_table[i].number, 0);
    return rv;
}

int verify_tables(struct verify *v)
{
    int rv = LINLI_OK;

    if (v->touches != v->touches_found)
        verify_bad(v, "touch", NULL, 0, NULL);
    v->found = 0;
    v->rv = LINLI_OK;
    rv = walked(v, view_each(v->txn, v->scope, view_check, v), v->views, "record");
    if (rv == LINLI_OK)
        rv = walked(v, index_all(v->txn, v->scope, index_check, v), v->index_rows, "index");
    if (rv == LINLI_OK)
        rv = walked(v, conflict_each(v->txn, v->scope, conflict_check, v), v->conflicts, "conflict");
    if (rv == LINLI_OK)
        rv = walked(v, aside_each(v->txn, v->scope, aside_check, v), v->asides, "aside");
    if (rv == LINLI_OK)
        rv = walked(v, want_each(v->txn, v->scope, want_check, v), 0, "want");
    return rv == LINLI_OK ? counts_check(v) : rv;
}

/* ---- where ---- */

struct placing {
    struct verify *v;
    const linli_id *record;
};

static bool place_check(void *ctx, uint32_t scope)
{
    struct placing *p = ctx;
    struct verify *v = p->v;
    struct scope_row row;
    span state;

    v->rv = scope_get(v->txn, scope, &row);
    v->scope_id = v->rv == LINLI_OK ? row.id : (linli_id){{0}};
    if (v->rv == LINLI_OK)
        v->rv = view_get(v->txn, scope, p->record, &state);
    v->rv = verify_fault(v, v->rv, "where", NULL, 0, p->record);
    return v->rv == LINLI_OK;
}

static bool where_check(void *ctx, const linli_id *record)
{
    struct verify *v = ctx;
    struct placing placing = {v, record};
    int rv = where_each(v->txn, record, place_check, &placing);

    if (v->rv == LINLI_OK)
        v->rv = rv;
    return v->rv == LINLI_OK;
}

int verify_where(struct verify *v)
{
    static const uint8_t any[ID_BYTES];
    int rv;

    v->rv = LINLI_OK;
    rv = where_prefix(v->txn, any, 0, where_check, v);
    return rv == LINLI_OK ? v->rv : rv;
}
