/*
 * replica: finding records: by the index where it can tell, by their state where it cannot. What a person types is sought in the fields
 * that are found so (search.h); when there is none, or nothing is found, in every text.
 */
#include <stdlib.h>
#include <string.h>

#include "codec/reader.h"
#include "replica/search.h"

/* A condition, with the item that an equal value is stored as. */
struct condition {
    const struct linli_schema_field *field;
    uint32_t group;
    span item;
    int64_t number; /* of a counter: its sum */
};

struct query {
    struct replica *r;
    struct store_txn *txn;
    const struct linli_query *asked;
    const struct linli_schema_type *type;
    const struct linli_schema_field *sort;
    const struct linli_schema_field *range; /* of asked->range */
    struct condition *conditions;
    const struct condition *by; /* the one that the index answers; NULL: every record of the type */
    struct arena arena;         /* of the conditions and sort keys */
    struct arena scratch;       /* of one record */
    struct disclosure told;
    bool ids_only;              /* states are not handed out */
    bool searching;             /* what is typed is looked up by `search`; else, when there is any, in every text */
    struct search search;
    size_t count;               /* handed out */
};

/* ---- what is asked for ---- */

static int condition_make(struct query *q, const struct linli_where *where, struct condition *out)
{
    struct buf item = {0};
    int rv;

    out->field = linli_schema_field_by_number(q->type, where->field);
    if (out->field == NULL)
        return LINLI_E_SCHEMA;
    out->group = schema_group_of(out->field);
    rv = value_write(out->field, &where->equals, &item);
    if (rv == LINLI_OK) {
        out->item = arena_copy(&q->arena, buf_span(&item));
        out->number = where->equals.number;
        rv = out->item.at == NULL ? LINLI_E_NOMEM : LINLI_OK;
    }
    buf_free(&item);
    if (rv == LINLI_OK && out->field->indexed && out->field->rule != LINLI_COUNTER && q->by == NULL)
        q->by = out;
    return rv;
}

static int query_start(struct query *q)
{
    const struct linli_query *asked = q->asked;
    int rv = LINLI_OK;

    q->type = linli_schema_type_by_number(asked->type);
    if (q->type == NULL)
        return LINLI_E_SCHEMA;
    if (asked->sort != 0) {
        q->sort = linli_schema_field_by_number(q->type, asked->sort);
        if (q->sort == NULL)
            return LINLI_E_SCHEMA;
    }
    if (asked->range != NULL) {
        q->range = linli_schema_field_by_number(q->type, asked->range->field);
        if (q->range == NULL || asked->range->least.kind != asked->range->most.kind)
            return LINLI_E_SCHEMA;
    }
    q->conditions = arena_array(&q->arena, asked->where_count, sizeof(*q->conditions));
    if (q->conditions == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < asked->where_count && rv == LINLI_OK; i++)
        rv = condition_make(q, &asked->where[i], &q->conditions[i]);
    return rv;
}

static unsigned seal_bit(const struct linli_schema_field *field)
{
    return field == NULL || field->seal == LINLI_SEAL_NONE ? 0 : 1u << (field->seal - 1);
}

/* Sealed classes that the answer depends on: it tells of them, whatever is handed out. */
static unsigned classes_asked(const struct query *q)
{
    unsigned classes = seal_bit(q->sort) | seal_bit(q->range);

    for (size_t i = 0; i < q->asked->where_count; i++)
        classes |= seal_bit(q->conditions[i].field);
    if (q->searching)
        return classes | search_classes(&q->search);
    for (size_t i = 0; q->asked->match != NULL && i < q->type->field_count; i++)
        classes |= seal_bit(&q->type->fields[i]);
    return classes;
}

/* ---- does a record match? ---- */

static int key_compare(const struct linli_value *a, const struct linli_value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return a->kind == LINLI_KIND_ID ? id_compare(&a->id, &b->id) : span_compare(a->bytes, b->bytes);
}

static bool says_in(span value)
{
    struct reader r;

    reader_start(&r, value);
    return reader_bool(&r) && r.failed == LINLI_OK;
}

