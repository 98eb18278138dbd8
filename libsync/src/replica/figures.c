/*
 * replica: figures read. What adds up stands ready for each scope (tally.c); whether a patch has captains enough does not add up,
 * and is worked out for all patches at once from four walks, each over rows that lie together.
 */
#include <stdlib.h>
#include <string.h>

#include "replica/reading.h"

enum {
    TYPE_HOUSEHOLD = 4 << 1, TYPE_RESIDENT = 5 << 1, TYPE_APPOINTMENT = 21 << 1 | 1, /* proto/schema */
    OF_ALL = 0,                  /* the first tally of each of these */
    ROLE_BUILDING = 1, ROLE_HOUSEHOLDS = 2,
    STYLE_COUNT = 5
};

struct linli_ratio linli_ratio_of(unsigned style)
{
    /* By scope.style: old courtyard, compound, urban-rural fringe, village. */
    static const struct linli_ratio ratios[STYLE_COUNT] = {{0, 200}, {30, 50}, {0, 200}, {10, 20}, {40, 50}};

    return ratios[style < STYLE_COUNT ? style : 0];
}

/* ---- one tally ---- */

struct telling {
    const struct linli_schema_type *type;
    const struct linli_schema_tally *tally;
    linli_tally_fn fn;
    void *ctx;
    bool bad;
};

static bool tell_row(void *ctx, span rest, const struct tally_row *row)
{
    struct telling *t = ctx;
    struct linli_value values[LINLI_TALLY_FIELDS] = {{0}};
    const struct linli_tally tally = {values, row->all};

    t->bad = !tally_values(t->type, t->tally, rest, values);
    return !t->bad && t->fn(t->ctx, &tally);
}

static size_t tally_find(const struct linli_schema_type *type, const linli_field *fields, size_t count)
{
    size_t i = 0;

    while (type != NULL && i < type->tally_count) {
        const struct linli_schema_tally *tally = &type->tallies[i];
        size_t same = 0;
        while (tally->count == count && same < count && tally->fields[same] == fields[same])
            same++;
        if (tally->count == count && same == count)
            return i;
        i++;
    }
    return SIZE_MAX;
}

int replica_tally_each(struct replica *r, const linli_id *scope, linli_type type, const linli_field *fields, size_t count,
                       linli_tally_fn fn, void *ctx)
{
    struct telling t = {.type = linli_schema_type_by_number(type), .fn = fn, .ctx = ctx};
    size_t which = tally_find(t.type, fields, count);
    struct store_txn *txn = NULL;
    struct tally_key key;
    uint32_t number;
    int rv = which == SIZE_MAX ? LINLI_E_SCHEMA : store_begin(r->store, false, &txn);

    if (rv != LINLI_OK)
        return rv;
    t.tally = &t.type->tallies[which];
    rv = scope_number(txn, scope, &number);
    if (rv == LINLI_OK) {
        tally_begin(&key, type, which, number);
        rv = tally_each(txn, tally_span(&key), tell_row, &t);
    }
    return store_end(txn, rv == LINLI_OK && t.bad ? LINLI_E_CORRUPT : rv);
}

/* ---- coverage ---- */

struct land { /* a scope; at[number - 1] */
    linli_id id;
    uint32_t parent;
    bool patch;
    unsigned style;
    uint64_t households, captains; /* its own */
    struct linli_coverage all;     /* with those below */
};

struct lands {
    struct replica *r;
    struct store_txn *txn;
    struct land *at;
    size_t count, room;
    const struct land **by_id;
    int64_t day;
    bool bad;
};

static int land_add(void *ctx, uint32_t number, const struct scope_row *row)
{
    struct lands *l = ctx;

    if (number != l->count + 1 || row->parent >= number) /* what stands above is known first */
        return LINLI_E_CORRUPT;
    int rv = mem_grow(&l->at, &l->room, l->count + 1, sizeof(*l->at));
    if (rv == LINLI_OK)
        l->at[l->count++] = (struct land){.id = row->id, .parent = row->parent};
    return rv;
}

static int id_order(const void *x, const void *y)
{
    const struct land *const *a = x, *const *b = y;

    return id_compare(&(*a)->id, &(*b)->id);
}

