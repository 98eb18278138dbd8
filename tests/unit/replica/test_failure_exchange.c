/* tests: replica: what replicas give each other, when the heap or the disk fails at any point, and when a row is damaged. */
#include "failing.h"
#include "forks.h"

/* --- what comes --- */

struct arriving {
    struct replica *r;
    span runs[2];
    size_t count;
    struct ingested outs[2];
    int codes[2];
};

static int arriving_work(void *ctx)
{
    struct arriving *w = ctx;

    return replica_ingest(w->r, w->runs, w->count, w->outs, w->codes);
}

static struct ingested arrives(struct replica *r, const linli_id *scope, const struct buf *first, const struct buf *second)
{
    struct arriving work = {.r = r, .runs = {buf_span(first)}, .count = 1};

    if (second != NULL)
        work.runs[work.count++] = buf_span(second);
    assert_true(each_failure(r, scope, arriving_work, &work) > 1);
    for (size_t i = 0; i < work.count; i++)
        assert_ok(work.codes[i]);
    return work.outs[0];
}

static void a_fork_freezes_a_log_whole_or_not_at_all(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s);
    struct replica *r = scene_copy(&s);
    ingest(r, buf_span(&s.shared));
    ingest(r, buf_span(&s.branch[0]));
    ingest(r, buf_span(&s.cites));
    assert_int_equal(arrives(r, &s.patch, &s.branch[1], NULL).outcome, INGEST_FORKED);
    assert_building(r, &s.building, BUILDING_NAME, "shared");
    assert_int_equal(head_at(r, &s.patch, &s.hand.author).seq, BEFORE);
    assert_int_equal(arrives(r, &s.patch, &s.deep, NULL).outcome, INGEST_FORKED); /* and then further back */
    assert_int_equal(head_at(r, &s.patch, &s.hand.author).seq, 1);
    assert_verifies(r);
    scene_end(&s);
}

static void what_cites_what_is_not_here_waits_and_goes_on_whole_or_not_at_all(void **state)
{
    struct scene s;
    struct linli_status status;

    (void)state;
    scene_start(&s);
    struct replica *r = scene_copy(&s);
    assert_int_equal(arrives(r, &s.patch, &s.cites, NULL).outcome, INGEST_WAITING);
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.waiting, 1);
    assert_int_equal(arrives(r, &s.patch, &s.shared, &s.branch[0]).outcome, INGEST_STORED);
    assert_ok(replica_status(r, &status));
    assert_int_equal(status.waiting, 0);
    assert_int_equal(head_at(r, &s.patch, &s.other.author).seq, 1);
    assert_verifies(r);
    scene_end(&s);
}

/* --- a run that is stored in part --- */

/* A run of two changesets, the second of which cites what is not here; and its beginning, signed by itself. */
struct cut_run {
    struct buf whole, beginning;
    linli_author author;
};

static void cut_run_make(struct scene *s, const struct hand *cited, struct cut_run *out)
{
    struct hand start = s->other, middle;
    struct buf entries = {0};
    size_t sizes[2];
    struct seen_head seen = {cited->author, cited->seq, cited->id};
    struct hand_write first = write_of(s, "first", NULL), second = write_of(s, "second", NULL);

    second.seen = &seen;
    sizes[0] = hand_write(&s->other, &first, &entries);
    middle = s->other;
    sizes[1] = hand_write(&s->other, &second, &entries);
    hand_run(&start, &s->other, buf_span(&entries), sizes, 2, &out->whole);
    hand_run(&start, &middle, span_of(entries.at, sizes[0]), sizes, 1, &out->beginning);
    out->author = start.author;
    buf_free(&entries);
}

/* One reading of a session, and what it gave the last time. */
struct reading {
    struct replica *r;
    linli_id scope;
    linli_author author;
    uint64_t from, last;
    unsigned mask;
    size_t bytes_max;
    struct buf out;
    span chain;
    const uint8_t *device;
    linli_hash certificate;
    size_t count;
};

static int run_read(void *ctx)
{
    struct reading *w = ctx;

    buf_clear(&w->out);
    return replica_read_run(w->r, &w->scope, &w->author, w->from, w->mask, w->bytes_max, &w->out, &w->last);
}

