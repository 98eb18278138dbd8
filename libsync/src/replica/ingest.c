/*
 * replica: a run arrives (spine B). It is opened (authentic or nothing), attached to the log held, passed over where it is
 * held already, and each changeset that is new goes through the door. What cites things not here waits; two changesets of
 * one dot freeze the log.
 */
#include <string.h>

#include "replica/erasing.h"

/* A run under way. Everything in it lies in `arena`, which is reset for the next run. */
struct arrival {
    struct work *w;
    struct arena *arena;
    span bytes;
    struct run run;
    struct changeset *changesets;
    struct log log;
    struct ingested *out;
};

static uint64_t run_last(const struct run *run)
{
    return run->first + run->count - 1;
}

static int part_trim(struct arrival *v, const struct erased *erased, const struct changeset *cs, struct part *part,
                     enum part_carried as, bool *changed)
{
    if (as == PART_HELD)
        return erased->any ? erase_arrived(v->w, v->arena, &v->log, cs, part) : LINLI_OK;
    if (part->carried != as) {
        *changed = true;
        *part = (struct part){.carried = as, .cls = part->cls, .manage = part->manage, .size = part->size, .hash = part->hash};
    }
    return LINLI_OK;
}

/* Nobody's word is taken on why something is not there. */
static bool words_drop(struct changeset *cs)
{
    bool any = false;

    for (size_t i = 0; i < cs->part_count; i++)
        if (cs->parts[i].carried == PART_ERASED || cs->parts[i].carried == PART_PRUNED) {
            cs->parts[i].carried = PART_ABSENT;
            any = true;
        }
    return any;
}

/* A changeset as we keep it: without what we may not read, and without what was erased. */
static int entry_trim(struct arrival *v, size_t i, unsigned readable, bool *changed)
{
    struct changeset *cs = &v->changesets[i];
    enum part_carried *as = arena_array(v->arena, cs->part_count + 1, sizeof(*as));
    struct buf trimmed = {0};
    struct erased erased;
    bool differs = words_drop(cs);
    int rv = as == NULL ? LINLI_E_NOMEM : erased_look(v->w->txn, v->arena, &v->log, cs, &erased);

    for (size_t p = 0; p < cs->part_count && rv == LINLI_OK; p++) {
        as[p] = erased_carried(&cs->parts[p], erased_mark(&erased, p), readable);
        rv = part_trim(v, &erased, cs, &cs->parts[p], as[p], &differs);
    }
    if (rv != LINLI_OK || !differs)
        return rv;
    rv = entry_as(v->run.entries[i], as, cs->part_count, &trimmed);
    if (rv == LINLI_OK)
        v->run.entries[i] = arena_copy(v->arena, buf_span(&trimmed));
    buf_free(&trimmed);
    *changed = true;
    return rv == LINLI_OK && v->run.entries[i].at == NULL ? LINLI_E_NOMEM : rv;
}

static int trim(struct arrival *v)
{
    unsigned readable = authority_readable(v->w->r, &v->log.path);
    struct buf bytes = {0};
    bool changed = false;
    int rv = LINLI_OK;

    for (size_t i = 0; i < v->run.count && rv == LINLI_OK; i++)
        rv = entry_trim(v, i, readable, &changed);
    if (rv != LINLI_OK || !changed)
        return rv;
    rv = run_encode(&v->run, &bytes);
    if (rv == LINLI_OK)
        v->bytes = arena_copy(v->arena, buf_span(&bytes));
    buf_free(&bytes);
    return rv == LINLI_OK && v->bytes.at == NULL ? LINLI_E_NOMEM : rv;
}