static int lands_sort(struct lands *l)
{
    l->by_id = mem_zalloc(l->count, sizeof(struct land *));
    if (l->by_id == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < l->count; i++)
        l->by_id[i] = &l->at[i];
    qsort(l->by_id, l->count, sizeof(*l->by_id), id_order);
    return LINLI_OK;
}

static struct land *land_of(const struct lands *l, const linli_id *id)
{
    const struct land like = {.id = *id}, *key = &like, **found = bsearch(&key, l->by_id, l->count, sizeof(*l->by_id), id_order);

    return found == NULL ? NULL : &l->at[*found - l->at];
}

/* The scope number in a row's key, and the values after it. False: the row is bad, and the walk ends. */
static bool row_read(struct lands *l, linli_type type, span rest, uint32_t *scope, struct linli_value values[LINLI_TALLY_FIELDS])
{
    const struct linli_schema_type *of = linli_schema_type_by_number(type);

    l->bad = rest.size < 4 || be32_get(rest.at) == 0 || be32_get(rest.at) > l->count ||
             !tally_values(of, &of->tallies[OF_ALL], span_of(rest.at + 4, rest.size - 4), values);
    *scope = l->bad ? 0 : be32_get(rest.at);
    return !l->bad;
}

/* A scope's record stands in its parent, the root's in itself; elsewhere it says nothing of it. */
static bool scope_kind(void *ctx, span rest, const struct tally_row *row)
{
    struct lands *l = ctx;
    struct linli_value values[LINLI_TALLY_FIELDS];
    uint32_t scope;

    (void)row;
    if (!row_read(l, TYPE_SCOPE, rest, &scope, values))
        return false;
    struct land *land = land_of(l, &values[0].id);
    if (land == NULL || (land->parent == 0 ? (uint32_t)(land - l->at) + 1 : land->parent) != scope)
        return true;
    land->patch = values[1].kind == LINLI_KIND_INT && values[1].number == LINLI_PATCH;
    if (values[2].kind == LINLI_KIND_INT && values[2].number > 0 && values[2].number < STYLE_COUNT)
        land->style = (unsigned)values[2].number;
    return true;
}

static bool households_here(void *ctx, span rest, const struct tally_row *row)
{
    struct lands *l = ctx;
    struct linli_value values[LINLI_TALLY_FIELDS];
    uint32_t scope;

    if (!row_read(l, TYPE_HOUSEHOLD, rest, &scope, values))
        return false;
    l->at[scope - 1].households = row->own;
    return true;
}

static bool stands_below(const struct lands *l, const struct land *land, uint32_t scope)
{
    uint32_t number = (uint32_t)(land - l->at) + 1;

    while (number > scope)
        number = l->at[number - 1].parent;
    return number == scope;
}

/* Captains of the area that the appointment names: where it stands, or below that. */
static bool captains_here(void *ctx, span rest, const struct tally_row *row)
{
    struct lands *l = ctx;
    struct linli_value values[LINLI_TALLY_FIELDS];
    uint32_t scope;

    if (!row_read(l, TYPE_APPOINTMENT, rest, &scope, values))
        return false;
    int64_t role = values[1].kind == LINLI_KIND_INT ? values[1].number : 0;
    struct land *land = values[0].kind == LINLI_KIND_ID ? land_of(l, &values[0].id) : &l->at[scope - 1];
    bool left = values[2].kind == LINLI_KIND_INT && values[2].number < l->day;
    if (left || land == NULL || (role != ROLE_BUILDING && role != ROLE_HOUSEHOLDS) || !stands_below(l, land, scope))
        return true;
    land->captains += row->own;
    land->all.building_captains += role == ROLE_BUILDING ? row->own : 0;
    land->all.household_captains += role == ROLE_HOUSEHOLDS ? row->own : 0;
    return true;
}

static int rows_walk(struct lands *l, linli_type type, bool (*fn)(void *ctx, span rest, const struct tally_row *row))
{
    struct tally_key key;

    tally_begin(&key, type, OF_ALL, 0);
    int rv = tally_each(l->txn, tally_span(&key), fn, l);
    return rv == LINLI_OK && l->bad ? LINLI_E_CORRUPT : rv;
}

static void add(struct linli_coverage *to, const struct linli_coverage *of)
{
    to->patches += of->patches;
    to->building_captains += of->building_captains;
    to->household_captains += of->household_captains;
    to->without += of->without;
    to->overloaded += of->overloaded;
    to->covered += of->covered;
}

