/* replica: what is set aside is adopted, as it was signed, or rejected (proto/authority.md 6). */
#include <string.h>

#include "auth/decide.h"
#include "replica/internal.h"
#include "replica/reading.h"

enum { ITEMS_PER_RULING = 48, NOBODY = SIZE_MAX };

/* A part to be ruled on. */
struct item {
    uint32_t scope, author;
    struct ruling_item said;
    size_t by;                   /* which of our own grants it is said under; NOBODY: none allows it */
};
struct ruling_on {
    struct work *w;
    const struct linli_ruling *asked;
    struct linli_ruled *done;
    uint32_t scope;              /* whose rows are looked at */
    struct item *items;
    size_t count, room;
    int failed;
};

/* --- what there is to be ruled on --- */

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
    if ((!id_is_zero(&o->asked->record) && !id_equal(&row->record, &o->asked->record)) ||
        (!o->asked->any_device && memcmp(r->authors[row->author - 1].key, o->asked->device, KEY_BYTES) != 0))
        return true;
    if (!for_want_of_right(row->reason)) {
        o->done->none++;
        return true;
    }
    o->failed = log_get(o->w->txn, o->scope, row->author, row->seq, &log);
    if (o->failed == LINLI_OK)
        o->failed = mem_grow(&o->items, &o->room, o->count + 1, sizeof(*o->items));
    if (o->failed == LINLI_OK)
        o->items[o->count++] = (struct item){o->scope, row->author, {row->seq, row->part, log.id}, NOBODY};
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

/* --- by what right --- */

/* May it be said under own[i]? What is adopted must be what that grant could have written. */
static int allows(struct work *w, size_t i, bool adopt, const struct log *log, const struct part *part, bool *out)
{
    const struct held_grant *held = &w->r->own[i];

    *out = (held->grant.rights & RIGHT_MANAGE) != 0 && clock_now_ms(&w->r->clock) < held->term_end_ms &&
           path_contains(&held->grant.path, &log->path) &&
           (!adopt || decide_right(held->grant.rights, part->cls, part->manage));
    return *out ? standing_usable(w->txn, &held->grant, out) : LINLI_OK;
}

static int right_find(struct ruling_on *o, struct item *item)
{
    struct work *w = o->w;
    struct log log;
    struct log_row row;
    struct changeset cs;

    arena_reset(&w->scratch);
    int rv = log_load(w->r, w->txn, &w->scratch, item->scope, item->author, &log);
    if (rv == LINLI_OK)
        rv = log_changeset(w->r, w->txn, &w->scratch, &log, item->said.seq, NULL, &row, &cs);
    if (rv == LINLI_OK && item->said.part >= cs.part_count)
        rv = LINLI_E_CORRUPT;
    for (size_t i = 0; i < w->r->own_count && rv == LINLI_OK && item->by == NOBODY; i++) {
        bool may = false;
        rv = allows(w, i, o->asked->adopt, &log, &cs.parts[item->said.part], &may);
        item->by = rv == LINLI_OK && may ? i : NOBODY;
    }
    return rv;
}

static int rights_find(struct ruling_on *o)
{
    int rv = LINLI_OK;

    for (size_t i = 0; i < o->count && rv == LINLI_OK; i++) {
        rv = right_find(o, &o->items[i]);
        o->done->done += o->items[i].by != NOBODY;
        o->done->refused += o->items[i].by == NOBODY;
    }
    return rv == LINLI_OK && o->done->done == 0 ? LINLI_E_REFUSED : rv;
}

/* --- the rulings --- */

/* items[0..count), of one log, under one grant. */
static int ruling_say(struct ruling_on *o, const struct item *items, size_t count)
{
    struct work *w = o->w;
    struct ruling said = {.adopt = o->asked->adopt, .author = w->r->authors[items[0].author - 1]};
    struct ruling_item rows[ITEMS_PER_RULING];
    struct scope_path path;
    struct scope_row scope;
    struct buf certificate = {0};
    bool added;
    int rv = scope_get(w->txn, items[0].scope, &scope);

    if (rv == LINLI_OK)
        rv = tree_path(w->txn, items[0].scope, &path);
    if (rv != LINLI_OK)
        return rv;
    for (size_t i = 0; i < count; i++)
        rows[i] = items[i].said;
    said.scope = scope.id;
    statement_start(w->r, &w->r->own[items[0].by].grant, &path, &said.head);
    rv = ruling_make(w->r->self.sign_secret, &said, rows, count, &certificate);
    if (rv == LINLI_OK)
        rv = authority_enter(w, buf_span(&certificate), &added);
    if (rv == LINLI_OK)
        rv = statement_record(w, &said.head, buf_span(&certificate), (span){NULL, 0}, NULL);
    buf_free(&certificate);
    return rv;
}

static bool together(const struct item *a, const struct item *b)
{
    return a->scope == b->scope && a->author == b->author && a->by == b->by;
}

static int rule_step(struct work *w, void *ctx)
{
    struct ruling_on *o = ctx;

    o->w = w;
    o->count = 0; /* a first try may have been given up */
    *o->done = (struct linli_ruled){.done = 0};
    int rv = items_find(o);
    if (rv == LINLI_OK)
        rv = rights_find(o);
    for (size_t i = 0; i < o->count && rv == LINLI_OK;) { /* rows come log by log */
        size_t end = i + 1;
        while (end < o->count && end - i < ITEMS_PER_RULING && together(&o->items[i], &o->items[end]))
            end++;
        rv = o->items[i].by != NOBODY ? ruling_say(o, o->items + i, end - i) : LINLI_OK;
        i = end;
    }
    return rv;
}

int replica_rule(struct replica *r, const struct linli_ruling *ruling, struct linli_ruled *out)
{
    struct ruling_on o = {.asked = ruling, .done = out};
    int rv = work_run(r, rule_step, &o);

    if (rv != LINLI_OK && rv != LINLI_E_NOT_FOUND && rv != LINLI_E_REFUSED)
        *out = (struct linli_ruled){.done = 0};
    mem_free(o.items);
    return rv;
}