/* Decode, prove, find the log. Nothing is written, and no author numbered, before something is to be stored. */
static int arrive(struct arrival *v)
{
    struct work *w = v->w;
    uint32_t scope, author = 0;
    int rv = run_decode(v->arena, v->bytes, &v->run);

    if (rv != LINLI_OK)
        return rv;
    v->out->scope = v->run.scope;
    v->out->author = v->run.author;
    rv = scope_number(w->txn, &v->run.scope, &scope);
    if (rv == LINLI_OK)
        rv = run_open(v->arena, &v->run, &w->r->self.network, &v->changesets);
    if (rv == LINLI_OK)
        rv = author_number(w->txn, &v->run.author, false, &author);
    if (rv == LINLI_E_NOT_FOUND && v->changesets != NULL)
        rv = LINLI_OK;
    if (rv == LINLI_OK)
        rv = log_load(w->r, w->txn, v->arena, scope, author, &v->log);
    v->log.name = v->run.author;
    v->out->head = v->log.head.seq;
    return rv == LINLI_OK ? trim(v) : rv;
}

/* The id held at this seq of the log, zero before its first. */
static int id_at(struct arrival *v, uint64_t seq, linli_hash *out)
{
    struct log_row row;

    memset(out, 0, sizeof(*out));
    if (seq == 0)
        return LINLI_OK;
    if (seq == v->log.head.seq) {
        *out = v->log.head.id;
        return LINLI_OK;
    }
    int rv = log_get(v->w->txn, v->log.scope, v->log.author, seq, &row);
    if (rv == LINLI_OK)
        *out = row.id;
    return rv == LINLI_E_NOT_FOUND ? LINLI_E_CORRUPT : rv;
}

/* It begins after what is held: behind a run that waits itself, or with a gap. */
static int not_attached(struct arrival *v)
{
    struct missing before = {false, v->run.prev, v->run.author, v->run.first - 1};
    struct run waiting;
    bool kept;

    if (v->log.head.frozen) {
        v->out->outcome = INGEST_FORKED; /* whatever it is, it is past the end of this log */
        return LINLI_OK;
    }
    int rv = waiting_find(v->w->txn, v->arena, &v->run.scope, &v->run.author, v->run.first - 1, &waiting);
    if (rv == LINLI_OK) {
        v->out->outcome = INGEST_WAITING;
        return waiting_put(v->w, &v->run, v->bytes, &before, &kept);
    }
    v->out->outcome = INGEST_GAP;
    v->out->from = v->log.head.seq + 1;
    return rv == LINLI_E_NOT_FOUND ? LINLI_OK : rv;
}

/* It hangs on another branch, which parts from ours before it: ask from further back, twice as far each time. */
static void ask_back(struct arrival *v)
{
    uint64_t back = 2 * (v->log.head.seq + 1 - v->run.first) + 1;

    v->out->outcome = INGEST_GAP;
    v->out->from = v->run.first > back ? v->run.first - back : 1;
}

/* How many of the run's changesets are held. `*forked`: the next one has another id than what is held there. */
static int overlap(struct arrival *v, size_t *held, bool *forked)
{
    linli_hash id;
    int rv = LINLI_OK;

    *forked = false;
    for (*held = 0; *held < v->run.count && v->run.first + *held <= v->log.head.seq; ++*held) {
        rv = id_at(v, v->run.first + *held, &id);
        *forked = rv == LINLI_OK && !hash_equal(&id, &v->changesets[*held].id);
        if (rv != LINLI_OK || *forked)
            break;
    }
    return rv;
}

/* All is held; but its last may be one whose signature was not. */
static int signature_keep(struct arrival *v)
{
    uint64_t last = run_last(&v->run);
    struct log_row row;

    if (last <= v->log.head.signed_seq)
        return LINLI_OK;
    int rv = log_get(v->w->txn, v->log.scope, v->log.author, last, &row);
    if (rv != LINLI_OK || row.has_signature)
        return rv;
    row.entry = arena_copy(v->arena, row.entry);
    row.verdicts = arena_copy(v->arena, row.verdicts);
    if (row.entry.at == NULL || row.verdicts.at == NULL)
        return LINLI_E_NOMEM;
    row.has_signature = true;
    memcpy(row.signature, v->run.signature, SIGNATURE_BYTES);
    v->log.head.signed_seq = last;
    v->log.changed = true;
    return log_put(v->w->txn, v->log.scope, v->log.author, last, &row);
}