/* Is this value of the cell what the condition asks for? Every value counts, as in the index: also one in conflict. */
static bool value_holds(const struct condition *c, const struct cell *cell, const struct cell_value *v)
{
    switch (c->field->rule) {
    case LINLI_SET: return says_in(v->bytes) && span_equal(cell->key, c->item);
    case LINLI_MAX: return span_equal(v->bytes, c->item);
    case LINLI_REGISTER:
    case LINLI_LADDER:
    case LINLI_LOG: return span_equal(reading_field(v->bytes, c->field->number), c->item);
    case LINLI_COUNTER: break;
    }
    return false;
}

static int condition_holds(struct query *q, const struct condition *c, const struct record_state *state,
                           bool *out)
{
    const struct group_state *g = record_group(state, c->group);
    struct group_reading reading = {0};
    int rv = LINLI_OK;

    *out = false;
    if (g != NULL && c->field->rule == LINLI_COUNTER) {
        rv = reading_group(&q->scratch, g, &q->r->names, &reading);
        *out = rv == LINLI_OK && reading.count > 0 && reading.number == c->number;
        return rv;
    }
    for (size_t i = 0; g != NULL && i < g->count && !*out; i++)
        for (size_t j = 0; j < g->cells[i].count && !*out; j++)
            *out = value_holds(c, &g->cells[i], &g->cells[i].values[j]);
    return rv;
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + ('a' - 'A')) : c;
}

/* Anywhere in the text; Latin letters of either case are the same. */
static bool text_has(span text, const char *wanted)
{
    size_t size = strlen(wanted);

    for (size_t at = 0; at + size <= text.size; at++) {
        size_t same = 0;
        while (same < size && lower(text.at[at + same]) == lower((uint8_t)wanted[same]))
            same++;
        if (same == size)
            return true;
    }
    return false;
}

static bool item_has(span item, const char *wanted)
{
    struct reader r;

    reader_start(&r, item);
    return reader_peek(&r) == ITEM_TEXT && text_has(reader_text(&r, SIZE_MAX), wanted);
}

static bool map_has(const struct query *q, uint32_t group, span value, const char *wanted)
{
    const struct linli_schema_field *field;
    struct reader r;

    reader_start(&r, value);
    if (reader_peek(&r) != ITEM_MAP)
        return false;
    for (size_t left = reader_map(&r, SIZE_MAX); left > 0 && r.failed == LINLI_OK; left--) {
        uint64_t number = reader_uint(&r, UINT64_MAX);
        span item = reader_item(&r);
        if (field_in_group(q->type, group, number, &field) && item_has(item, wanted))
            return true;
    }
    return false;
}

static bool text_matches(const struct query *q, const struct record_state *state, const char *wanted)
{
    for (size_t i = 0; i < state->count; i++) {
        const struct group_state *g = &state->groups[i];
        bool set = group_rule(g->group) == RULE_SET;
        for (size_t j = 0; j < g->count; j++)
            for (size_t k = 0; k < g->cells[j].count; k++) {
                span value = g->cells[j].values[k].bytes;
                if (set ? says_in(value) && item_has(g->cells[j].key, wanted)
                        : map_has(q, g->group, value, wanted))
                    return true;
            }
    }
    return false;
}

static bool item_in_range(const struct query *q, span item)
{
    const struct linli_range *range = q->asked->range;
    struct linli_value value;

    return item.at != NULL && value_read(item, q->range, &value) == LINLI_OK && value.kind == range->least.kind &&
           key_compare(&range->least, &value) <= 0 && key_compare(&value, &range->most) <= 0;
}

/* Every value counts, as in the index. */
static bool in_range(const struct query *q, const struct record_state *state)
{
    const struct group_state *g = record_group(state, schema_group_of(q->range));
    bool plain = q->range->rule == LINLI_MAX, within = false;

    for (size_t i = 0; g != NULL && i < g->count && !within; i++)
        for (size_t j = 0; j < g->cells[i].count && !within; j++) {
            span bytes = g->cells[i].values[j].bytes;
            within = item_in_range(q, plain ? bytes : reading_field(bytes, q->range->number));
        }
    return within;
}

