/*
 * replica: a person saves a form (spine A). For each scope that an edit touches: cite what is new there, keep contexts
 * within what is cited, seal what is to be sealed, encode the parts, take a stamp and a grant, encode the changeset, sign it if it is released last,
 * and hand it to the door, where it is judged like anybody's.
 */
#include <stdlib.h>
#include <string.h>

#include "replica/disclose.h"
#include "replica/internal.h"

/* One of our own logs during a commit. */
struct own_log {
    struct log log;
    size_t last_edit;          /* the last edit that writes here: its changeset is signed */
    struct seen_head *news;    /* heads to cite with the next changeset, by author bytes */
    size_t news_count;
    bool cited_all;            /* nothing further to cite in this commit */
};

struct committing {
    struct work *w;
    struct own_log *logs;
    size_t log_count, log_room;
    struct linli_committed done;
};

/* After this many unsigned bytes one more changeset might not fit into a run with them (proto/changeset.md 5). */
enum { RUN_HEAD_BYTES = 512, UNSIGNED_MAX = LIMIT_RUN_BYTES - RUN_HEAD_BYTES - LIMIT_CHANGESET_BYTES };

/* --- what to cite --- */

/* Heads that this log does not cite yet, or not so far. */
struct fresh_head {
    uint32_t author;
    bool named;  /* a context of what is being written names its author */
    bool before; /* the log cites its author already: this is only further */
    struct seen_head head;
    linli_stamp stamp;
};
struct news {
    struct work *w;
    const struct log *log;
    const struct edit_op *const *ops;
    size_t op_count;
    struct fresh_head *at;
    size_t count, room;
    int failed;
};

static uint64_t cited_of(const struct log *log, uint32_t author)
{
    const struct cited_row *row = log_cited_find(log, author);

    return row == NULL ? 0 : row->seq;
}

static bool ops_name(const struct edit_op *const *ops, size_t count, uint32_t author)
{
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < ops[i]->op.ctx.count; j++)
            if (ops[i]->op.ctx.at[j].author == author)
                return true;
    return false;
}

static bool news_add(void *ctx, uint32_t author, const struct head_row *head)
{
    struct news *n = ctx;
    linli_author name;
    uint64_t cited = cited_of(n->log, author);

    if (author == n->log->author || head->seq == 0 || head->seq <= cited)
        return true;
    n->failed = author_known(n->w->r, author, &name);
    if (n->failed == LINLI_OK)
        n->failed = mem_grow(&n->at, &n->room, n->count + 1, sizeof(*n->at));
    if (n->failed != LINLI_OK)
        return false;
    n->at[n->count++] = (struct fresh_head){author, ops_name(n->ops, n->op_count, author), cited > 0,
                                            {name, head->seq, head->id}, head->stamp};
    return true;
}

/* Those that are named first, then by author. */
static int fresh_compare(const void *x, const void *y)
{
    const struct fresh_head *a = x, *b = y;

    return a->named != b->named ? (int)b->named - (int)a->named : author_compare(&a->head.author, &b->head.author);
}

static int news_compare(const void *x, const void *y)
{
    const struct seen_head *a = x, *b = y;

    return author_compare(&a->author, &b->author);
}

/*
 * As many as a changeset and a log may cite: what is written names must come in, the rest as there is room. Whoever fills a
 * scope with authors must not stop those who write there.
 */
static int news_choose(struct news *n, struct own_log *own, bool all)
{
    struct replica *r = n->w->r;
    size_t left = LIMIT_AUTHORS - own->log.cited_count, room = 0;

    if (n->count > 1)
        qsort(n->at, n->count, sizeof(*n->at), fresh_compare);
    for (size_t i = 0; i < n->count; i++) {
        const struct fresh_head *f = &n->at[i];
        if (own->news_count == LIMIT_SEEN || (!all && !f->named))
            break;
        if (!f->before && left == 0)
            continue;
        int rv = mem_grow(&own->news, &room, own->news_count + 1, sizeof(*own->news));
        if (rv != LINLI_OK)
            return rv;
        own->news[own->news_count++] = f->head;
        left -= !f->before;
        r->stamp_last = hlc_observe(r->stamp_last, f->stamp, clock_now_ms(&r->clock));
    }
    own->cited_all = own->news_count == n->count;
    if (own->news_count > 1)
        qsort(own->news, own->news_count, sizeof(*own->news), news_compare);
    return LINLI_OK;
}