/* A scope has a higher number than the one it stands below: sums go up in one pass. */
static void lands_sum(struct lands *l)
{
    for (size_t i = l->count; i > 0; i--) {
        struct land *land = &l->at[i - 1];
        land->all.patches += land->patch;
        land->all.without += land->patch && land->captains == 0;
        land->all.overloaded += land->patch && land->captains > 0 &&
                                land->households > land->captains * linli_ratio_of(land->style).most;
        land->all.covered += land->captains > 0 ? land->households : 0;
        if (land->parent != 0)
            add(&l->at[land->parent - 1].all, &land->all);
    }
}

static int lands_make(struct lands *l)
{
    int rv = scope_all(l->txn, land_add, l);

    if (rv == LINLI_OK)
        rv = lands_sort(l);
    if (rv == LINLI_OK)
        rv = rows_walk(l, TYPE_SCOPE, scope_kind);
    if (rv == LINLI_OK)
        rv = rows_walk(l, TYPE_HOUSEHOLD, households_here);
    if (rv == LINLI_OK)
        rv = rows_walk(l, TYPE_APPOINTMENT, captains_here);
    if (rv == LINLI_OK)
        lands_sum(l);
    return rv;
}

/* ---- telling ---- */

struct told {
    struct lands lands;
    struct arena arena, scratch;
    struct linli_scope *scopes;  /* the one asked for first */
    size_t count, room;
};

static int count_all(struct told *t, linli_type type, uint32_t number, uint64_t *out)
{
    struct tally_key key;
    struct tally_row row;

    tally_begin(&key, type, OF_ALL, number);
    int rv = tally_get(t->lands.txn, tally_span(&key), &row);
    *out = row.all;
    return rv;
}

static int told_add(struct told *t, uint32_t number)
{
    int rv = mem_grow(&t->scopes, &t->room, t->count + 1, sizeof(*t->scopes));

    if (rv != LINLI_OK)
        return rv;
    struct linli_scope *scope = &t->scopes[t->count];
    rv = scope_read(t->lands.r, t->lands.txn, &t->arena, &t->scratch, number, scope);
    if (rv == LINLI_OK)
        rv = count_all(t, TYPE_HOUSEHOLD, number, &scope->households);
    if (rv == LINLI_OK)
        rv = count_all(t, TYPE_RESIDENT, number, &scope->residents);
    t->count += rv == LINLI_OK;
    return rv;
}

static int told_compare(const void *x, const void *y)
{
    const struct linli_scope *a = x, *b = y;
    int order = strcmp(a->division, b->division);

    if (order == 0)
        order = strcmp(a->name, b->name);
    return order != 0 ? order : id_compare(&a->id, &b->id);
}

static int told_make(struct told *t, const linli_id *scope)
{
    uint32_t number;
    int rv = scope_number(t->lands.txn, scope, &number);

    if (rv == LINLI_OK)
        rv = told_add(t, number);
    for (size_t i = 0; i < t->lands.count && rv == LINLI_OK; i++)
        if (t->lands.at[i].parent == number)
            rv = told_add(t, (uint32_t)i + 1);
    if (rv == LINLI_OK && t->count > 2)
        qsort(t->scopes + 1, t->count - 1, sizeof(*t->scopes), told_compare);
    return rv;
}

int replica_coverage_each(struct replica *r, const linli_id *scope, int64_t day, linli_coverage_fn fn, void *ctx)
{
    struct told t = {.lands = {.r = r, .day = day}};
    int rv = store_begin(r->store, false, &t.lands.txn);

    if (rv == LINLI_OK)
        rv = lands_make(&t.lands);
    if (rv == LINLI_OK)
        rv = told_make(&t, scope == NULL ? &r->self.root_scope : scope);
    rv = store_end(t.lands.txn, rv);
    for (size_t i = 0; i < t.count && rv == LINLI_OK; i++) {
        struct linli_coverage coverage = land_of(&t.lands, &t.scopes[i].id)->all;
        coverage.scope = &t.scopes[i];
        if (!fn(ctx, &coverage))
            break;
    }
    mem_free(t.scopes);
    mem_free(t.lands.at);
    mem_free(t.lands.by_id);
    arena_free(&t.arena);
    arena_free(&t.scratch);
    return rv;
}