static bool matches_typed(const struct query *q, const struct record_at *at, const struct record_state *state)
{
    const char *typed = q->asked->match;

    if (q->searching)
        return search_holds(&q->search, at, state);
    return typed == NULL || typed[0] == '\0' || text_matches(q, state, typed);
}

static int record_matches(struct query *q, const struct record_at *at, const struct record_state *state, bool *out)
{
    const struct linli_query *asked = q->asked;
    enum record_life life = reading_life(state);
    int rv = LINLI_OK;

    *out = state->type == asked->type && life != LIFE_ABSENT && (asked->with_deleted || life != LIFE_DELETED);
    for (size_t i = 0; i < asked->where_count && *out && rv == LINLI_OK; i++)
        rv = condition_holds(q, &q->conditions[i], state, out);
    if (rv == LINLI_OK && *out)
        *out = (q->range == NULL || in_range(q, state)) && matches_typed(q, at, state);
    return rv;
}

/* ---- order ---- */

/* A record found, with what it is sorted by; fields that are not there come last. */
struct hit {
    struct record_at at;
    bool has;
    struct linli_value key;
};

static int record_compare(const void *x, const void *y)
{
    const struct record_at *a = x, *b = y;
    int order = id_compare(&a->record, &b->record);

    return order != 0 ? order : id_compare(&a->scope->id, &b->scope->id);
}

static void sort_once_each(struct record_list *list)
{
    size_t kept = 0;

    if (list->count > 1)
        qsort(list->at, list->count, sizeof(*list->at), record_compare);
    for (size_t i = 0; i < list->count; i++)
        if (kept == 0 || record_compare(&list->at[kept - 1], &list->at[i]) != 0)
            list->at[kept++] = list->at[i];
    list->count = kept;
}

static int hit_compare(const void *x, const void *y)
{
    const struct hit *a = x, *b = y;
    int order = 0;

    if (a->has != b->has)
        return a->has ? -1 : 1;
    if (a->has)
        order = key_compare(&a->key, &b->key);
    return order != 0 ? order : record_compare(&a->at, &b->at);
}

static int hit_key(struct query *q, const struct record_state *state, struct hit *hit)
{
    const struct group_state *g = record_group(state, schema_group_of(q->sort));
    struct group_reading reading = {0};
    int rv = g == NULL ? LINLI_OK : reading_group(&q->scratch, g, &q->r->names, &reading);

    if (rv != LINLI_OK || reading.count == 0)
        return rv;
    hit->key = (struct linli_value){.kind = LINLI_KIND_INT, .number = reading.number};
    hit->has = true;
    if (q->sort->rule == LINLI_COUNTER || q->sort->rule == LINLI_MAX)
        return LINLI_OK;
    span item = q->sort->rule == LINLI_SET ? reading.keys[0]
                                           : reading_field(reading.values[0]->bytes, q->sort->number);
    hit->has = false;
    if (item.at == NULL)
        return LINLI_OK;
    item = arena_copy(&q->arena, item);
    if (item.at == NULL)
        return LINLI_E_NOMEM;
    hit->has = value_read(item, q->sort, &hit->key) == LINLI_OK;
    return LINLI_OK;
}

/* ---- finding ---- */

/* By the condition that the index answers. */
static int index_candidates(struct query *q, const struct scope_list *scopes, struct record_list *out)
{
    linli_hash sealed;
    span value = {NULL, 0};
    linli_field field = 0;
    int rv = LINLI_OK;

    if (q->by != NULL) {
        value = index_item(q->r, q->asked->type, q->by->field, q->by->item, &sealed);
        field = q->by->field->number;
    }
    for (size_t i = 0; i < scopes->count && rv == LINLI_OK; i++) {
        out->scope = &scopes->at[i];
        rv = index_each(q->txn, scopes->at[i].number, q->asked->type, field, value, record_list_add, out);
        if (rv == LINLI_OK)
            rv = out->failed;
    }
    return rv;
}

struct ranging {
    const struct query *q;
    struct record_list *out;
};

