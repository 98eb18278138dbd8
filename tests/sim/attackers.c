/*
 * sim: somebody with a good device key and bad intentions: changesets that no honest program writes, signed all the same,
 * taken in by the attacker's own store and spread from there or sent at a peer directly; a cloned store; spoilt messages.
 */
#include "changeset/layout.h"
#include "codec/writer.h"
#include "replica/internal.h"
#include "session/message.h"
#include "sim.h"

enum { WIRE_AUTHORS_MAX = 64 };

/* One crafted changeset. */
struct craft {
    struct world *w;
    struct place *p;
    struct log log;
    struct draft draft;
    struct draft_part part, parts[2];
    struct seen_head seen[2];
    linli_hash grant;
    struct buf ops;
    bool swap;       /* its parts are put in the wrong order */
    bool oversize;   /* it declares one more, which leaves no room for both */
    bool everywhere; /* sent at peers beside being taken in here */
};

/* --- ops, written by hand so that they may be wrong --- */

static void field_value(struct world *w, struct buf *out)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "attack %u", (unsigned)draw(w, 1000));

    write_map(out, 1);
    write_uint(out, 1);
    write_text(out, text, (size_t)n);
}

static void one_op(struct buf *out, uint32_t group)
{
    write_array(out, 1);
    write_array(out, 4);
    write_uint(out, group);
    write_nil(out);
}

/* A context over everything this log cites: a lie if its writer was not shown it, but one that nobody can tell. */
static void context_all(struct craft *c, uint64_t beyond)
{
    size_t count = c->log.cited_count < WIRE_AUTHORS_MAX ? c->log.cited_count : WIRE_AUTHORS_MAX;
    bool own = c->log.head.seq > 0;

    write_array(&c->ops, 2 * (count + (own ? 1 : 0)));
    if (own) {
        write_uint(&c->ops, 0);
        write_uint(&c->ops, c->log.head.seq);
    }
    for (size_t i = 0; i < count; i++) {
        write_uint(&c->ops, i + 1);
        write_uint(&c->ops, c->log.cited[i].seq + beyond);
    }
}

static void ops_plain(struct craft *c, uint32_t group)
{
    one_op(&c->ops, group);
    write_array(&c->ops, 0);
    field_value(c->w, &c->ops);
}

static void ops_lie(struct craft *c)
{
    uint32_t group = group_number(2 + (uint32_t)draw(c->w, 3), RULE_REGISTER, CLASS_PERSONAL);

    one_op(&c->ops, group);
    context_all(c, chance(c->w, 400) ? 1 + draw(c->w, 1000000) : 0);
    field_value(c->w, &c->ops);
    if (chance(c->w, 200) && c->log.cited_count > 0) { /* a head that is not there, or not yet */
        const struct replica *r = c->p->store->replica;
        struct seen_head *s = &c->seen[0];
        s->author = r->authors[c->log.cited[0].author - 1];
        s->seq = c->log.cited[0].seq + 1 + draw(c->w, 3);
        for (size_t i = 0; i < sizeof(s->id.b); i++)
            s->id.b[i] = (uint8_t)draw(c->w, 256);
        c->draft.seen = c->seen;
        c->draft.seen_count = 1;
        c->everywhere = true;
    }
}

/* Canonical MessagePack that is no list of ops, or one that belies what the header says. */
static void ops_bad(struct craft *c)
{
    static const uint32_t groups[] = {
        2 << 5 | RULE_SET << 2 | CLASS_PERSONAL,     2 << 5 | 6 << 2 | CLASS_PERSONAL, 2 << 5 | RULE_MAX << 2 | CLASS_PERSONAL,
        2 << 5 | RULE_LADDER << 2 | CLASS_PERSONAL,  2 << 5 | RULE_LOG << 2 | CLASS_PERSONAL,
        2 << 5 | RULE_REGISTER << 2 | CLASS_PUBLIC,  900 << 5 | RULE_REGISTER << 2 | CLASS_PERSONAL,
        2 << 5 | RULE_COUNTER << 2 | CLASS_PERSONAL, 2 << 5 | RULE_REGISTER << 2 | 3,
        6 << 5 | RULE_LADDER << 2 | CLASS_PERSONAL,  GROUP_LIFE,
    };
    struct world *w = c->w;

    one_op(&c->ops, groups[draw(w, COUNT_OF(groups))]);
    write_array(&c->ops, 0);
    switch (draw(w, 6)) {
    case 0: write_nil(&c->ops); break;
    case 1: write_int(&c->ops, INT64_MIN); break;
    case 2: write_bool(&c->ops, true); break;
    case 3: write_bin(&c->ops, "sealed, as it were", 18); break;
    case 4:
        write_map(&c->ops, 2);
        write_uint(&c->ops, 0);
        write_int(&c->ops, (int64_t)draw(w, 4) - 1);
        write_uint(&c->ops, 6);
        write_int(&c->ops, (int64_t)draw(w, 9));
        break;
    case 5: field_value(w, &c->ops); break;
    }
    if (chance(w, 150))
        c->part.type = (linli_type)(700 + 2 * draw(w, 3)); /* of a newer version */
    if (chance(w, 150))
        c->part.cls = CLASS_SENSITIVE;
    if (chance(w, 150))
        c->part.manage = !c->part.manage;
}