/* What to cite with a changeset that writes `ops`; `all` false: only whom those name. */
static int news_find(struct work *w, struct own_log *own, const struct edit_op *const *ops, size_t count, bool all)
{
    struct news n = {.w = w, .log = &own->log, .ops = ops, .op_count = count};
    int rv = LINLI_OK;

    mem_free(own->news);
    own->news = NULL;
    own->news_count = 0;
    if (own->cited_all)
        return LINLI_OK;
    rv = head_each(w->txn, own->log.scope, news_add, &n);
    if (rv == LINLI_OK)
        rv = n.failed;
    if (rv == LINLI_OK)
        rv = news_choose(&n, own, all);
    mem_free(n.at);
    return rv;
}

static int own_open(struct committing *c, const linli_id *scope, struct own_log **out)
{
    uint32_t number, author;

    for (size_t i = c->log_count; i > 0; i--)
        if (id_equal(&c->logs[i - 1].log.scope_id, scope)) {
            *out = &c->logs[i - 1];
            return LINLI_OK;
        }
    int rv = scope_number(c->w->txn, scope, &number);
    if (rv == LINLI_OK)
        rv = work_author(c->w, &c->w->r->author, &author);
    if (rv == LINLI_OK)
        rv = mem_grow(&c->logs, &c->log_room, c->log_count + 1, sizeof(*c->logs));
    if (rv != LINLI_OK)
        return rv;
    *out = &c->logs[c->log_count];
    memset(*out, 0, sizeof(**out));
    rv = log_load(c->w->r, c->w->txn, &c->w->arena, number, author, &(*out)->log);
    if (rv != LINLI_OK)
        return rv;
    c->log_count++;
    if ((*out)->log.head.frozen)
        return replica_fail(c->w->r, LINLI_E_FORK, "this device's own log is frozen after %llu",
                            (unsigned long long)(*out)->log.head.seq);
    return LINLI_OK;
}

/* --- parts --- */

static int op_order(const void *x, const void *y)
{
    const struct edit_op *const *a = x, *const *b = y;
    int order = id_compare(&(*a)->scope, &(*b)->scope);
    unsigned a_cls = group_class((*a)->op.group), b_cls = group_class((*b)->op.group);

    if (order == 0)
        order = id_compare(&(*a)->record, &(*b)->record);
    return order != 0 ? order : (a_cls > b_cls) - (a_cls < b_cls);
}

static uint32_t index_of(void *ctx, uint32_t author)
{
    const struct log *log = ctx;

    if (author == log->author)
        return 0;
    const struct cited_row *row = log_cited_find(log, author);
    return row == NULL ? UINT32_MAX : (uint32_t)(row - log->cited + 1);
}

/*
 * The context with what the log does not cite taken away. A reading may have shown what is no longer here, such as the
 * branch of a fork: replacing that means nothing to anybody.
 */
static int context_within(struct arena *a, const struct log *log, const struct context *ctx, struct context *out)
{
    struct context_entry *kept = arena_array(a, ctx->count, sizeof(*kept));
    size_t count = 0;

    if (kept == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < ctx->count; i++) {
        uint64_t most = ctx->at[i].author == log->author ? log->head.seq : cited_of(log, ctx->at[i].author);
        uint64_t seq = ctx->at[i].seq < most ? ctx->at[i].seq : most;
        if (seq > 0)
            kept[count++] = (struct context_entry){ctx->at[i].author, seq};
    }
    *out = (struct context){kept, count};
    return LINLI_OK;
}