static bool range_visit(void *ctx, span value, bool whole, const linli_id *record)
{
    struct ranging *r = ctx;

    return (whole && !item_in_range(r->q, value)) || record_list_add(r->out, record);
}

static int range_candidates(struct query *q, const struct scope_list *scopes, struct record_list *out)
{
    struct ranging ranging = {q, out};
    int rv = LINLI_OK;

    for (size_t i = 0; i < scopes->count && rv == LINLI_OK; i++) {
        out->scope = &scopes->at[i];
        rv = index_values(q->txn, scopes->at[i].number, q->asked->type, q->range->number, range_visit, &ranging);
        if (rv == LINLI_OK)
            rv = out->failed;
    }
    return rv;
}

struct placing {
    struct query *q;
    const struct scope_list *scopes;
    struct record_list *out;
    const linli_id *record;
    int rv;
};

static int scope_by_id(const void *id, const void *at)
{
    return id_compare(id, &((const struct scope_at *)at)->id);
}

static bool place_add_one(void *ctx, uint32_t scope)
{
    struct placing *p = ctx;
    struct scope_row row;

    p->rv = scope_get(p->q->txn, scope, &row);
    if (p->rv != LINLI_OK)
        return false;
    p->out->scope = bsearch(&row.id, p->scopes->at, p->scopes->count, sizeof(*p->scopes->at), scope_by_id);
    return p->out->scope == NULL || record_list_add(p->out, p->record);
}

static int among_candidates(struct query *q, const struct scope_list *scopes, struct record_list *out)
{
    struct placing placing = {q, scopes, out, NULL, LINLI_OK};
    int rv = LINLI_OK;

    for (size_t i = 0; i < q->asked->among_count && rv == LINLI_OK; i++) {
        placing.record = &q->asked->among[i];
        rv = where_each(q->txn, placing.record, place_add_one, &placing);
        if (rv == LINLI_OK)
            rv = placing.rv != LINLI_OK ? placing.rv : out->failed;
    }
    return rv;
}

/* Records that may match, by id: from the index of what tells most. */
static int candidates(struct query *q, const struct scope_list *scopes, struct record_list *out)
{
    bool ranged = q->range != NULL && q->range->indexed && q->range->seal == LINLI_SEAL_NONE && q->range->cls != LINLI_SENSITIVE;
    int rv;

    if (q->asked->among != NULL)
        rv = among_candidates(q, scopes, out);
    else if (q->searching)
        rv = search_candidates(&q->search, out);
    else if (ranged && q->by == NULL)
        rv = range_candidates(q, scopes, out);
    else
        rv = index_candidates(q, scopes, out);
    sort_once_each(out);
    return rv;
}

/* Load one; `*matches` when it is what was asked for. */
static int look(struct query *q, const struct record_at *at, struct record_state *state, bool *matches)
{
    int rv;

    arena_reset(&q->scratch);
    *state = (struct record_state){0};
    q->told.opened = 0;
    rv = view_open(q->r, &q->told, q->txn, &q->scratch, at->scope->number, &at->record, state);
    *matches = false;
    if (rv == LINLI_E_NOT_FOUND)
        return LINLI_E_CORRUPT; /* the index names what is not there */
    return rv == LINLI_OK ? record_matches(q, at, state, matches) : rv;
}

/* Hand one out. `*more`: the caller wants another. */
static int tell(struct query *q, const struct record_at *at, const struct record_state *state, query_fn fn, void *ctx,
                bool *more)
{
    int rv = q->ids_only ? LINLI_OK : disclose(&q->told);

    q->count += rv == LINLI_OK;
    *more = rv == LINLI_OK && fn(ctx, &at->scope->id, &at->record, state);
    return rv;
}

static int tell_by_id(struct query *q, const struct record_list *found, query_fn fn, void *ctx)
{
    struct record_state state;
    bool matches, more = true;
    int rv = LINLI_OK;

    for (size_t i = 0; i < found->count && more && rv == LINLI_OK; i++) {
        rv = look(q, &found->at[i], &state, &matches);
        if (rv != LINLI_OK || !matches)
            continue;
        rv = tell(q, &found->at[i], &state, fn, ctx, &more);
        more = more && q->count != q->asked->limit;
    }
    return rv;
}

