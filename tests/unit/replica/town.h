/*
 * tests: a made-up town of replicas on real stores in temporary folders, with one virtual clock and one seed. They meet in
 * process: what one reads for a session is what the other takes in.
 */
#ifndef LINLI_TEST_TOWN_H
#define LINLI_TEST_TOWN_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec/reader.h"
#include "codec/writer.h"
#include "replica/internal.h"
#include "unit.h"

enum { TOWN_MAX = 6, TOWN_MAP_BYTES = 8 * 1024 * 1024 };
#define TOWN_NOW_MS UINT64_C(1767225600000)

struct house { /* one replica */
    char dir[64];
    struct replica *replica;
};
struct town {
    uint64_t now_ms;
    struct rng_seeded seed;
    struct house houses[TOWN_MAX];
    size_t count;
};

static inline uint64_t town_now(void *ctx)
{
    return ((struct town *)ctx)->now_ms;
}

static inline struct replica_config town_config(struct town *town, const struct house *house)
{
    struct replica_config config = {.clock = {town_now, town}, .rng = rng_from(&town->seed)};

    config.store.dir = house->dir;
    config.store.map_bytes = TOWN_MAP_BYTES;
    memset(config.store.key, 7, sizeof(config.store.key));
    return config;
}

static inline void town_start(struct town *town)
{
    memset(town, 0, sizeof(*town));
    town->now_ms = TOWN_NOW_MS;
    seed_start(&town->seed);
}

static inline struct house *town_house(struct town *town)
{
    struct house *house = &town->houses[town->count++];
    char base[48];

    assert_true(town->count <= TOWN_MAX);
    folder_make("town", base, sizeof(base));
    snprintf(house->dir, sizeof(house->dir), "%s/store", base);
    return house;
}

/* Away with the store; the place stays. */
static inline void house_clear(struct house *house)
{
    char path[96];

    replica_close(house->replica);
    house->replica = NULL;
    snprintf(path, sizeof(path), "%s/root.key", house->dir);
    (void)unlink(path);
    store_remove(house->dir);
}

static inline void house_remove(struct house *house)
{
    char path[96];

    house_clear(house);
    snprintf(path, sizeof(path), "%s", house->dir);
    *strrchr(path, '/') = '\0';
    (void)rmdir(path);
}

static inline void town_end(struct town *town)
{
    for (size_t i = 0; i < town->count; i++)
        house_remove(&town->houses[i]);
}

static inline struct replica *town_root(struct town *town)
{
    struct house *house = town_house(town);
    struct replica_config config = town_config(town, house);

    assert_ok(replica_create_root(&config, LINLI_COMMUNITY, "Made-up Lane", NULL, &house->replica));
    return house->replica;
}

static inline struct replica *house_reopen(struct town *town, size_t i)
{
    struct replica_config config = town_config(town, &town->houses[i]);

    replica_close(town->houses[i].replica);
    assert_ok(replica_open(&config, &town->houses[i].replica));
    return town->houses[i].replica;
}

/* --- devices and enrolment --- */

struct device_keys {
    uint8_t sign_public[32], sign_secret[SIGN_SECRET_BYTES], seal_public[32], seal_secret[32];
    uint64_t incarnation;
    unsigned code;      /* the digits that it shows */
    bool again;         /* asks again over the same line */
    bool confirm_all;   /* the node that it asks has the digits compared of all */
};

static inline void device_make(struct town *town, struct device_keys *d)
{
    struct rng rng = rng_from(&town->seed);

    sign_keypair(&rng, d->sign_public, d->sign_secret);
    dh_keypair(&rng, d->seal_public, d->seal_secret);
    d->incarnation = rng_next(&town->seed);
    d->code = 0;
    d->again = d->confirm_all = false;
}

static inline void invite_with(struct replica *r, struct linli_invite *asked, struct invitation *out)
{
    static const char *const addresses[] = {"192.0.2.1:4711"};
    char uri[LINLI_URI_BYTES];

    asked->name = "Made-up Holder";
    asked->addresses = addresses;
    asked->address_count = 1;
    assert_ok(replica_invite(r, asked, uri));
    assert_ok(invitation_parse(uri, out));
}