/* Encode ops[0..count) of one record and class at the end of w->bytes. */
static int part_encode(struct work *w, struct log *cited, const struct edit_op *const *ops, size_t count,
                       struct draft_part *out)
{
    struct op *within = arena_array(&w->scratch, count, sizeof(*within));
    int rv = within == NULL ? LINLI_E_NOMEM : LINLI_OK;

    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        within[i] = ops[i]->op;
        rv = ops[i]->type == ops[0]->type ? context_within(&w->scratch, cited, &ops[i]->op.ctx, &within[i].ctx)
                                          : LINLI_E_ARG;
        if (rv == LINLI_OK)
            rv = seal_op(w, cited, ops[i], &within[i]);
    }
    size_t start = w->bytes.size;
    if (rv == LINLI_OK)
        rv = ops_encode(&w->bytes, &w->scratch, within, count, index_of, cited);
    if (rv != LINLI_OK)
        return rv;
    *out = (struct draft_part){.type = ops[0]->type, .record = ops[0]->record, .cls = group_class(ops[0]->op.group),
                               .manage = type_needs_manage(ops[0]->type)};
    rng_fill(&w->r->rng, out->salt, sizeof(out->salt));
    out->ops = span_of(NULL, w->bytes.size - start); /* its place is known when all are encoded */
    return LINLI_OK;
}

static bool same_part(const struct edit_op *a, const struct edit_op *b)
{
    return id_equal(&a->record, &b->record) && group_class(a->op.group) == group_class(b->op.group);
}

/* Ops of one scope, sorted, as parts whose bytes stand in w->bytes. */
static int parts_encode(struct work *w, struct log *cited, const struct edit_op *const *ops, size_t count,
                        struct draft_part **out, size_t *part_count)
{
    struct draft_part *parts = arena_array(&w->scratch, count, sizeof(*parts));
    size_t n = 0, at = 0;

    if (parts == NULL)
        return LINLI_E_NOMEM;
    buf_clear(&w->bytes);
    for (size_t i = 0; i < count;) {
        size_t end = i + 1;
        while (end < count && same_part(ops[i], ops[end]))
            end++;
        int rv = part_encode(w, cited, ops + i, end - i, &parts[n++]);
        if (rv != LINLI_OK)
            return rv;
        i = end;
    }
    for (size_t i = 0; i < n; i++) {
        parts[i].ops.at = w->bytes.at + at;
        at += parts[i].ops.size;
    }
    *out = parts;
    *part_count = n;
    return LINLI_OK;
}

/* --- the changeset --- */

/* The log as it will cite once this changeset is in it. */
static int preview(struct work *w, const struct own_log *own, struct log *out)
{
    *out = own->log;
    if (own->news_count == 0)
        return LINLI_OK;
    out->arena = &w->scratch;
    out->cited_room = own->log.cited_count + own->news_count;
    out->cited = arena_array(&w->scratch, out->cited_room, sizeof(*out->cited));
    if (out->cited == NULL)
        return LINLI_E_NOMEM;
    if (own->log.cited_count > 0)
        memcpy(out->cited, own->log.cited, own->log.cited_count * sizeof(*out->cited));
    return log_cite(w->txn, out, own->news, own->news_count);
}

/* Entries of the audit stand alone, and their changeset says so: what is told of it by that is told where they are not held, too. */
static uint32_t schema_of(const struct draft *draft)
{
    bool audit = draft->part_count > 0;

    for (size_t i = 0; i < draft->part_count; i++)
        audit = audit && draft->parts[i].type == TYPE_AUDIT;
    return SCHEMA_VERSION | (audit ? CHANGESET_AUDIT : 0);
}

