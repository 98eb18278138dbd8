/* replica: what is set aside is adopted, as it was signed, or rejected (proto/authority.md 6). */
#include <stdlib.h>
#include <string.h>

#include "replica/internal.h"
#include "replica/reading.h"

enum { ITEMS_PER_RULING = 48 };

/* A part to be ruled on. */
struct item {
    uint32_t scope, author;
    struct ruling_item said;
};
struct ruling_on {
    struct work *w;
    const struct linli_ruling *asked;
    uint32_t scope;              /* whose rows are looked at */
    struct item *items;
    size_t count, room;
    int failed;
};

static bool for_want_of_right(uint8_t reason)
{
    return reason == VERDICT_SCOPE || reason == VERDICT_TERM || reason == VERDICT_RIGHT || reason == VERDICT_REVOKED;
}

static bool item_add(void *ctx, const struct aside_row *row)
{
    struct ruling_on *o = ctx;
    struct replica *r = o->w->r;
    struct log_row log;

    if (row->author == 0 || row->author > r->author_count) {
        o->failed = LINLI_E_CORRUPT;
        return false;
    }
    if (!for_want_of_right(row->reason) || (!id_is_zero(&o->asked->record) && !id_equal(&row->record, &o->asked->record)) ||
        (!o->asked->any_device && memcmp(r->authors[row->author - 1].key, o->asked->device, KEY_BYTES) != 0))
        return true;
    o->failed = log_get(o->w->txn, o->scope, row->author, row->seq, &log);
    if (o->failed == LINLI_OK)
        o->failed = mem_grow(&o->items, &o->room, o->count + 1, sizeof(*o->items));
    if (o->failed == LINLI_OK)
        o->items[o->count++] = (struct item){o->scope, row->author, {row->seq, row->part, log.id}};
    return o->failed == LINLI_OK;
}

static int items_find(struct ruling_on *o)
{
    bool all = id_is_zero(&o->asked->scope);
    struct scope_list scopes = {0};
    int rv = scope_list_make(o->w->txn, all ? NULL : &o->asked->scope, true, &scopes);

    for (size_t i = 0; i < scopes.count && rv == LINLI_OK; i++) {
        o->scope = scopes.at[i].number;
        rv = aside_each(o->w->txn, o->scope, item_add, o);
        rv = rv == LINLI_OK ? o->failed : rv;
    }
    scope_list_free(&scopes);
    return rv == LINLI_OK && o->count == 0 ? LINLI_E_NOT_FOUND : rv;
}

/* Our grant under which it may be said: one that could have written any of it. */
static int right_find(struct work *w, const struct scope_path *path, struct grant *by)
{
    struct replica *r = w->r;

    for (size_t i = 0; i < r->own_count; i++) {
        const struct held_grant *held = &r->own[i];
        bool usable = false;
        if ((held->grant.rights & RIGHT_MANAGE) == 0 || clock_now_ms(&r->clock) >= held->term_end_ms ||
            !path_contains(&held->grant.path, path))
            continue;
        int rv = standing_usable(w->txn, &held->grant, &usable);
        if (rv != LINLI_OK)
            return rv;
        if (usable) {
            *by = held->grant;
            return LINLI_OK;
        }
    }
    return LINLI_E_REFUSED;
}

/* items[0..count) of one log. */
static int ruling_say(struct ruling_on *o, const struct item *items, size_t count)
{
    struct work *w = o->w;
    struct ruling said = {.adopt = o->asked->adopt, .author = w->r->authors[items[0].author - 1]};
    struct ruling_item rows[ITEMS_PER_RULING];
    struct scope_path path;
    struct scope_row scope;
    struct buf certificate = {0};
    struct grant by;
    bool added;
    int rv = scope_get(w->txn, items[0].scope, &scope);

    if (rv == LINLI_OK)
        rv = tree_path(w->txn, items[0].scope, &path);
    if (rv == LINLI_OK)
        rv = right_find(w, &path, &by);
    if (rv != LINLI_OK)
        return rv;
    for (size_t i = 0; i < count; i++)
        rows[i] = items[i].said;
    said.scope = scope.id;
    statement_start(w->r, &by, &path, &said.head);
    rv = ruling_make(w->r->self.sign_secret, &said, rows, count, &certificate);
    if (rv == LINLI_OK)
        rv = authority_enter(w, buf_span(&certificate), &added);
    if (rv == LINLI_OK)
        rv = statement_record(w, &said.head, buf_span(&certificate), (span){NULL, 0}, NULL);
    buf_free(&certificate);
    return rv;
}

static bool same_log(const struct item *a, const struct item *b)
{
    return a->scope == b->scope && a->author == b->author;
}

static int rule_step(struct work *w, void *ctx)
{
    struct ruling_on *o = ctx;

    o->w = w;
    o->count = 0; /* a first try may have been given up */
    int rv = items_find(o);
    for (size_t i = 0; i < o->count && rv == LINLI_OK;) { /* rows come log by log */
        size_t end = i + 1;
        while (end < o->count && end - i < ITEMS_PER_RULING && same_log(&o->items[i], &o->items[end]))
            end++;
        rv = ruling_say(o, o->items + i, end - i);
        i = end;
    }
    return rv;
}

int replica_rule(struct replica *r, const struct linli_ruling *ruling, size_t *count)
{
    struct ruling_on o = {.asked = ruling};
    int rv = work_run(r, rule_step, &o);

    *count = rv == LINLI_OK ? o.count : 0;
    mem_free(o.items);
    return rv;
}