static inline void invite_as(struct replica *r, const linli_id *scope, enum linli_role role, bool confirm,
                             struct invitation *out)
{
    struct linli_invite asked = {.scope = *scope, .role = role, .confirm = confirm};

    invite_with(r, &asked, out);
}

static inline void invite(struct replica *r, const linli_id *scope, enum linli_role role, struct invitation *out)
{
    invite_as(r, scope, role, false, out);
}

static inline int enrol(struct replica *node, const struct invitation *inv, const struct device_keys *d, struct buf *answer)
{
    struct buf request = {0};
    uint8_t incarnation[8];

    be64_put(incarnation, d->incarnation);
    write_map(&request, 4);
    write_uint(&request, 1);
    write_bin(&request, d->sign_public, 32);
    write_uint(&request, 2);
    write_bin(&request, d->seal_public, 32);
    write_uint(&request, 3);
    write_bin(&request, incarnation, 8);
    write_uint(&request, 4);
    write_text(&request, "made-up phone", 13);
    struct enrol_ask ask = {.secret = inv->secret, .request = buf_span(&request), .code = d->code, .again = d->again,
                            .confirm_all = d->confirm_all};
    struct linli_enrol_request said;
    int rv = replica_enrol(node, &ask, answer, &said);
    buf_free(&request);
    return rv;
}

/* What the joining side makes of the answer, which lends it. */
static inline void enrolment_read(const struct device_keys *d, span answer, span certificates[LIMIT_CHAIN_CERTIFICATES], struct enrolment *e)
{
    struct reader r;

    *e = (struct enrolment){.incarnation = d->incarnation};
    reader_start(&r, answer);
    assert_int_equal(reader_map(&r, 8), 4);
    assert_int_equal(reader_uint(&r, 8), 1);
    e->root_file = reader_bin(&r, LIMIT_ROOT_BYTES);
    assert_int_equal(reader_uint(&r, 8), 2);
    reader_fixed(&r, e->network_key, 32);
    assert_int_equal(reader_uint(&r, 8), 3);
    e->certificate_count = reader_array(&r, LIMIT_CHAIN_CERTIFICATES);
    for (size_t i = 0; i < e->certificate_count; i++)
        certificates[i] = reader_bin(&r, LIMIT_STATEMENT_BYTES);
    e->certificates = certificates;
    assert_int_equal(reader_uint(&r, 8), 4);
    reader_skip(&r);
    assert_ok(reader_end(&r));
    memcpy(e->sign_public, d->sign_public, 32);
    memcpy(e->sign_secret, d->sign_secret, SIGN_SECRET_BYTES);
    memcpy(e->seal_public, d->seal_public, 32);
    memcpy(e->seal_secret, d->seal_secret, 32);
}

static inline struct replica *join(struct town *town, const struct device_keys *d, span answer)
{
    struct house *house = town_house(town);
    struct replica_config config = town_config(town, house);
    struct enrolment e;
    span certificates[LIMIT_CHAIN_CERTIFICATES];

    enrolment_read(d, answer, certificates, &e);
    assert_ok(replica_create_joined(&config, &e, &house->replica));
    return house->replica;
}

static inline struct replica *town_join_keys(struct town *town, struct replica *node, const linli_id *scope,
                                             enum linli_role role, const struct device_keys *d)
{
    struct invitation inv;
    struct buf answer = {0};

    invite(node, scope, role, &inv);
    assert_ok(enrol(node, &inv, d, &answer));
    struct replica *r = join(town, d, buf_span(&answer));
    buf_free(&answer);
    return r;
}

static inline struct replica *town_join(struct town *town, struct replica *node, const linli_id *scope, enum linli_role role)
{
    struct device_keys d;

    device_make(town, &d);
    return town_join_keys(town, node, scope, role, &d);
}