static int draft_fill(struct work *w, const struct own_log *own, struct draft *draft, linli_hash *grant)
{
    const struct log *log = &own->log;
    struct replica *r = w->r;
    bool first = log->head.seq == 0;
    int rv = hlc_next(r->stamp_last, r->stamp_signed, clock_now_ms(&r->clock), &draft->stamp);

    if (rv == LINLI_OK && draft->stamp <= log->head.stamp)
        rv = hlc_next(log->head.stamp, log->head.stamp, clock_now_ms(&r->clock), &draft->stamp);
    if (rv == LINLI_OK)
        rv = authority_for(r, w->txn, &log->path, draft->parts, draft->part_count, draft->stamp,
                           first ? NULL : &log->head.grant, grant);
    if (rv != LINLI_OK)
        return rv;
    log_position(r, log, &draft->at);
    draft->seen = own->news;
    draft->seen_count = own->news_count;
    draft->grant = first || !hash_equal(grant, &log->head.grant) ? grant : NULL;
    draft->schema = schema_of(draft);
    return LINLI_OK;
}

/* Through the door, like anybody's changeset; only that what would be set aside is refused instead. */
static int pass(struct work *w, struct own_log *own, span entry, bool last)
{
    struct position at;
    struct changeset cs;
    struct judged judged;
    uint8_t signature[SIGNATURE_BYTES];
    bool sign = last || own->log.unsigned_bytes + entry.size > UNSIGNED_MAX;

    log_position(w->r, &own->log, &at);
    int rv = changeset_decode(&w->scratch, &at, entry, &cs);
    if (rv == LINLI_OK && sign)
        rv = changeset_sign(w->r->self.sign_secret, &cs.id, signature);
    if (rv == LINLI_OK)
        rv = door_pass(w, &own->log, &cs, entry, sign ? signature : NULL, true, &judged);
    if (rv != LINLI_OK)
        return rv;
    rv = unconfirmed_mark(w, &own->log);
    if (rv != LINLI_OK)
        return rv;
    own->log.unsigned_bytes = sign ? 0 : own->log.unsigned_bytes + entry.size;
    own->news_count = 0;
    w->r->stamp_last = w->r->stamp_signed = cs.stamp;
    return LINLI_OK;
}

/* The next changeset of this log, encoded. */
static int entry_make(struct work *w, struct own_log *own, const struct edit_op *const *ops, size_t count, bool all,
                      struct buf *entry, linli_stamp *stamp)
{
    struct draft draft = {.seen = NULL};
    struct draft_part *parts = NULL;
    struct log cited;
    linli_hash grant, id;

    arena_reset(&w->scratch);
    int rv = news_find(w, own, ops, count, all);
    if (rv == LINLI_OK)
        rv = preview(w, own, &cited);
    if (rv == LINLI_OK)
        rv = parts_encode(w, &cited, ops, count, &parts, &draft.part_count);
    draft.parts = parts;
    if (rv == LINLI_OK)
        rv = draft_fill(w, own, &draft, &grant);
    *stamp = draft.stamp;
    return rv == LINLI_OK ? changeset_encode(&w->scratch, &draft, entry, &id) : rv;
}

static int commit_scope(struct committing *c, const struct edit_op *const *ops, size_t count, size_t edit)
{
    struct work *w = c->w;
    struct own_log *own = NULL;
    struct buf entry = {0};
    linli_stamp stamp = 0;
    int rv = own_open(c, &ops[0]->scope, &own);

    if (rv == LINLI_OK)
        rv = entry_make(w, own, ops, count, true, &entry, &stamp);
    if (rv == LINLI_E_LIMIT) { /* perhaps only for what it cites besides: that can be said another time */
        own->cited_all = false;
        rv = entry_make(w, own, ops, count, false, &entry, &stamp);
    }
    if (rv == LINLI_OK)
        rv = pass(w, own, buf_span(&entry), own->last_edit == edit);
    if (rv == LINLI_OK && c->done.changesets++ == 0) {
        c->done.dot = (linli_dot){w->r->author, own->log.head.seq};
        c->done.stamp = stamp;
    }
    buf_free(&entry);
    return rv;
}

