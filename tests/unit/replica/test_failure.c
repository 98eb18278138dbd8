/* tests: replica: when memory runs out at any point, nothing is changed, and the same call works afterwards. */
#include "failing.h"

struct commit_work {
    struct replica *r;
    struct edit *edits[2];
};

static int commit_work(void *ctx)
{
    struct commit_work *w = ctx;

    return replica_commit(w->r, w->edits, 2, NULL);
}

static void a_commit_without_memory_changes_nothing(void **state)
{
    struct edit edits[2] = {{.count = 0}, {.count = 0}};
    struct town town;

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    linli_id root = replica_identity(r)->root_scope, patch = scope_add(r, &root, "patch 1");
    linli_id building = building_new(&town, r, &patch, "block 1");
    assert_ok(edit_text(&edits[0], &patch, &building, TYPE_BUILDING, BUILDING_NAME, "block 2"));
    linli_id other = id_new(&town);
    assert_ok(edit_text(&edits[1], &root, &other, TYPE_BUILDING, BUILDING_FLOORS, "six"));
    struct commit_work work = {r, {&edits[0], &edits[1]}};
    assert_true(each_failure(r, &patch, commit_work, &work) > 10);
    assert_building(r, &building, BUILDING_NAME, "block 2");
    edit_free(&edits[0]);
    edit_free(&edits[1]);
    town_end(&town);
}

struct ingest_work {
    struct replica *r;
    span runs[4];
    size_t count;
};

static int ingest_work(void *ctx)
{
    struct ingest_work *w = ctx;
    struct ingested outs[4];
    int codes[4];

    return replica_ingest(w->r, w->runs, w->count, outs, codes);
}

static void an_ingest_without_memory_changes_nothing(void **state)
{
    struct town town;
    struct buf runs[2] = {{0}};
    uint64_t last;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1");
    struct replica *b = town_join(&town, a, &patch, LINLI_CAPTAIN), *c = town_join(&town, a, &patch, LINLI_CAPTAIN);
    meet(a, b);
    meet(a, c);
    linli_id building = building_new(&town, b, &patch, "block 1");
    meet(b, a);
    assert_ok(building_set(a, &patch, &building, BUILDING_NAME, "block 2", false));
    uint64_t from = head_at(c, &patch, &a->author).seq + 1;
    assert_ok(replica_read_run(a, &patch, &a->author, from, 7, LIMIT_RUN_BYTES, &runs[0], &last));
    assert_ok(replica_read_run(a, &patch, &b->author, 1, 7, LIMIT_RUN_BYTES, &runs[1], &last));
    struct ingest_work work = {c, {buf_span(&runs[0]), buf_span(&runs[1])}, 2}; /* the first waits for the second */
    assert_true(each_failure(c, &patch, ingest_work, &work) > 10);
    assert_building(c, &building, BUILDING_NAME, "block 2");
    assert_same(a, c, &patch);
    buf_free(&runs[0]);
    buf_free(&runs[1]);
    town_end(&town);
}

struct add_work {
    struct replica *r;
    linli_id parent, id;
};

static int add_work(void *ctx)
{
    struct add_work *w = ctx;
    struct linli_scope_spec spec = {.name = "patch 2", .kind = LINLI_PATCH};

    return replica_scope_add(w->r, &w->parent, &spec, 1, &w->id);
}

struct enrol_work {
    struct replica *r;
    struct device_keys d;
    struct invitation inv;
    struct buf request, answer;
};

static int enrol_work(void *ctx)
{
    struct enrol_work *w = ctx;

    buf_free(&w->answer);
    struct enrol_ask ask = {.secret = w->inv.secret, .request = buf_span(&w->request)};
    struct linli_enrol_request said;
    return replica_enrol(w->r, &ask, &w->answer, &said);
}

static void scopes_and_devices_without_memory_change_nothing(void **state)
{
    struct town town;
    struct enrol_work e = {.r = NULL};
    uint8_t incarnation[8] = {1};

    (void)state;
    town_start(&town);
    struct replica *r = town_root(&town);
    struct add_work add = {.r = r, .parent = replica_identity(r)->root_scope};
    assert_true(each_failure(r, &add.parent, add_work, &add) > 20);
    e.r = r;
    device_make(&town, &e.d);
    invite(r, &add.id, LINLI_CAPTAIN, &e.inv);
    write_map(&e.request, 3);
    write_uint(&e.request, 1);
    write_bin(&e.request, e.d.sign_public, 32);
    write_uint(&e.request, 2);
    write_bin(&e.request, e.d.seal_public, 32);
    write_uint(&e.request, 3);
    write_bin(&e.request, incarnation, 8);
    assert_true(each_failure(r, &add.id, enrol_work, &e) > 20);
    buf_free(&e.request);
    buf_free(&e.answer);
    town_end(&town);
}

struct create_work {
    struct replica_config config;
};

static int create_work(void *ctx)
{
    struct create_work *w = ctx;
    struct replica *r = NULL;
    int rv = replica_create_root(&w->config, LINLI_COMMUNITY, "Made-up Lane", NULL, &r);

    if (rv == LINLI_OK) {
        replica_close(r);
        rv = replica_open(&w->config, &r);
        replica_close(r);
    }
    return rv;
}

/* A store that came to nothing left nothing: at most an empty folder. */
static void assert_nothing_left(const struct house *house)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/root.key", house->dir);
    assert_int_not_equal(access(path, F_OK), 0);
    assert_true(rmdir(house->dir) == 0 || access(house->dir, F_OK) != 0);
}