static bool any_grant(void *ctx, const struct linli_grant *grant)
{
    struct craft *c = ctx;

    if (chance(c->w, 300)) {
        c->grant = grant->id;
        c->draft.grant = &c->grant;
    }
    return true;
}

static void rights_bad(struct craft *c)
{
    c->part.cls = chance(c->w, 500) ? CLASS_PUBLIC : CLASS_PERSONAL;
    ops_plain(c, group_number(1, RULE_REGISTER, (enum data_class)c->part.cls));
    if (chance(c->w, 500)) {
        c->part.type = TYPE_SCOPE;
        c->part.manage = true;
        c->part.record = c->log.scope_id;
    }
    if (chance(c->w, 400))
        (void)replica_grant_each(c->p->store->replica, any_grant, c);
}

static void stamp_bad(struct craft *c)
{
    static const uint64_t far[] = {UINT64_C(0xffffffffff000000), UINT64_C(1) << 62, UINT64_C(0x7fffffffffff0000)};
    linli_stamp stamp = chance(c->w, 500) ? c->log.head.stamp + 1 : far[draw(c->w, COUNT_OF(far))] + draw(c->w, 1000);

    if (stamp > c->log.head.stamp)
        c->draft.stamp = stamp;
    ops_plain(c, group_number(2, RULE_REGISTER, CLASS_PERSONAL));
}

/* --- signing and sending --- */

static void spread(struct craft *c, span run)
{
    struct buf message = {0};

    ALWAYS(run_message_encode(&message, run) == LINLI_OK);
    for (struct peer *p = c->p->node->peers; p != NULL; p = p->next)
        if (p->stage == PEER_TALKING && p->session != NULL && wire_send(p, STREAM_BACKFILL, buf_span(&message)) == LINLI_OK)
            (void)wire_flush(p);
    buf_free(&message);
}

/* The two parts of an entry the other way round: they are of one class, so that the tail says the same. */
static int parts_swap(struct craft *c, struct arena *a, struct buf *entry, linli_hash *id)
{
    struct changeset cs;
    struct buf swapped = {0};
    int rv = changeset_decode(a, &c->draft.at, buf_span(entry), &cs);

    if (rv == LINLI_OK && cs.part_count == 2) {
        write_array(&swapped, 2);
        write_raw(&swapped, cs.tail);
        write_array(&swapped, 2);
        write_raw(&swapped, cs.parts[1].bytes);
        write_raw(&swapped, cs.parts[0].bytes);
        rv = changeset_decode(a, &c->draft.at, buf_span(&swapped), &cs);
        *id = cs.id;
        buf_clear(entry);
        (void)buf_append(entry, swapped.at, swapped.size);
    }
    buf_free(&swapped);
    return rv;
}