static void a_run_that_is_stored_in_part_is_read_whole_and_gets_its_signature_later(void **state)
{
    struct scene s;
    struct hand unknown;
    struct cut_run cut = {.whole = {0}};
    struct buf run = {0};

    (void)state;
    scene_start(&s);
    s.other = hand_make(s.node, &s.other_keys, &s.patch, &s.other.grant, s.town.now_ms);
    unknown = s.hand;
    grow(&s, &unknown, "elsewhere", 1, &run);
    cut_run_make(&s, &unknown, &cut);
    struct replica *r = scene_copy(&s);
    struct ingested out = arrives(r, &s.patch, &cut.whole, NULL);
    assert_int_equal(out.outcome, INGEST_WAITING);
    assert_int_equal(out.advanced, 1);
    struct reading reading = {.r = r, .scope = s.patch, .author = cut.author, .from = 1, .mask = 7,
                              .bytes_max = LIMIT_RUN_BYTES};
    each_failure(r, &s.patch, run_read, &reading);
    assert_true(span_equal(buf_span(&reading.out), buf_span(&cut.whole))); /* the signature stands at its end */
    arrives(r, &s.patch, &cut.beginning, NULL);
    each_failure(r, &s.patch, run_read, &reading);
    assert_true(span_equal(buf_span(&reading.out), buf_span(&cut.beginning)));
    assert_verifies(r);
    buf_free(&reading.out);
    buf_free(&cut.whole);
    buf_free(&cut.beginning);
    buf_free(&run);
    scene_end(&s);
}

/* --- what is served --- */

static int detail_read(void *ctx)
{
    struct reading *w = ctx;

    buf_clear(&w->out);
    return replica_detail(w->r, &w->scope, w->mask != 0, &w->out);
}

static int part_read(void *ctx)
{
    struct reading *w = ctx;

    buf_clear(&w->out);
    return replica_read_part(w->r, &w->scope, &w->author, 1, 0, 7, &w->out);
}

static int certificate_read(void *ctx)
{
    struct reading *w = ctx;

    buf_clear(&w->out);
    return replica_read_certificate(w->r, &w->certificate, &w->out);
}

static int chain_read(void *ctx)
{
    struct reading *w = ctx;

    buf_clear(&w->out);
    return replica_own_chain(w->r, &w->out);
}

static bool head_count(void *ctx, const linli_author *author, uint64_t seq, const linli_hash *id, bool frozen)
{
    (void)author;
    (void)seq;
    (void)id;
    (void)frozen;
    ++*(size_t *)ctx;
    return true;
}

static int heads_read(void *ctx)
{
    struct reading *w = ctx;

    w->count = 0;
    return replica_head_each(w->r, &w->scope, head_count, &w->count);
}

static int access_read(void *ctx)
{
    struct reading *w = ctx;
    struct peer_access own = {NULL, NULL, 0}, theirs = {NULL, NULL, 0};
    struct shared_scope *shared = NULL;
    size_t count = 0;
    linli_hash digest;
    int rv = replica_own_access(w->r, &own);

    if (rv == LINLI_OK)
        rv = replica_peer_access(w->r, w->device, w->chain, &theirs);
    if (rv == LINLI_OK)
        rv = replica_shared(w->r, &own, &theirs, &shared, &count);
    for (size_t i = 0; i < count && rv == LINLI_OK; i++) {
        unsigned classes; /* what cannot be read is not what may not be */
        rv = replica_readable(w->r, &theirs, &shared[i].id, &classes);
        if (rv == LINLI_OK)
            rv = replica_digest(w->r, &shared[i].id, shared[i].subtree, &digest);
    }
    w->count = count;
    mem_free(shared);
    peer_access_free(&own);
    peer_access_free(&theirs);
    return rv;
}

static int verify_read(void *ctx)
{
    struct reading *w = ctx;
    struct linli_verify report = {.bad = 0};
    int rv = replica_verify(w->r, &report);

    assert_true(report.bad == 0 || rows_spoilt());
    w->count = (size_t)report.records;
    return rv;
}

static int status_read(void *ctx)
{
    struct reading *w = ctx;
    struct linli_status status;

    return replica_status(w->r, &status);
}

/* A log that is frozen, one that cites past its end, and one that waits. */
static struct replica *quarrel(struct scene *s, struct reading *w)
{
    struct replica *r = scene_copy(s);

    ingest(r, buf_span(&s->shared));
    ingest(r, buf_span(&s->branch[0]));
    ingest(r, buf_span(&s->cites));
    ingest(r, buf_span(&s->branch[1]));
    *w = (struct reading){.r = r, .scope = s->patch, .author = s->hand.author, .from = 1, .mask = 7,
                          .bytes_max = LIMIT_RUN_BYTES, .certificate = s->hand.grant, .device = s->keys.sign_public};
    return r;
}