/* A node that only keeps and passes on: that it joins writes nothing but its grant, for it gets no keys. */
static inline struct replica *town_relay(struct town *town, struct replica *node, const linli_id *scope)
{
    struct linli_invite asked = {.scope = *scope, .role = LINLI_NODE, .blind = true};
    struct device_keys d;
    struct invitation inv;
    struct buf answer = {0};

    device_make(town, &d);
    invite_with(node, &asked, &inv);
    assert_ok(enrol(node, &inv, &d, &answer));
    struct replica *r = join(town, &d, buf_span(&answer));
    buf_free(&answer);
    return r;
}

static inline linli_id scope_add(struct replica *r, const linli_id *parent, const char *name)
{
    struct linli_scope_spec spec = {.name = name, .kind = LINLI_PATCH};
    linli_id id;

    assert_ok(replica_scope_add(r, parent, &spec, 1, &id));
    return id;
}

/* --- writing --- */

enum { TYPE_BUILDING = 3 << 1, BUILDING_NAME = 1, BUILDING_FLOORS = 5, TYPE_RESIDENT = 5 << 1, RESIDENT_NAME = 2,
       RESIDENT_ID_NUMBER = 5 };

static inline linli_id id_new(struct town *town) /* of a type that the right to write is enough for */
{
    struct rng rng = rng_from(&town->seed);
    linli_id id;

    rng_fill(&rng, id.b, ID_BYTES);
    record_id_make_fit(&id, TYPE_BUILDING);
    return id;
}

/* The context of one register as this replica shows it, in the edit's arena. */
static inline void edit_shown(struct replica *r, struct edit *e, size_t op)
{
    struct edit_op *at = &e->ops[op];
    struct record_state state;
    const struct group_state *g;
    int rv = replica_load(r, &e->arena, &at->record, NULL, &state);

    if (rv == LINLI_E_NOT_FOUND)
        return;
    assert_ok(rv);
    g = record_group(&state, at->op.group);
    if (g != NULL && g->count > 0)
        assert_ok(cell_shown(&e->arena, &g->cells[0], &at->op.ctx));
}

/* Write one text field of a building, having been shown what is there (`blind`: having seen nothing). */
static inline int building_set(struct replica *r, const linli_id *scope, const linli_id *record, linli_field field,
                               const char *text, bool blind)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    int rv = edit_text(&edit, scope, record, TYPE_BUILDING, field, text);

    if (rv == LINLI_OK && !blind)
        edit_shown(r, &edit, 0);
    if (rv == LINLI_OK)
        rv = replica_commit(r, edits, 1, NULL);
    edit_free(&edit);
    return rv;
}

static inline linli_id building_new(struct town *town, struct replica *r, const linli_id *scope, const char *name)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    linli_id id = id_new(town);

    assert_ok(edit_life(&edit, scope, &id, TYPE_BUILDING));
    assert_ok(edit_text(&edit, scope, &id, TYPE_BUILDING, BUILDING_NAME, name));
    assert_ok(replica_commit(r, edits, 1, NULL));
    edit_free(&edit);
    return id;
}

/* What a register shows: text, "" when absent; `*values` how many stand. */
static inline void building_text(struct replica *r, const linli_id *record, linli_field field, char out[64], size_t *values)
{
    struct arena a = {0};
    struct record_state state;
    const struct group_state *g = NULL;
    int rv = replica_load(r, &a, record, NULL, &state);

    out[0] = '\0';
    *values = 0;
    if (rv == LINLI_OK)
        g = record_group(&state, group_number(field, RULE_REGISTER, CLASS_PUBLIC));
    else
        assert_code(rv, LINLI_E_NOT_FOUND);
    if (g != NULL) {
        struct group_reading reading;
        struct reader in;
        assert_ok(reading_group(&a, g, replica_names(r), &reading));
        *values = reading.count;
        reader_start(&in, reading_field(reading.values[0]->bytes, field));
        span text = reader_text(&in, 63);
        memcpy(out, text.at, text.size);
        out[text.size] = '\0';
    }
    arena_free(&a);
}

#define assert_building(r, record, field, text)                                                                          \
    do {                                                                                                                 \
        char shown_[64];                                                                                                 \
        size_t values_;                                                                                                  \
        building_text(r, record, field, shown_, &values_);                                                               \
        assert_string_equal(shown_, text);                                                                               \
    } while (0)

/* --- meeting --- */