/* The part and its hash alone, behind a tail that promises another, as long as an entry may be. No peer may take it in. */
static void entry_oversize(struct craft *c, struct arena *a, struct buf *entry, linli_hash *id)
{
    struct changeset cs;
    struct buf tail = {0};
    struct hasher h;

    ALWAYS(changeset_decode(a, &c->draft.at, buf_span(entry), &cs) == LINLI_OK && cs.part_count == 1);
    linli_hash hash = cs.parts[0].hash;
    write_array(&tail, TAIL_FIELDS);
    write_array(&tail, 0);
    if (cs.has_grant)
        write_bin(&tail, cs.grant.b, HASH_BYTES);
    else
        write_nil(&tail);
    write_uint(&tail, cs.stamp);
    write_uint(&tail, cs.schema);
    write_array(&tail, 2);
    write_uint(&tail, cs.parts[0].size << 3 | cs.parts[0].cls << 1 | (cs.parts[0].manage ? 1 : 0));
    write_uint(&tail, LIMIT_CHANGESET_BYTES << 3);
    changeset_hash_start(&h, &c->draft.at, buf_span(&tail));
    hasher_add(&h, hash.b, HASH_BYTES);
    hasher_add(&h, hash.b, HASH_BYTES);
    hasher_end(&h, id->b, HASH_BYTES);
    struct buf whole = {0};
    write_array(&whole, 2);
    write_raw(&whole, buf_span(&tail));
    write_array(&whole, 2);
    write_raw(&whole, cs.parts[0].bytes);
    write_array(&whole, 2);
    write_uint(&whole, PART_ABSENT);
    write_bin(&whole, hash.b, HASH_BYTES);
    buf_free(&tail);
    buf_free(entry);
    *entry = whole;
}

static void sign_and_take(struct craft *c)
{
    struct replica *r = c->p->store->replica;
    struct arena a = {0};
    struct buf entry = {0}, bytes = {0};
    struct ingested done = {.outcome = INGEST_STORED};
    int code = LINLI_OK;
    linli_hash id;
    span entries[1], runs[1];

    int rv = changeset_encode(&a, &c->draft, &entry, &id);
    if (rv == LINLI_OK && c->swap)
        rv = parts_swap(c, &a, &entry, &id);
    else if (rv == LINLI_OK && c->oversize)
        entry_oversize(c, &a, &entry, &id);
    if (rv == LINLI_OK) {
        entries[0] = buf_span(&entry);
        struct run run = {.scope = c->draft.at.scope, .author = c->draft.at.author, .first = c->draft.at.seq,
                          .prev = c->draft.at.prev, .entries = entries, .count = 1};
        rv = changeset_sign(r->self.sign_secret, &id, run.signature);
        if (rv == LINLI_OK)
            rv = run_encode(&run, &bytes);
        runs[0] = buf_span(&bytes);
        if (rv == LINLI_OK)
            rv = replica_ingest(r, runs, 1, &done, &code);
        if (rv == LINLI_OK && (c->everywhere || chance(c->w, 300)))
            spread(c, buf_span(&bytes));
        if (rv == LINLI_OK && c->oversize && code != LINLI_E_LIMIT)
            world_fail(c->w, "%u took in a changeset that nobody can hold: %s", c->p->number, linli_code_name(code));
    }
    world_log(c->w, "%u attacks: %s, %s, outcome %d, %llu set aside", c->p->number, linli_code_name(rv), linli_code_name(code),
              (int)done.outcome, (unsigned long long)done.set_aside);
    buf_free(&entry);
    buf_free(&bytes);
    arena_free(&a);
}

static int log_open(struct craft *c, struct store_txn *txn, struct arena *a, const linli_id *scope_id)
{
    struct replica *r = c->p->store->replica;
    uint32_t scope, author;
    int rv = scope_number(txn, scope_id, &scope);

    if (rv == LINLI_OK)
        rv = author_number(txn, &r->author, false, &author);
    if (rv == LINLI_OK)
        rv = log_load(r, txn, a, scope, author, &c->log);
    if (rv == LINLI_OK && c->log.head.frozen)
        rv = LINLI_E_FORK;
    return rv;
}

static void draft_start(struct craft *c)
{
    struct replica *r = c->p->store->replica;

    log_position(r, &c->log, &c->draft.at);
    c->draft.stamp = hlc_make(place_now(c->p), 0);
    if (c->draft.stamp <= c->log.head.stamp)
        c->draft.stamp = c->log.head.stamp + 1;
    c->draft.schema = SCHEMA_VERSION;
    c->draft.parts = &c->part;
    c->draft.part_count = 1;
    if (c->log.head.seq == 0 && r->own_count > 0) {
        c->grant = r->own[0].grant.id;
        c->draft.grant = &c->grant;
    }
    c->part = (struct draft_part){.type = 4 << 1, .cls = CLASS_PERSONAL};
    c->part.record = c->w->record_count > 0 && chance(c->w, 800) ? c->w->records[draw(c->w, c->w->record_count)] : c->log.scope_id;
    for (size_t i = 0; i < SALT_BYTES; i++)
        c->part.salt[i] = (uint8_t)draw(c->w, 256);
}

