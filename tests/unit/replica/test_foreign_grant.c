/* tests: replica: a changeset under a grant of a scope that not all hold is judged by all alike. */
#include "backups.h"
#include "look.h"

static void who_writes_above_his_scope_stops_nobody(void **state)
{
    struct town town;
    struct device_keys keys;
    struct buf run = {0};
    struct linli_status status;

    (void)state;
    town_start(&town);
    struct replica *root = town_root(&town);
    linli_id city = replica_identity(root)->root_scope;
    linli_id one = scope_add(root, &city, "patch 1"), two = scope_add(root, &city, "patch 2");
    device_make(&town, &keys);
    struct replica *bad = town_join_keys(&town, root, &one, LINLI_CAPTAIN, &keys);
    struct replica *good = town_join(&town, root, &two, LINLI_CAPTAIN);
    meet(root, good);
    /* Signed with a good key, in the city's scope, under a grant for patch 1. */
    struct hand h = hand_make(root, &keys, &city, &bad->own[0].grant.id, town.now_ms);
    hand_one(&h, &(struct hand_write){.type = TYPE_BUILDING, .record = id_new(&town),
                                      .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC), .text = "mine"}, &run);
    struct ingested here = ingest(root, buf_span(&run));
    assert_int_equal(here.outcome, INGEST_STORED);
    assert_int_equal(here.set_aside, 1);
    /* Patch 2 holds nothing of patch 1, and learns of the grant with the city's own. */
    detail_grants_pass(root, good, &city);
    struct ingested there = ingest(good, buf_span(&run));
    assert_int_equal(there.outcome, INGEST_STORED);
    assert_int_equal(there.set_aside, 1);
    assert_ok(replica_status(good, &status));
    assert_int_equal(status.waiting, 0);
    linli_hash x = digest_of(root, &city), y = digest_of(good, &city);
    assert_memory_equal(x.b, y.b, 32);
    assert_code(replica_scope_path(good, &one, &(struct scope_path){.depth = 0}), LINLI_E_NOT_FOUND);
    /* So does a store made from its backup. */
    struct buf file = {0};
    struct linli_backup_report told;
    struct replica *again = NULL;
    (void)backup_of(&town, 2, &file);
    assert_ok(restore_from(&town, &file, &told, &again));
    assert_true(told.same);
    assert_ok(replica_status(again, &status));
    assert_int_equal(status.waiting, 0);
    assert_int_equal(status.set_aside, 1);
    buf_free(&file);
    buf_free(&run);
    town_end(&town);
}

/* A newcomer knows of the scope it was granted before it has met anybody who holds it. */
static void a_good_grant_vouches_for_its_scope(void **state)
{
    struct town town;
    struct buf chain = {0};
    span list[8];
    struct reader r;
    size_t count = 0, added;
    struct scope_path path;

    (void)state;
    town_start(&town);
    struct replica *root = town_root(&town);
    linli_id city = replica_identity(root)->root_scope, one = scope_add(root, &city, "community 1");
    struct replica *office = town_join(&town, root, &one, LINLI_NODE);
    linli_id patch = scope_add(office, &one, "patch 1");
    struct replica *captain = town_join(&town, office, &patch, LINLI_CAPTAIN);
    assert_code(replica_scope_path(root, &patch, &path), LINLI_E_NOT_FOUND);
    assert_ok(replica_own_chain(captain, &chain));
    reader_start(&r, buf_span(&chain));
    for (size_t left = reader_array(&r, 8); left > 0; left--)
        list[count++] = reader_bin(&r, LIMIT_GRANT_BYTES);
    assert_ok(reader_end(&r));
    assert_ok(replica_grants_add(root, list, count, &added));
    assert_int_equal(added, 1);
    assert_ok(replica_scope_path(root, &patch, &path));
    buf_free(&chain);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_writes_above_his_scope_stops_nobody),
        cmocka_unit_test(a_good_grant_vouches_for_its_scope),
    };
    return UNIT_RUN(tests);
}