/* The edit's ops in the order of scopes, records and classes; within a part, encoding sorts them. */
static int edit_sort(struct arena *a, const struct edit *e, const struct edit_op ***out)
{
    const struct edit_op **ops = arena_array(a, e->count, sizeof(struct edit_op *));

    if (ops == NULL)
        return LINLI_E_NOMEM;
    for (size_t i = 0; i < e->count; i++)
        ops[i] = &e->ops[i];
    if (e->count > 1)
        qsort(ops, e->count, sizeof(struct edit_op *), op_order);
    *out = ops;
    return LINLI_OK;
}

/* Call `fn` for the ops of each scope of an edit. */
static int each_scope(struct committing *c, const struct edit *e, size_t edit,
                      int (*fn)(struct committing *, const struct edit_op *const *, size_t, size_t))
{
    const struct edit_op **ops = NULL;
    int rv = edit_sort(&c->w->arena, e, &ops);

    for (size_t i = 0; i < e->count && rv == LINLI_OK;) {
        size_t end = i + 1;
        while (end < e->count && id_equal(&ops[i]->scope, &ops[end]->scope))
            end++;
        rv = fn(c, ops + i, end - i, edit);
        i = end;
    }
    return rv;
}

static int open_scope(struct committing *c, const struct edit_op *const *ops, size_t count, size_t edit)
{
    struct own_log *own = NULL;
    int rv = own_open(c, &ops[0]->scope, &own);

    (void)count;
    if (rv == LINLI_OK)
        own->last_edit = edit;
    return rv;
}

static int heads_save(struct committing *c)
{
    struct work *w = c->w;
    int rv = LINLI_OK;

    for (size_t i = 0; i < c->log_count && rv == LINLI_OK; i++) {
        const struct log *log = &c->logs[i].log;
        struct linli_event event = {.kind = LINLI_EVENT_SCOPE_HEADS, .scope = log->scope_id, .author = log->name,
                                    .seq = log->head.seq};
        if (!log->changed)
            continue;
        rv = log_save(w->txn, log);
        if (rv == LINLI_OK)
            rv = work_event(w, &event);
    }
    w->advanced = w->advanced || c->done.changesets > 0;
    return rv;
}

int commit_edits(struct work *w, struct edit *const *edits, size_t count, struct linli_committed *out)
{
    struct committing c = {.w = w};
    int rv = incarnation_renew(w);

    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = each_scope(&c, edits[i], i, open_scope);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++)
        rv = each_scope(&c, edits[i], i, commit_scope);
    if (rv == LINLI_OK)
        rv = heads_save(&c);
    if (rv == LINLI_OK && out != NULL)
        *out = c.done;
    for (size_t i = 0; i < c.log_count; i++)
        mem_free(c.logs[i].news);
    mem_free(c.logs);
    return rv;
}

struct commit_call {
    struct edit *const *edits;
    size_t count;
    struct linli_committed done;
};

static int commit_step(struct work *w, void *ctx)
{
    struct commit_call *call = ctx;
    int rv = keys_ready(w, call->edits, call->count);

    if (rv == LINLI_OK)
        rv = commit_edits(w, call->edits, call->count, &call->done);
    return rv == LINLI_OK ? ingest_waiting(w) : rv;
}

int replica_commit(struct replica *r, struct edit *const *edits, size_t count, struct linli_committed *out)
{
    struct commit_call call = {.edits = edits, .count = count};
    size_t ops = 0;

    for (size_t i = 0; i < count; i++)
        ops += edits[i]->count;
    int rv = ops > 0 ? work_run(r, commit_step, &call) : LINLI_OK;
    if (rv == LINLI_OK && out != NULL)
        *out = call.done;
    return rv;
}