static void craft(struct world *w, struct place *p, enum fault how)
{
    struct replica *r = p->store->replica;
    struct craft c = {.w = w, .p = p};
    struct store_txn *txn = NULL;
    struct arena a = {0};
    unsigned scope = (unsigned)draw(w, w->scope_count);
    int rv = store_begin(r->store, false, &txn);

    if (how != FAULT_RIGHTS)
        for (unsigned tries = 0; tries < 6 && !place_may(p, scope, false); tries++)
            scope = (unsigned)draw(w, w->scope_count);
    if (rv == LINLI_OK)
        rv = log_open(&c, txn, &a, &w->scopes[scope].id);
    store_abort(txn);
    if (rv == LINLI_OK) {
        draft_start(&c);
        if (how == FAULT_LIE)
            ops_lie(&c);
        else if (how == FAULT_RIGHTS)
            rights_bad(&c);
        else if (how == FAULT_STAMP)
            stamp_bad(&c);
        else
            ops_bad(&c);
        c.part.ops = buf_span(&c.ops);
        c.oversize = how == FAULT_PARTS && chance(w, 100);
        if (how == FAULT_PARTS && !c.oversize && chance(w, 200)) { /* two parts, well-formed each */
            buf_clear(&c.ops);
            ops_plain(&c, group_number(2, RULE_REGISTER, CLASS_PERSONAL));
            c.part = (struct draft_part){.type = 4 << 1, .record = c.part.record, .cls = CLASS_PERSONAL, .ops = buf_span(&c.ops)};
            c.parts[0] = c.parts[1] = c.part;
            c.parts[1].record.b[15] ^= 1;
            c.draft.parts = c.parts;
            c.draft.part_count = 2;
            c.swap = true;
        }
        w->faults[how]++;
        sign_and_take(&c);
    }
    buf_free(&c.ops);
    arena_free(&a);
}

/* A copy of the whole store that lives on beside the first: two devices with one key and one incarnation. */
static void clone(struct world *w, struct place *p)
{
    if (w->place_count >= PLACES_MAX)
        return;
    struct place *twin = place_new(w);
    char dir[sizeof(twin->dir)];
    memcpy(dir, twin->dir, sizeof(dir));
    if (place_copy(p->dir, dir) != LINLI_OK)
        world_fail(w, "copying the store of %u", p->number);
    twin->honest = false;
    twin->enrolled = true;
    twin->clone_of = p->number;
    twin->role = p->role;
    twin->scope = p->scope;
    twin->granted = p->granted;
    twin->enrol = p->enrol;
    twin->enrol.answer = (struct buf){0};
    twin->revoked = p->revoked;
    twin->clock_offset_ms = p->clock_offset_ms;
    world_log(w, "%u is cloned: %u", p->number, twin->number);
    w->faults[FAULT_FORK]++;
    int rv = place_open(twin);
    if (rv != LINLI_OK)
        world_fail(w, "a copy of %u does not open: %s", p->number, linli_code_name(rv));
}

void attack(struct world *w, struct place *p)
{
    static const enum fault ways[] = {FAULT_LIE, FAULT_RIGHTS, FAULT_STAMP, FAULT_PARTS};

    (void)place_runs(p);
    for (size_t i = 0; i < COUNT_OF(ways) && !w->over; i++)
        if (w->mix.fault[ways[i]] > 0 && chance(w, 100 + w->mix.fault[ways[i]]))
            craft(w, p, ways[i]);
    if (p->clone_of == p->number && w->mix.fault[FAULT_FORK] > 0 && chance(w, 30))
        clone(w, p);
    if (w->mix.revokes > 0 && !w->over)
        thief_act(w, p);
    w->runs = NULL;
}

void attack_message(struct world *w, struct place *p, struct buf *message)
{
    if (!fault_now(w, FAULT_JUNK) || message->size == 0)
        return;
    world_log(w, "%u spoils a message", p->number);
    switch (draw(w, 4)) {
    case 0: message->at[draw(w, message->size)] ^= (uint8_t)(1 + draw(w, 255)); break;
    case 1: message->size = 1 + draw(w, message->size); break;
    case 2:
        for (size_t i = 2 + draw(w, message->size); i < message->size; i++)
            message->at[i] = (uint8_t)draw(w, 256);
        break;
    case 3:
        if (message->size > 1)
            message->at[1] = (uint8_t)draw(w, 16); /* another kind */
        break;
    }
}