struct meeting {
    struct replica *from, *to;
    linli_id scope;
    uint64_t moved;
};

struct head_copy {
    linli_author author;
    uint64_t seq;
    bool frozen;
};
struct head_copies {
    struct head_copy at[64];
    size_t count;
};

static inline bool head_copy_add(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    struct head_copies *heads = ctx;

    (void)id;
    assert_true(heads->count < 64);
    heads->at[heads->count++] = (struct head_copy){*author, seq, frozen};
    return true;
}

static inline struct head_copy head_at(struct replica *r, const linli_id *scope, const linli_author *author)
{
    struct head_copies heads = {.count = 0};

    assert_ok(replica_head_each(r, scope, head_copy_add, &heads));
    for (size_t i = 0; i < heads.count; i++)
        if (author_equal(&heads.at[i].author, author))
            return heads.at[i];
    return (struct head_copy){*author, 0, false};
}

static inline struct ingested ingest(struct replica *r, span run)
{
    struct ingested out;
    int code;

    assert_ok(replica_ingest(r, &run, 1, &out, &code));
    assert_ok(code);
    return out;
}

/* Runs of one log from a seq on; a gap is asked for from where the receiver says. */
static inline void meet_log(struct meeting *m, const linli_author *author, uint64_t from, unsigned mask)
{
    struct buf run = {0};
    uint64_t last;

    for (unsigned tries = 0; tries < 1000; tries++) {
        buf_clear(&run);
        int rv = replica_read_run(m->from, &m->scope, author, from, mask, LIMIT_RUN_BYTES, &run, &last);
        if (rv == LINLI_E_NOT_FOUND)
            break;
        assert_ok(rv);
        struct ingested out = ingest(m->to, buf_span(&run));
        m->moved += out.advanced;
        from = out.outcome == INGEST_GAP ? out.from : last + 1;
    }
    buf_free(&run);
}

static inline bool meet_grant(void *ctx, const linli_hash *id, span certificate)
{
    struct meeting *m = ctx;
    struct buf copy = {0};
    size_t added;

    (void)id;
    buf_append(&copy, certificate.at, certificate.size);
    span one = buf_span(&copy);
    assert_ok(replica_grants_add(m->to, &one, 1, &added));
    m->moved += added;
    buf_free(&copy);
    return true;
}

/* Everything of one scope that `from` has and `to` has not. */
static inline uint64_t meet_scope(struct replica *from, struct replica *to, const linli_id *scope, unsigned mask)
{
    struct meeting m = {from, to, *scope, 0};
    struct head_copies heads = {.count = 0};
    struct store_txn *txn = NULL;

    assert_ok(store_begin(from->store, false, &txn));
    assert_ok(grant_row_each(txn, scope, meet_grant, &m));
    store_abort(txn);
    assert_ok(replica_head_each(from, scope, head_copy_add, &heads));
    for (size_t i = 0; i < heads.count; i++) {
        struct head_copy theirs = head_at(to, scope, &heads.at[i].author);
        if (heads.at[i].frozen && (!theirs.frozen || theirs.seq > heads.at[i].seq))
            meet_log(&m, &heads.at[i].author, theirs.seq < heads.at[i].seq ? theirs.seq + 1 : heads.at[i].seq + 1, mask);
        else if (theirs.seq < heads.at[i].seq && !theirs.frozen)
            meet_log(&m, &heads.at[i].author, theirs.seq + 1, mask);
    }
    return m.moved;
}

/* Scopes at or below `path` that `r` holds, appended as paths. */
static inline void held_below(struct replica *r, const struct scope_path *path, struct scope_path *out, size_t *count)
{
    struct store_txn *txn = NULL;
    struct scope_row row;

    assert_ok(store_begin(r->store, false, &txn));
    for (uint32_t number = 1; scope_get(txn, number, &row) == LINLI_OK; number++) {
        struct scope_path at;
        assert_ok(tree_path(txn, number, &at));
        assert_true(*count < 64);
        if (path_contains(path, &at))
            out[(*count)++] = at;
    }
    store_abort(txn);
}

