/* tests: replica: replicas that meet hold the same and show the same, whatever order things came in. */
#include "town.h"

static void two_replicas_that_met_are_the_same(void **state)
{
    struct town town;
    struct linli_status x, y;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1");
    struct replica *b = town_join(&town, a, &patch, LINLI_CAPTAIN);
    linli_id building = building_new(&town, a, &patch, "block 1");
    meet(a, b);
    linli_hash at_a = digest_of(a, &root), at_b = digest_of(b, &root);
    assert_same(a, b, &patch);
    assert_memory_equal(at_a.b, at_b.b, 32); /* what they may read of it is not the same */
    assert_building(b, &building, BUILDING_NAME, "block 1");
    /* Both change the same field apart: both see the same conflict, and one of them settles it. */
    assert_ok(building_set(a, &patch, &building, BUILDING_NAME, "block A", false));
    town.now_ms += 1000;
    assert_ok(building_set(b, &patch, &building, BUILDING_NAME, "block B", false));
    meet(a, b);
    assert_same(a, b, &patch);
    assert_building(a, &building, BUILDING_NAME, "block B");
    assert_ok(replica_status(a, &x));
    assert_ok(replica_status(b, &y));
    assert_int_equal(x.conflicts, 1);
    assert_int_equal(y.conflicts, 1);
    assert_ok(building_set(b, &patch, &building, BUILDING_NAME, "block C", false));
    meet(b, a);
    assert_same(a, b, &patch);
    assert_ok(replica_status(a, &x));
    assert_int_equal(x.conflicts, 0);
    assert_int_equal(x.set_aside + x.waiting + x.wants, 0);
    assert_ok(replica_status(b, &y));
    assert_memory_equal(x.digest.b, y.digest.b, 32);
    town_end(&town);
}

static void a_third_replica_is_told_all_by_either(void **state)
{
    struct town town;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1");
    struct replica *b = town_join(&town, a, &patch, LINLI_CAPTAIN), *c = town_join(&town, a, &patch, LINLI_CAPTAIN);
    meet(a, b);
    linli_id building = building_new(&town, b, &patch, "block 1");
    meet(b, c); /* two captains, no server in reach */
    assert_building(c, &building, BUILDING_NAME, "block 1");
    assert_ok(building_set(c, &patch, &building, BUILDING_FLOORS, "six", true));
    meet(c, a);
    meet(a, b);
    assert_same(a, b, &patch);
    assert_same(a, c, &patch);
    town_end(&town);
}

static void a_viewer_is_given_public_parts_and_wants_nothing_more(void **state)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct town town;
    struct linli_status status;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1");
    struct replica *viewer = town_join(&town, a, &patch, LINLI_VIEWER);
    linli_id building = building_new(&town, a, &patch, "block 1"), resident = id_new(&town);
    assert_ok(edit_life(&edit, &patch, &resident, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, &patch, &resident, TYPE_RESIDENT, RESIDENT_NAME, "Made-up Person"));
    assert_ok(edit_text(&edit, &patch, &resident, TYPE_RESIDENT, RESIDENT_ID_NUMBER, "NOT-A-NUMBER-1"));
    assert_ok(replica_commit(a, edits, 1, NULL));
    edit_free(&edit);
    meet(a, viewer);
    assert_building(viewer, &building, BUILDING_NAME, "block 1");
    struct arena arena = {0};
    struct record_state held;
    assert_ok(replica_load(viewer, &arena, &resident, NULL, &held)); /* that it lives is public */
    assert_null(record_group(&held, group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL)));
    assert_null(record_group(&held, group_number(RESIDENT_ID_NUMBER, RULE_REGISTER, CLASS_SENSITIVE)));
    arena_free(&arena);
    linli_hash x = digest_of(a, &patch), y = digest_of(viewer, &patch);
    assert_memory_equal(x.b, y.b, 32);
    assert_ok(replica_status(viewer, &status));
    assert_int_equal(status.wants, 0);
    assert_code(building_set(viewer, &patch, &building, BUILDING_NAME, "block 2", false), LINLI_E_REFUSED);
    town_end(&town);
}

static bool says(const struct buf *bytes, const char *text)
{
    size_t size = strlen(text);

    for (size_t i = 0; i + size <= bytes->size; i++)
        if (memcmp(bytes->at + i, text, size) == 0)
            return true;
    return false;
}