static void a_founding_without_memory_leaves_nothing_behind(void **state)
{
    struct town town;

    (void)state;
    town_start(&town);
    struct house *house = town_house(&town);
    struct create_work work = {town_config(&town, house)};
    for (size_t n = 1;; n++) {
        heap_fail_at(n);
        int rv = create_work(&work);
        bool failed = heap_failed();
        long live = heap_live();
        heap_unwatch();
        assert_int_equal(live, 0);
        char path[96];
        snprintf(path, sizeof(path), "%s/root.key", house->dir);
        if (store_exists(house->dir)) { /* it was made: all went well, or opening it again was what failed */
            (void)unlink(path);
            store_remove(house->dir);
        }
        assert_nothing_left(house);
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
        if (!failed)
            break;
    }
    town_end(&town);
}

struct joining {
    struct town town;
    struct replica *office;
    struct house *house;
    struct replica_config config;
    struct enrolment enrolment;
    span certificates[LIMIT_CHAIN_CERTIFICATES];
    struct buf answer;
};

static void joining_start(struct joining *j)
{
    struct invitation inv;
    struct device_keys d;

    memset(j, 0, sizeof(*j));
    town_start(&j->town);
    j->office = town_root(&j->town);
    linli_id root = replica_identity(j->office)->root_scope, patch = scope_add(j->office, &root, "patch 1");
    device_make(&j->town, &d);
    invite(j->office, &patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(j->office, &inv, &d, &j->answer));
    enrolment_read(&d, buf_span(&j->answer), j->certificates, &j->enrolment);
    j->house = town_house(&j->town);
    j->config = town_config(&j->town, j->house);
}

static void joining_end(struct joining *j)
{
    buf_free(&j->answer);
    town_end(&j->town);
}

static int joined(struct joining *j)
{
    return replica_create_joined(&j->config, &j->enrolment, &j->house->replica);
}

static int opened(struct joining *j)
{
    return replica_open(&j->config, &j->house->replica);
}

static void a_joining_leaves_nothing_behind_that_is_not_whole(void **state)
{
    struct joining j;
    bool failed = true;

    (void)state;
    joining_start(&j);
    for (size_t n = 1; failed; n++) {
        rows_fail_at(ROWS_UNREAD, n);
        int rv = joined(&j);
        failed = rows_failed();
        rows_unwatch();
        assert_code(rv, failed ? LINLI_E_DISK : LINLI_OK);
        if (failed)
            assert_nothing_left(j.house);
    }
    house_reopen(&j.town, 1);
    house_clear(j.house);
    failed = true;
    for (size_t n = 1; failed; n++) {
        heap_fail_at(n);
        int rv = joined(&j);
        failed = heap_failed();
        heap_unwatch();
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
        if (failed)
            assert_nothing_left(j.house);
    }
    house_reopen(&j.town, 1);
    joining_end(&j);
}

/* Whatever fails, the store is there afterwards as it was before; a row that is not what it was is told, or harmless. */
static void an_opening_that_fails_leaves_the_store_as_it_was(void **state)
{
    struct joining j;

    (void)state;
    joining_start(&j);
    assert_ok(joined(&j));
    meet(j.office, house_reopen(&j.town, 1)); /* its index is marked now */
    linli_hash before = digest_of(j.house->replica, &replica_identity(j.office)->root_scope);
    replica_close(j.house->replica);
    j.house->replica = NULL;
    for (enum rows_fault fault = ROWS_UNREAD; fault < ROWS_FAULTS; fault++) {
        bool failed = true;
        for (size_t n = 1; failed; n++) {
            rows_fail_at(fault, n);
            int rv = opened(&j);
            failed = rows_failed();
            rows_unwatch();
            if (fault == ROWS_UNREAD)
                assert_code(rv, failed ? LINLI_E_DISK : LINLI_OK);
            replica_close(j.house->replica);
            j.house->replica = NULL;
        }
    }
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        heap_fail_at(n);
        int rv = opened(&j);
        failed = heap_failed();
        heap_unwatch();
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
    }
    linli_hash after = digest_of(j.house->replica, &replica_identity(j.office)->root_scope);
    assert_memory_equal(before.b, after.b, 32);
    joining_end(&j);
}

struct rekeying {
    struct replica *r;
    struct replica_config config;
    uint8_t key[32];
};

static int rekey_work(void *ctx)
{
    struct rekeying *w = ctx;

    return replica_rekey(w->r, &w->config, w->key);
}

static void another_key_opens_the_whole_store_or_nothing_of_it(void **state)
{
    struct town town;
    struct replica *r = NULL;

    (void)state;
    town_start(&town);
    struct replica *office = town_root(&town);
    linli_id root = replica_identity(office)->root_scope;
    struct rekeying work = {office, town_config(&town, &town.houses[0]), {8}};
    assert_true(each_failure(office, &root, rekey_work, &work) > 1);
    replica_close(office);
    town.houses[0].replica = NULL;
    assert_code(replica_open(&work.config, &r), LINLI_E_KEY);
    memcpy(work.config.store.key, work.key, sizeof(work.key));
    assert_ok(replica_open(&work.config, &town.houses[0].replica));
    scope_add(town.houses[0].replica, &root, "patch 1"); /* the root's own key opens, too */
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_without_memory_changes_nothing),
        cmocka_unit_test(an_ingest_without_memory_changes_nothing),
        cmocka_unit_test(scopes_and_devices_without_memory_change_nothing),
        cmocka_unit_test(a_founding_without_memory_leaves_nothing_behind),
        cmocka_unit_test(a_joining_leaves_nothing_behind_that_is_not_whole),
        cmocka_unit_test(an_opening_that_fails_leaves_the_store_as_it_was),
        cmocka_unit_test(another_key_opens_the_whole_store_or_nothing_of_it),
    };
    return UNIT_RUN(tests);
}