static void what_is_served_is_served_whole_or_not_at_all(void **state)
{
    static int (*const readings[])(void *ctx) = {run_read, detail_read, part_read, certificate_read, chain_read,
                                                 heads_read, access_read, verify_read, status_read};
    struct scene s;
    struct reading w;
    struct buf before = {0};

    (void)state;
    scene_start(&s);
    struct replica *r = quarrel(&s, &w);
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        assert_ok(readings[i](&w));
        buf_clear(&before);
        assert_ok(buf_append(&before, w.out.at, w.out.size));
        size_t count = w.count;
        assert_true(each_failure(r, &s.patch, readings[i], &w) >= 1);
        assert_true(span_equal(buf_span(&before), buf_span(&w.out)));
        assert_int_equal(w.count, count);
    }
    for (w.from = BEFORE; w.from < BEFORE + 4; w.from++) { /* the end of the log, and the branches past it */
        if (run_read(&w) == LINLI_E_NOT_FOUND)
            break;
        each_failure(r, &s.patch, run_read, &w);
    }
    assert_true(w.from > BEFORE + 1);
    w.from = 1;
    w.mask = 0; /* a reader of nothing, and one that wants little at a time */
    each_failure(r, &s.patch, detail_read, &w);
    each_failure(r, &s.patch, run_read, &w);
    w.bytes_max = 1;
    each_failure(r, &s.patch, run_read, &w);
    w.scope = s.root;
    w.mask = 7;
    each_failure(r, &s.patch, detail_read, &w);
    buf_free(&before);
    buf_free(&w.out);
    scene_end(&s);
}

/* The chain of a device that is not known here comes with it. */
static void a_chain_is_looked_at_whole_or_not_at_all(void **state)
{
    struct scene s;
    struct reading w;
    struct buf chain = {0};

    (void)state;
    scene_start(&s);
    struct replica *first = town_join(&s.town, s.node, &s.patch, LINLI_CAPTAIN),
                   *second = town_join(&s.town, s.node, &s.patch, LINLI_CAPTAIN);
    assert_ok(replica_own_chain(second, &chain));
    w = (struct reading){.r = first, .device = replica_identity(second)->sign_public, .chain = buf_span(&chain)};
    assert_ok(access_read(&w));
    size_t count = w.count;
    assert_true(count > 0);
    assert_true(each_failure(first, &s.patch, access_read, &w) > 5);
    assert_int_equal(w.count, count);
    w.chain = (span){NULL, 0};
    assert_code(access_read(&w), LINLI_E_REFUSED);
    buf_free(&chain);
    scene_end(&s);
}

/* --- what was left out comes in --- */

struct opening_up {
    struct town town;
    struct replica *office, *viewer;
    struct device_keys keys;
    linli_id root, patch, resident;
    struct certificates held;
    struct buf part;
    struct part_wanted wanted[4];
    size_t count;
};

static int grants_work(void *ctx)
{
    struct opening_up *s = ctx;
    size_t added;

    return replica_grants_add(s->viewer, s->held.list, s->held.count, &added);
}

static int wants_work(void *ctx)
{
    struct opening_up *s = ctx;
    struct peer_access own = {NULL, NULL, 0};
    struct shared_scope *shared = NULL;
    size_t count = 0;
    int rv = replica_own_access(s->viewer, &own);

    if (rv == LINLI_OK)
        rv = replica_shared(s->viewer, &own, &own, &shared, &count);
    if (rv == LINLI_OK)
        rv = replica_wants(s->viewer, NULL, shared, count, s->wanted, COUNT_OF(s->wanted), &s->count);
    mem_free(shared);
    peer_access_free(&own);
    return rv;
}

static int fill_work(void *ctx)
{
    struct opening_up *s = ctx;
    const struct part_wanted *wanted = &s->wanted[0];

    return replica_part_fill(s->viewer, &wanted->scope, &wanted->author, wanted->seq, wanted->part, buf_span(&s->part));
}

/* A viewer holds a record without its personal part, and is then made a captain. */
static void opening_up_start(struct opening_up *s)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct invitation inv;
    struct buf answer = {0};

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->patch = scope_add(s->office, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    s->viewer = town_join_keys(&s->town, s->office, &s->patch, LINLI_VIEWER, &s->keys);
    s->resident = id_new(&s->town);
    assert_ok(edit_life(&edit, &s->patch, &s->resident, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, &s->patch, &s->resident, TYPE_RESIDENT, RESIDENT_NAME, "Made-up Person"));
    assert_ok(replica_commit(s->office, edits, 1, NULL));
    edit_free(&edit);
    meet(s->office, s->viewer);
    invite(s->office, &s->patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(s->office, &inv, &s->keys, &answer));
    buf_free(&answer);
    certificates_of(s->office, &s->patch, &s->held);
}