/* Whoever gets it may be no honest replica, and keep what it may not read. */
static void a_run_that_is_read_for_a_class_has_no_byte_of_another(void **state)
{
    enum { NEWER = 900 }; /* a field that this version does not know, and so does not seal */
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct town town;
    struct linli_committed done;
    struct buf run = {0}, value = {0};
    uint64_t last;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1"), resident = id_new(&town);
    assert_ok(edit_life(&edit, &patch, &resident, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, &patch, &resident, TYPE_RESIDENT, RESIDENT_NAME, "Made-up Person"));
    write_map(&value, 1);
    write_uint(&value, NEWER);
    write_text(&value, "NOT-A-NUMBER-1", 14);
    assert_ok(edit_add(&edit, &patch, &resident, TYPE_RESIDENT, group_number(NEWER, RULE_REGISTER, CLASS_SENSITIVE),
                       (span){NULL, 0}, buf_span(&value)));
    assert_ok(replica_commit(a, edits, 1, &done));
    edit_free(&edit);
    buf_free(&value);
    for (unsigned mask = 0; mask < 8; mask++) {
        buf_clear(&run);
        assert_ok(replica_read_run(a, &patch, &done.dot.author, done.dot.seq, mask, LIMIT_RUN_BYTES, &run, &last));
        assert_int_equal(says(&run, "Made-up Person"), mask >> CLASS_PERSONAL & 1);
        assert_int_equal(says(&run, "NOT-A-NUMBER-1"), mask >> CLASS_SENSITIVE & 1);
    }
    buf_free(&run);
    town_end(&town);
}

static void a_wanted_part_is_filled_in_and_shown(void **state)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct town town;
    struct linli_status status;
    struct linli_committed done;
    struct buf part = {0};

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1");
    struct replica *viewer = town_join(&town, a, &patch, LINLI_VIEWER), *b = town_join(&town, a, &patch, LINLI_CAPTAIN);
    linli_id resident = id_new(&town);
    assert_ok(edit_life(&edit, &patch, &resident, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, &patch, &resident, TYPE_RESIDENT, RESIDENT_NAME, "Made-up Person"));
    assert_ok(replica_commit(a, edits, 1, &done));
    edit_free(&edit);
    meet(a, viewer);
    meet(viewer, b); /* through somebody who has not got the name */
    assert_ok(replica_status(b, &status));
    assert_true(status.wants > 0);
    uint64_t wants = status.wants;
    assert_code(replica_read_part(a, &patch, &done.dot.author, done.dot.seq, 1, 1, &part), LINLI_E_REFUSED);
    assert_ok(replica_read_part(a, &patch, &done.dot.author, done.dot.seq, 1, 7, &part));
    assert_code(replica_part_fill(b, &patch, &done.dot.author, done.dot.seq, 0, buf_span(&part)), LINLI_E_NOT_FOUND);
    assert_ok(replica_part_fill(b, &patch, &done.dot.author, done.dot.seq, 1, buf_span(&part)));
    assert_ok(replica_status(b, &status));
    assert_int_equal(status.wants, wants - 1);
    struct arena arena = {0};
    struct record_state held;
    assert_ok(replica_load(b, &arena, &resident, NULL, &held));
    assert_non_null(record_group(&held, group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL)));
    arena_free(&arena);
    part.at[part.size - 1] ^= 1;
    assert_code(replica_part_fill(b, &patch, &done.dot.author, done.dot.seq, 1, buf_span(&part)), LINLI_E_NOT_FOUND);
    buf_free(&part);
    town_end(&town);
}

static void a_clock_31_years_fast_hides_and_drags_nothing(void **state)
{
    const uint64_t years = UINT64_C(31) * 365 * 24 * 3600 * 1000;
    struct town town;
    struct linli_status status;
    struct linli_committed done;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1");
    struct replica *b = town_join(&town, a, &patch, LINLI_CAPTAIN);
    meet(a, b);
    town.now_ms += years;
    linli_id building = building_new(&town, b, &patch, "block of the future");
    town.now_ms -= years;
    meet(a, b);
    assert_same(a, b, &patch);
    assert_building(a, &building, BUILDING_NAME, "block of the future");
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    assert_ok(edit_text(&edit, &patch, &building, TYPE_BUILDING, BUILDING_NAME, "block of now"));
    edit_shown(a, &edit, 0);
    assert_ok(replica_commit(a, edits, 1, &done));
    edit_free(&edit);
    assert_true(hlc_ms(done.stamp) < town.now_ms + 1000);
    meet(a, b);
    assert_same(a, b, &patch);
    assert_building(b, &building, BUILDING_NAME, "block of now"); /* it had seen the other, so it replaced it */
    assert_ok(replica_status(b, &status));
    assert_int_equal(status.conflicts + status.set_aside, 0);
    town_end(&town);
}

