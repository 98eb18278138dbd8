/* Command line: records and what is about them, by the references of the schema. */
#include "about.h"

#include <stdlib.h>
#include <string.h>

void about_free(struct about *g)
{
    free(g->ids);
    free(g->types);
}

bool about_add(struct about *g, const linli_id *id, linli_type type)
{
    if (g->count == g->room) {
        size_t room = g->room == 0 ? 64 : 2 * g->room;
        void *ids = realloc(g->ids, room * sizeof(*g->ids)), *types = realloc(g->types, room * sizeof(*g->types));
        if (ids != NULL)
            g->ids = ids;
        if (types != NULL)
            g->types = types;
        if (ids == NULL || types == NULL) {
            g->code = LINLI_E_NOMEM;
            return false;
        }
        g->room = room;
    }
    g->ids[g->count] = *id;
    g->types[g->count++] = type;
    return true;
}

struct standing {
    linli_id id;
    size_t at;
};

static int standing_order(const void *x, const void *y)
{
    const struct standing *a = x, *b = y;
    int order = memcmp(&a->id, &b->id, sizeof(a->id));
    return order != 0 ? order : (a->at > b->at) - (a->at < b->at);
}

/* By their place: those that stand further ahead, too. */
static void repeats_mark(struct standing *sorted, size_t count, bool *again)
{
    qsort(sorted, count, sizeof(*sorted), standing_order);
    for (size_t i = 1; i < count; i++)
        again[sorted[i].at] = memcmp(&sorted[i - 1].id, &sorted[i].id, sizeof(linli_id)) == 0;
}

int about_once(struct about *g)
{
    struct standing *sorted = calloc(g->count + 1, sizeof(*sorted));
    bool *again = calloc(g->count + 1, sizeof(*again));
    size_t kept = 0;
    g->code = g->code == LINLI_OK && (sorted == NULL || again == NULL) ? LINLI_E_NOMEM : g->code;
    for (size_t i = 0; i < g->count && g->code == LINLI_OK; i++)
        sorted[i] = (struct standing){g->ids[i], i};
    if (g->code == LINLI_OK && g->count > 1)
        repeats_mark(sorted, g->count, again);
    for (size_t i = 0; i < g->count && g->code == LINLI_OK; i++)
        if (!again[i]) {
            g->ids[kept] = g->ids[i];
            g->types[kept++] = g->types[i];
        }
    g->count = g->code == LINLI_OK ? kept : g->count;
    free(sorted);
    free(again);
    return g->code;
}

static bool on_named(void *at, const linli_record *record)
{
    return about_add(at, linli_record_id(record), linli_record_type(record));
}

/* Records of one type that go with this one. */
static void named_add(struct about *g, linli_type about, const struct linli_schema_type *type, const linli_id *id)
{
    for (size_t i = 0; i < type->field_count && g->code == LINLI_OK; i++) {
        if (!type->fields[i].goes_with || type->fields[i].ref != about)
            continue;
        struct linli_where where = {type->fields[i].number, linli_ref(id)};
        struct linli_query query = {.type = type->number, .where = &where, .where_count = 1, .with_deleted = true, .closed = true};
        int rc = linli_query_each(g->ctx->store, &query, on_named, g);
        g->code = g->code != LINLI_OK ? g->code : rc;
    }
}

/* By the schema: visits and requests go with the person or the household that they are about; a person does not go with a household. */
int about_follow(struct about *g)
{
    size_t count = 0;
    const struct linli_schema_type *types = linli_schema_types(&count);
    for (size_t i = 0; i < g->count && g->code == LINLI_OK; i++) {
        const linli_id id = g->ids[i];
        for (size_t k = 0; k < count; k++)
            named_add(g, g->types[i], &types[k], &id);
    }
    return about_once(g);
}