static int tell_sorted(struct query *q, const struct record_list *found, query_fn fn, void *ctx)
{
    struct hit *hits = mem_zalloc(found->count + 1, sizeof(*hits));
    struct record_state state;
    size_t count = 0;
    bool matches, more = true;
    int rv = hits == NULL ? LINLI_E_NOMEM : LINLI_OK;

    for (size_t i = 0; i < found->count && rv == LINLI_OK; i++) {
        rv = look(q, &found->at[i], &state, &matches);
        if (rv != LINLI_OK || !matches)
            continue;
        hits[count].at = found->at[i];
        rv = hit_key(q, &state, &hits[count++]);
    }
    if (rv == LINLI_OK && count > 1)
        qsort(hits, count, sizeof(*hits), hit_compare);
    if (q->asked->limit != 0 && count > q->asked->limit)
        count = q->asked->limit;
    for (size_t i = 0; i < count && more && rv == LINLI_OK; i++) {
        rv = look(q, &hits[i].at, &state, &matches);
        if (rv == LINLI_OK)
            rv = tell(q, &hits[i].at, &state, fn, ctx, &more);
    }
    mem_free(hits);
    return rv;
}

/* Whether and how it is recorded: before the transaction, which is read while entries are written. */
static int told_start(struct query *q)
{
    struct audit_entry entry = {.act = LINLI_AUDIT_LIST, .type = q->asked->type, .format = ""};

    if (q->asked->scope != NULL)
        entry.scope = *q->asked->scope;
    if (q->asked->where_count > 0 || q->asked->match != NULL)
        entry.act = LINLI_AUDIT_SEARCH;
    int rv = disclosure_start(q->r, &entry, &q->told);
    if (q->asked->closed)
        q->told.keys = 0;
    return rv;
}

static int answer(struct query *q, const struct scope_list *scopes, query_fn fn, void *ctx)
{
    struct record_list found = {0};
    int rv = LINLI_OK;

    if (q->told.keys > 0)
        rv = disclose_search(&q->told, classes_asked(q));
    if (rv == LINLI_OK)
        rv = candidates(q, scopes, &found);
    if (rv == LINLI_OK)
        rv = q->sort == NULL ? tell_by_id(q, &found, fn, ctx) : tell_sorted(q, &found, fn, ctx);
    record_list_free(&found);
    return rv;
}

/* By what is found so first. */
static int answer_typed(struct query *q, const struct scope_list *scopes, query_fn fn, void *ctx)
{
    int rv;

    q->search = (struct search){.r = q->r, .txn = q->txn, .type = q->type, .scopes = scopes};
    rv = search_start(&q->search, q->asked->match);
    q->searching = true;
    if (rv == LINLI_OK)
        rv = answer(q, scopes, fn, ctx);
    search_end(&q->search);
    q->searching = false;
    return rv == LINLI_OK && q->count == 0 ? answer(q, scopes, fn, ctx) : rv;
}

int replica_query(struct replica *r, const struct linli_query *query, bool ids_only, query_fn fn, void *ctx)
{
    struct query q = {.r = r, .asked = query, .ids_only = ids_only};
    struct scope_list scopes = {0};
    int rv = told_start(&q);

    if (rv == LINLI_OK)
        rv = store_begin(r->store, false, &q.txn);
    if (rv == LINLI_OK)
        rv = query_start(&q);
    if (rv == LINLI_OK)
        rv = scope_list_make(q.txn, query->scope, query->subtree, &scopes);
    if (rv == LINLI_OK)
        rv = query->match != NULL && query->match[0] != '\0' && search_can(q.type) ? answer_typed(&q, &scopes, fn, ctx)
                                                                               : answer(&q, &scopes, fn, ctx);
    scope_list_free(&scopes);
    arena_free(&q.arena);
    arena_free(&q.scratch);
    return disclosure_end(&q.told, store_end(q.txn, rv));
}