/* The form of what is new, as far as it takes the log to tell: a fault refuses the run before any of it is stored. */
static int form_check(struct arrival *v, size_t held)
{
    uint64_t seq = v->log.head.seq;
    linli_stamp stamp = v->log.head.stamp;
    const linli_hash *grant = &v->log.head.grant;
    size_t cited = v->log.cited_count;
    int rv = LINLI_OK;

    for (size_t i = held; i < v->run.count && rv == LINLI_OK; i++) {
        const struct changeset *cs = &v->changesets[i];
        rv = judge_form(seq, stamp, grant, cs);
        seq = cs->at.seq;
        stamp = cs->stamp;
        grant = cs->has_grant ? &cs->grant : grant;
        cited += cs->seen_count;
    }
    return rv == LINLI_OK && cited > LIMIT_AUTHORS ? log_cited_room(v->w->txn, &v->log, v->changesets + held,
                                                                    v->run.count - held)
                                                   : rv;
}

static int heads_event(struct arrival *v)
{
    struct linli_event event = {.kind = LINLI_EVENT_SCOPE_HEADS, .scope = v->run.scope, .author = v->run.author,
                                .seq = v->log.head.seq};

    v->w->advanced = true;
    return work_event(v->w, &event);
}

/*
 * How far the run can go now: up to the first that cites a head not held; nowhere when it cites a grant not held, for that
 * may turn out to be another's, and then nobody keeps any of the run. LINLI_OK; or LINLI_E_WAIT, with `*end` and what is
 * missing; LINLI_E_FORMAT.
 */
static int look_ahead(struct arrival *v, size_t held, size_t *end, struct missing *missing)
{
    struct held_grant grant;
    int rv = LINLI_OK;

    *end = held;
    for (size_t i = held; i < v->run.count && rv == LINLI_OK; i++)
        if (v->changesets[i].has_grant)
            rv = judge_grant(v->w->txn, &v->run.author, &v->changesets[i].grant, &grant, missing);
    for (; *end < v->run.count && rv == LINLI_OK; *end += rv == LINLI_OK)
        rv = judge_seen_all(v->w->txn, v->log.scope, &v->changesets[*end], missing);
    return rv;
}

/* One changeset through the door. What speaks of the run was looked at before any of it was stored: now it is a fault here. */
static int pass_one(struct arrival *v, size_t i)
{
    const struct changeset *cs = &v->changesets[i];
    const uint8_t *signature = i + 1 == v->run.count ? v->run.signature : NULL;
    struct replica *r = v->w->r;
    struct judged judged;

    arena_reset(&v->w->scratch);
    int rv = door_pass(v->w, &v->log, cs, v->run.entries[i], signature, false, &judged);
    if (rv != LINLI_OK)
        return ingest_fault(rv) || rv == LINLI_E_WAIT ? LINLI_E_INTERNAL : rv;
    r->stamp_last = hlc_observe(r->stamp_last, cs->stamp, clock_now_ms(&r->clock));
    v->out->advanced++;
    for (size_t p = 0; p < cs->part_count; p++)
        v->out->set_aside += verdict_aside(judged.verdicts[p]);
    return LINLI_OK;
}

/* What is new, one by one through the door, up to what must wait. The run behind it proves what goes in: no room, nothing in. */
static int pass_new(struct arrival *v, size_t held)
{
    struct missing missing;
    size_t end;
    bool kept = true;
    int rv = look_ahead(v, held, &end, &missing);

    v->out->outcome = rv == LINLI_E_WAIT ? INGEST_WAITING : INGEST_STORED;
    if (rv == LINLI_E_WAIT)
        rv = waiting_put(v->w, &v->run, v->bytes, &missing, &kept);
    if (rv != LINLI_OK || !kept || end == held)
        return rv;
    if (v->log.author == 0)
        rv = work_author(v->w, &v->run.author, &v->log.author);
    for (size_t i = held; i < end && rv == LINLI_OK; i++)
        rv = pass_one(v, i);
    if (rv == LINLI_OK)
        rv = quota_count(v->w, &v->log, v->changesets + held, end - held);
    return rv == LINLI_OK ? heads_event(v) : rv;
}