static inline int learn_step(struct work *w, void *ctx)
{
    uint32_t scope;
    return tree_learn(w, ctx, &scope);
}

static inline unsigned town_readable(struct replica *r, const struct peer_access *access, const linli_id *scope)
{
    unsigned classes;
    int rv = replica_readable(r, access, scope, &classes);

    assert_true(rv == LINLI_OK || (rv == LINLI_E_NOT_FOUND && classes == 0));
    return classes;
}

static inline uint64_t meet_both(struct replica *a, struct replica *b, const struct peer_access *ax,
                                 const struct peer_access *bx, const struct scope_path *path)
{
    struct scope_path copy = *path;
    linli_id id;

    path_scope(&a->self.network, path, &id);
    assert_ok(work_run(a, learn_step, &copy));
    assert_ok(work_run(b, learn_step, &copy));
    return meet_scope(a, b, &id, town_readable(a, bx, &id)) + meet_scope(b, a, &id, town_readable(b, ax, &id));
}

/* Both go over what both may read, each way, until nothing moves. */
static inline void meet(struct replica *a, struct replica *b)
{
    struct peer_access ax, bx;
    struct shared_scope *shared = NULL;
    size_t count = 0;

    assert_ok(replica_own_access(a, &ax));
    assert_ok(replica_own_access(b, &bx));
    assert_ok(replica_shared(a, &ax, &bx, &shared, &count));
    for (uint64_t moved = 1, round = 0; moved > 0 && round < 10; round++) {
        moved = 0;
        for (size_t i = 0; i < count; i++) {
            struct scope_path paths[64] = {shared[i].path};
            size_t path_count = 1;
            if (shared[i].subtree) {
                held_below(a, &shared[i].path, paths, &path_count);
                held_below(b, &shared[i].path, paths, &path_count);
            }
            for (size_t j = 0; j < path_count; j++)
                moved += meet_both(a, b, &ax, &bx, &paths[j]);
        }
    }
    mem_free(shared);
    peer_access_free(&ax);
    peer_access_free(&bx);
}

/* --- comparing --- */

struct showing {
    struct replica *r;
    struct arena a;
    struct hasher h;
    size_t records;
};

static inline void show_number(struct hasher *h, uint64_t v)
{
    uint8_t bytes[8];

    be64_put(bytes, v);
    hasher_add(h, bytes, sizeof(bytes));
}

static inline bool show_record(void *ctx, const linli_id *record, span bytes)
{
    struct showing *s = ctx;
    struct record_state state;

    arena_reset(&s->a);
    assert_ok(record_decode(&s->a, arena_copy(&s->a, bytes), &state));
    hasher_add(&s->h, record->b, ID_BYTES);
    show_number(&s->h, reading_life(&state));
    for (size_t i = 0; i < state.count; i++) {
        struct group_reading reading;
        assert_ok(reading_group(&s->a, &state.groups[i], replica_names(s->r), &reading));
        show_number(&s->h, reading.group);
        show_number(&s->h, reading.conflicts);
        for (size_t j = 0; j < reading.count; j++) {
            linli_author author;
            replica_names(s->r)->get(replica_names(s->r)->ctx, reading.values[j]->author, &author);
            hasher_add(&s->h, author.key, 32);
            show_number(&s->h, reading.values[j]->seq);
            hasher_add(&s->h, reading.values[j]->bytes.at, reading.values[j]->bytes.size);
        }
    }
    s->records++;
    return true;
}

/* Hash of everything that a person is shown of one scope. */
static inline linli_hash shown(struct replica *r, const linli_id *scope)
{
    struct showing s = {.r = r};
    struct store_txn *txn = NULL;
    linli_hash out;
    uint32_t number;

    hasher_start(&s.h, 32);
    assert_ok(store_begin(r->store, false, &txn));
    assert_ok(scope_number(txn, scope, &number));
    assert_ok(view_each(txn, number, show_record, &s));
    store_abort(txn);
    arena_free(&s.a);
    hasher_end(&s.h, out.b, 32);
    return out;
}

static inline linli_hash digest_of(struct replica *r, const linli_id *scope)
{
    linli_hash out;

    assert_ok(replica_digest(r, scope, false, &out));
    return out;
}

