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
        assert_int_not_equal(access(path, F_OK), 0);
        assert_true(rmdir(house->dir) == 0 || access(house->dir, F_OK) != 0); /* at most an empty folder is left */
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
        if (!failed)
            break;
    }
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_commit_without_memory_changes_nothing),
        cmocka_unit_test(an_ingest_without_memory_changes_nothing),
        cmocka_unit_test(scopes_and_devices_without_memory_change_nothing),
        cmocka_unit_test(a_founding_without_memory_leaves_nothing_behind),
    };
    return UNIT_RUN(tests);
}