/* What is held comes again: it may carry what was left out here. */
static int fill_held(struct arrival *v, size_t held)
{
    struct filling f = {.w = v->w, .log = &v->log};
    int rv = LINLI_OK;

    for (size_t i = 0; i < held && rv == LINLI_OK; i++) {
        arena_reset(&v->w->scratch);
        rv = fill_from(&f, v->run.first + i, v->run.entries[i]);
    }
    fill_end(&f);
    return ingest_fault(rv) ? LINLI_E_INTERNAL : rv;
}

static int fork(struct arrival *v, size_t held)
{
    struct fork_found found = {v->run.first + held - 1, &v->run, v->changesets};

    v->out->outcome = INGEST_FORKED;
    return fork_freeze(v->w, &v->log, &found);
}

/* What would make the log longer: a frozen one grows no more. */
static int quota_check(struct arrival *v, bool *held_back)
{
    if (v->log.head.frozen)
        return LINLI_OK;
    int rv = quota_reached(v->w, &v->log, held_back);
    if (*held_back)
        v->out->outcome = INGEST_HELD_BACK;
    return rv;
}

/* It does not attach; where nothing that would make it attach is taken, that is not asked for again and again. */
static int take_apart(struct arrival *v)
{
    bool held_back = false;
    int rv = quota_check(v, &held_back);

    return rv == LINLI_OK && !held_back ? not_attached(v) : rv;
}

static int take_new(struct arrival *v, size_t held)
{
    bool held_back = false;

    if (v->log.head.frozen) {
        v->out->outcome = INGEST_FORKED; /* a branch of a fork that is known, or another: the log ends here */
        return LINLI_OK;
    }
    int rv = form_check(v, held);
    if (rv == LINLI_OK)
        rv = quota_check(v, &held_back);
    return rv == LINLI_OK && !held_back ? pass_new(v, held) : rv;
}

/* Whether it forks the log is seen at any quota. */
static int take(struct arrival *v)
{
    linli_hash before;
    size_t held;
    bool forked;

    if (v->run.first > v->log.head.seq + 1)
        return take_apart(v);
    int rv = id_at(v, v->run.first - 1, &before);
    if (rv != LINLI_OK)
        return rv;
    if (!hash_equal(&before, &v->run.prev)) {
        ask_back(v);
        return LINLI_OK;
    }
    rv = overlap(v, &held, &forked);
    if (rv != LINLI_OK)
        return rv;
    if (forked)
        return fork(v, held);
    rv = fill_held(v, held);
    if (rv != LINLI_OK)
        return rv;
    return held == v->run.count ? signature_keep(v) : take_new(v, held);
}

/* One run, from bytes to rows. A run that waited and now does not leaves the queue. */
static int ingest_one(struct work *w, struct arena *arena, span bytes, bool waited, struct ingested *out)
{
    struct arrival v = {.w = w, .arena = arena, .bytes = bytes, .out = out};

    *out = (struct ingested){.outcome = INGEST_STORED};
    int rv = arrive(&v);
    if (rv == LINLI_OK)
        rv = take(&v);
    if (rv == LINLI_OK)
        rv = log_save(w->txn, &v.log);
    out->head = v.log.head.seq;
    if (waited && (ingest_fault(rv) || (rv == LINLI_OK && out->outcome != INGEST_WAITING))) {
        int dropped = waiting_drop(w, &v.run);
        rv = dropped != LINLI_OK ? dropped : rv;
    }
    return rv;
}

bool ingest_fault(int code)
{
    return code == LINLI_E_SIGNATURE || code == LINLI_E_FORMAT || code == LINLI_E_LIMIT || code == LINLI_E_NOT_FOUND;
}