static bool shows_name(const struct opening_up *s)
{
    struct arena a = {0};
    struct record_state held;

    assert_ok(replica_load(s->viewer, &a, &s->resident, NULL, &held));
    bool shows = record_group(&held, group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL)) != NULL;
    arena_free(&a);
    return shows;
}

static void what_a_grant_opens_is_wanted_and_filled_whole_or_not_at_all(void **state)
{
    struct opening_up s;

    (void)state;
    opening_up_start(&s);
    assert_int_equal(wants(s.viewer, &s.patch), 0);
    assert_true(each_failure(s.viewer, &s.patch, grants_work, &s) > 10);
    assert_true(wants(s.viewer, &s.patch) >= 1);
    assert_true(each_failure(s.viewer, &s.patch, wants_work, &s) > 2);
    assert_true(s.count >= 1);
    assert_false(shows_name(&s));
    while (s.count > 0) {
        const struct part_wanted *wanted = &s.wanted[0];
        buf_clear(&s.part);
        assert_ok(replica_read_part(s.office, &wanted->scope, &wanted->author, wanted->seq, wanted->part, 7, &s.part));
        assert_true(each_failure(s.viewer, &s.patch, fill_work, &s) > 5);
        assert_ok(wants_work(&s));
    }
    assert_int_equal(wants(s.viewer, &s.patch), 0);
    assert_true(shows_name(&s));
    assert_verifies(s.viewer);
    certificates_free(&s.held);
    buf_free(&s.part);
    town_end(&s.town);
}

/* The same, by runs that carry what was left out. */
static void a_run_fills_what_was_left_out_whole_or_not_at_all(void **state)
{
    struct opening_up s;
    struct buf run = {0};
    size_t added;
    uint64_t last;

    (void)state;
    opening_up_start(&s);
    assert_ok(replica_grants_add(s.viewer, s.held.list, s.held.count, &added));
    assert_ok(replica_read_run(s.office, &s.patch, &s.office->author, 1, 7, LIMIT_RUN_BYTES, &run, &last));
    assert_int_equal(arrives(s.viewer, &s.patch, &run, NULL).outcome, INGEST_STORED);
    assert_true(shows_name(&s));
    assert_verifies(s.viewer);
    certificates_free(&s.held);
    buf_free(&run);
    town_end(&s.town);
}

/* --- a scope that is not held yet --- */

struct below {
    struct replica *r;
    struct scope_path path;
    struct buf run;
    struct ingested out;
    int code;
};

static int below_work(void *ctx)
{
    struct below *w = ctx;

    return replica_ingest_below(w->r, &w->path, buf_span(&w->run), &w->out, &w->code);
}

static void a_scope_that_was_only_named_is_held_whole_or_not_at_all(void **state)
{
    struct town town;
    struct below w = {.code = LINLI_OK};
    uint64_t last;

    (void)state;
    town_start(&town);
    struct replica *office = town_root(&town);
    linli_id root = replica_identity(office)->root_scope;
    struct replica *clerk = town_join(&town, office, &root, LINLI_CLERK);
    meet(office, clerk);
    linli_id patch = scope_add(office, &root, "patch 1");
    building_new(&town, office, &patch, "block 1");
    assert_ok(replica_scope_path(office, &patch, &w.path));
    w.r = clerk;
    assert_ok(replica_read_run(office, &patch, &office->author, 1, 7, LIMIT_RUN_BYTES, &w.run, &last));
    assert_true(each_failure(clerk, &root, below_work, &w) > 10);
    assert_ok(w.code);
    assert_true(w.out.advanced > 0);
    assert_same(office, clerk, &patch);
    buf_free(&w.run);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fork_freezes_a_log_whole_or_not_at_all),
        cmocka_unit_test(what_cites_what_is_not_here_waits_and_goes_on_whole_or_not_at_all),
        cmocka_unit_test(a_run_that_is_stored_in_part_is_read_whole_and_gets_its_signature_later),
        cmocka_unit_test(what_is_served_is_served_whole_or_not_at_all),
        cmocka_unit_test(a_chain_is_looked_at_whole_or_not_at_all),
        cmocka_unit_test(what_a_grant_opens_is_wanted_and_filled_whole_or_not_at_all),
        cmocka_unit_test(a_run_fills_what_was_left_out_whole_or_not_at_all),
        cmocka_unit_test(a_scope_that_was_only_named_is_held_whole_or_not_at_all),
    };
    return UNIT_RUN(tests);
}