static inline void assert_same(struct replica *a, struct replica *b, const linli_id *scope)
{
    linli_hash x = digest_of(a, scope), y = digest_of(b, scope);

    assert_memory_equal(x.b, y.b, 32);
    x = shown(a, scope);
    y = shown(b, scope);
    assert_memory_equal(x.b, y.b, 32);
}

/* --- changesets that no honest replica makes --- */

/* An author whose changesets the test writes itself. Copy it to fork it. */
struct hand {
    const struct replica *of;  /* for the network */
    const struct device_keys *keys;
    linli_author author;
    linli_id scope;
    uint64_t seq;
    linli_hash id, grant, cited_grant;
    linli_stamp stamp;
};

static inline struct hand hand_make(const struct replica *of, const struct device_keys *keys, const linli_id *scope,
                                    const linli_hash *grant, uint64_t now_ms)
{
    struct hand h = {.of = of, .keys = keys, .scope = *scope, .grant = *grant, .stamp = hlc_make(now_ms + 1, 0)};

    memcpy(h.author.key, keys->sign_public, 32);
    h.author.incarnation = keys->incarnation;
    return h;
}

static inline uint32_t hand_index(void *ctx, uint32_t author)
{
    (void)ctx;
    return author;
}

struct hand_write {
    linli_type type;
    linli_id record;
    uint32_t group;
    const char *text;          /* value of field n of the group */
    const struct seen_head *seen;
    struct context ctx;        /* in wire indexes */
    bool belie;                /* the tail says manage although the type does not */
    bool audit;                /* the tail says that it holds an entry of the audit */
};

/* Append one changeset with one part; its entry is appended to `entries` and its size returned. */
static inline size_t hand_write(struct hand *h, const struct hand_write *w, struct buf *entries)
{
    struct arena a = {0};
    struct buf value = {0}, ops = {0};
    size_t before = entries->size;
    struct op op = {.group = w->group, .ctx = w->ctx};

    write_map(&value, 1);
    write_uint(&value, group_n(w->group));
    write_text(&value, w->text, strlen(w->text));
    op.value = buf_span(&value);
    assert_ok(ops_encode(&ops, &a, &op, 1, hand_index, NULL));
    struct draft_part part = {.type = w->type, .record = w->record, .cls = group_class(w->group),
                              .manage = type_needs_manage(w->type) != w->belie, .ops = buf_span(&ops)};
    bool same = h->seq > 0 && hash_equal(&h->grant, &h->cited_grant);
    struct draft draft = {.at = {h->of->self.network, h->scope, h->author, h->seq + 1, h->id}, .seen = w->seen,
                          .seen_count = w->seen != NULL, .grant = same ? NULL : &h->grant, .stamp = ++h->stamp,
                          .schema = 1 | (w->audit ? CHANGESET_AUDIT : 0), .parts = &part, .part_count = 1};
    assert_ok(changeset_encode(&a, &draft, entries, &h->id));
    h->seq++;
    h->cited_grant = h->grant;
    buf_free(&value);
    buf_free(&ops);
    arena_free(&a);
    return entries->size - before;
}

/* A run of `count` entries of these sizes, the last of which is `end`'s head. */
static inline void hand_run(const struct hand *start, const struct hand *end, span entries, const size_t *sizes, size_t count,
                            struct buf *out)
{
    span list[64];
    struct run run = {.scope = start->scope, .author = start->author, .first = start->seq + 1, .prev = start->id,
                      .entries = list, .count = count};

    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        list[i] = span_of(entries.at, sizes[i]);
        entries.at += sizes[i];
    }
    assert_ok(changeset_sign(end->keys->sign_secret, &end->id, run.signature));
    assert_ok(run_encode(&run, out));
}

/* One changeset as a run of its own. */
static inline void hand_one(struct hand *h, const struct hand_write *w, struct buf *out)
{
    struct hand start = *h;
    struct buf entries = {0};
    size_t size = hand_write(h, w, &entries);

    hand_run(&start, h, buf_span(&entries), &size, 1, out);
    buf_free(&entries);
}

#endif