int ingest_waiting(struct work *w)
{
    struct arena arena = {0};
    struct ingested out;
    int rv = LINLI_OK;

    while (rv == LINLI_OK && w->advanced) {
        span bytes;
        rv = waiting_ready(w->txn, &arena, &bytes);
        if (rv == LINLI_E_NOT_FOUND) {
            rv = LINLI_OK;
            break;
        }
        if (rv == LINLI_OK)
            rv = ingest_one(w, &arena, bytes, true, &out);
        rv = ingest_fault(rv) ? LINLI_OK : rv;
        arena_reset(&arena);
    }
    arena_free(&arena);
    return rv;
}

struct ingest_call {
    const span *runs;
    size_t count;
    struct ingested *outs;
    int *codes;
};

/* What waited in this very call may have gone on with a later run of it. */
static int outcomes_refresh(struct work *w, struct arena *arena, struct ingest_call *call)
{
    for (size_t i = 0; i < call->count; i++) {
        struct ingested *out = &call->outs[i];
        struct log log;
        struct run run;
        uint32_t scope, author;
        if (call->codes[i] != LINLI_OK || out->outcome != INGEST_WAITING)
            continue;
        arena_reset(arena);
        int rv = run_decode(arena, call->runs[i], &run);
        if (rv == LINLI_OK)
            rv = scope_number(w->txn, &out->scope, &scope);
        if (rv == LINLI_OK)
            rv = author_number(w->txn, &out->author, false, &author);
        if (rv == LINLI_E_NOT_FOUND)
            continue; /* nothing of its author was ever stored */
        if (rv == LINLI_OK)
            rv = log_load(w->r, w->txn, arena, scope, author, &log);
        if (rv != LINLI_OK)
            return rv;
        out->advanced += log.head.seq > out->head ? log.head.seq - out->head : 0;
        out->head = log.head.seq;
        if (log.head.frozen)
            out->outcome = INGEST_FORKED;
        else if (log.head.seq >= run_last(&run))
            out->outcome = INGEST_STORED;
    }
    return LINLI_OK;
}

static int ingest_step(struct work *w, void *ctx)
{
    struct ingest_call *call = ctx;
    struct arena arena = {0};
    int rv = LINLI_OK;

    for (size_t i = 0; i < call->count && rv == LINLI_OK; i++) {
        rv = ingest_one(w, &arena, call->runs[i], false, &call->outs[i]);
        call->codes[i] = rv;
        rv = ingest_fault(rv) ? LINLI_OK : rv; /* the peer's: it does not touch the others */
        arena_reset(&arena);
    }
    if (rv == LINLI_OK)
        rv = ingest_waiting(w);
    if (rv == LINLI_OK)
        rv = outcomes_refresh(w, &arena, call);
    arena_free(&arena);
    return rv;
}

int replica_ingest(struct replica *r, const span *runs, size_t count, struct ingested *outs, int *codes)
{
    struct ingest_call call = {runs, count, outs, codes};

    return count > 0 ? work_run(r, ingest_step, &call) : LINLI_OK;
}

struct below_call {
    struct ingest_call call;
    const struct scope_path *path;
};

static int below_step(struct work *w, void *ctx)
{
    struct below_call *below = ctx;
    uint32_t scope;
    int rv = tree_learn(w, below->path, &scope);

    if (rv == LINLI_OK)
        rv = ingest_step(w, &below->call);
    if (rv != LINLI_OK)
        return rv;
    return below->call.codes[0] == LINLI_OK && below->call.outs[0].advanced > 0 ? LINLI_OK : LINLI_E_NOT_FOUND;
}

int replica_ingest_below(struct replica *r, const struct scope_path *path, span run, struct ingested *out, int *code)
{
    struct below_call below = {.call = {&run, 1, out, code}, .path = path};

    *code = LINLI_E_NOT_FOUND;
    if (path->depth >= LIMIT_SCOPE_DEPTH)
        return LINLI_OK;
    int rv = work_run(r, below_step, &below);
    if (rv != LINLI_E_NOT_FOUND)
        return rv;
    *code = *code == LINLI_OK ? LINLI_E_NOT_FOUND : *code;
    return LINLI_OK;
}