static void own_log_comes_back_without_harm(void **state)
{
    struct town town;
    struct buf run = {0};
    uint64_t last;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope;
    building_new(&town, a, &root, "block 1");
    linli_hash before = digest_of(a, &root);
    assert_ok(replica_read_run(a, &root, &a->author, 1, 7, LIMIT_RUN_BYTES, &run, &last));
    assert_int_equal(last, 3); /* the founding, the keys, the building */
    struct ingested out = ingest(a, buf_span(&run));
    assert_int_equal(out.outcome, INGEST_STORED);
    assert_int_equal(out.advanced, 0);
    linli_hash after = digest_of(a, &root);
    assert_memory_equal(before.b, after.b, 32);
    buf_free(&run);
    town_end(&town);
}

static void a_digest_changes_with_each_head_and_each_grant(void **state)
{
    struct town town;
    struct device_keys d;
    struct buf certificate = {0};
    size_t added;

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope;
    linli_hash first = digest_of(a, &root);
    building_new(&town, a, &root, "block 1");
    linli_hash second = digest_of(a, &root);
    assert_memory_not_equal(first.b, second.b, 32);
    struct grant g = {.network = a->self.network, .role = ROLE_CAPTAIN, .rights = RIGHT_READ, .path = a->own[0].grant.path,
                      .issuer = a->own[0].grant.id};
    device_make(&town, &d);
    memcpy(g.subject, d.sign_public, 32);
    assert_ok(grant_make(a->self.sign_secret, &g, &certificate));
    span one = buf_span(&certificate);
    assert_ok(replica_grants_add(a, &one, 1, &added)); /* as a session brings it, before any record of it */
    assert_int_equal(added, 1);
    linli_hash third = digest_of(a, &root);
    assert_memory_not_equal(second.b, third.b, 32);
    buf_free(&certificate);
    town_end(&town);
}

/* What `from` hands over to the device of `to` (proto/session.md 3). */
static void hand(struct replica *from, struct replica *to)
{
    struct buf handed = {0};
    span certificates[LIMIT_CERTIFICATES];
    struct reader reader;
    size_t added;

    assert_ok(replica_handover(from, to->self.sign_public, &handed));
    reader_start(&reader, buf_span(&handed));
    size_t count = reader_array(&reader, LIMIT_CERTIFICATES);
    for (size_t i = 0; i < count; i++)
        certificates[i] = reader_bin(&reader, LIMIT_STATEMENT_BYTES);
    assert_ok(reader_end(&reader));
    assert_ok(replica_grants_add(to, certificates, count, &added));
    assert_int_equal(added, 1); /* the rest is held */
    buf_free(&handed);
}

/* Nothing was written in it, and nobody was let in: its record alone, in the scope above, tells of it. */
static void an_empty_scope_is_held_once_rights_reach_it(void **state)
{
    struct town town;
    struct device_keys keys;
    struct invitation invitation;
    struct scope_path path;
    struct buf answer = {0};

    (void)state;
    town_start(&town);
    struct replica *a = town_root(&town);
    linli_id root = replica_identity(a)->root_scope, patch = scope_add(a, &root, "patch 1"),
             empty = scope_add(a, &root, "patch 2"), later;
    device_make(&town, &keys);
    struct replica *b = town_join_keys(&town, a, &patch, LINLI_CAPTAIN, &keys);
    meet(a, b);
    assert_int_equal(replica_scope_path(b, &empty, &path), LINLI_E_NOT_FOUND); /* a neighbour's */
    invite(a, &root, LINLI_VIEWER, &invitation);
    assert_ok(enrol(a, &invitation, &keys, &answer));
    hand(a, b);
    assert_ok(replica_scope_path(b, &empty, &path));
    later = scope_add(a, &root, "patch 3");
    meet(a, b);
    assert_ok(replica_scope_path(b, &later, &path));
    assert_same(a, b, &patch);
    buf_free(&answer);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_replicas_that_met_are_the_same),
        cmocka_unit_test(a_third_replica_is_told_all_by_either),
        cmocka_unit_test(a_viewer_is_given_public_parts_and_wants_nothing_more),
        cmocka_unit_test(a_run_that_is_read_for_a_class_has_no_byte_of_another),
        cmocka_unit_test(a_wanted_part_is_filled_in_and_shown),
        cmocka_unit_test(a_clock_31_years_fast_hides_and_drags_nothing),
        cmocka_unit_test(own_log_comes_back_without_harm),
        cmocka_unit_test(a_digest_changes_with_each_head_and_each_grant),
        cmocka_unit_test(an_empty_scope_is_held_once_rights_reach_it),
    };
    return UNIT_RUN(tests);
}
