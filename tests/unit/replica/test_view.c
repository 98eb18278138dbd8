/* tests: replica: a record's readable state under writes that no honest replica makes: by right, by number, by size. */
#include "town.h"

/* A patch with its node, and a captain whose log the test writes by hand. */
struct scene {
    struct town town;
    struct replica *node;
    linli_id root, patch;
    struct device_keys keys;
    struct hand captain;
};

static linli_hash grant_of(struct replica *node, const struct device_keys *d)
{
    struct store_txn *txn = NULL;
    linli_hash out;
    span ids;

    assert_ok(store_begin(node->store, false, &txn));
    assert_ok(authority_of_device(txn, d->sign_public, &ids));
    assert_int_equal(ids.size, HASH_BYTES);
    memcpy(out.b, ids.at, HASH_BYTES);
    store_abort(txn);
    return out;
}

static void scene_start(struct scene *s)
{
    struct invitation inv;
    struct buf answer = {0};

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->node = town_root(&s->town);
    s->root = replica_identity(s->node)->root_scope;
    s->patch = scope_add(s->node, &s->root, "patch 1");
    device_make(&s->town, &s->keys);
    invite(s->node, &s->patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(s->node, &inv, &s->keys, &answer));
    linli_hash grant = grant_of(s->node, &s->keys);
    s->captain = hand_make(s->node, &s->keys, &s->patch, &grant, s->town.now_ms);
    buf_free(&answer);
}

static struct ingested captain_writes(struct scene *s, const struct hand_write *w)
{
    struct buf run = {0};

    hand_one(&s->captain, w, &run);
    struct ingested out = ingest(s->node, buf_span(&run));
    buf_free(&run);
    return out;
}

static linli_type type_of(struct replica *r, const linli_id *record)
{
    struct arena a = {0};
    struct record_state state;

    assert_ok(replica_load(r, &a, record, NULL, &state));
    linli_type type = state.type;
    arena_free(&a);
    return type;
}

/* A scope's record and a grant's are the office's alone, whatever type a captain says that his part is of. */
static void a_part_of_a_type_of_another_right_does_not_reach_a_record(void **state)
{
    (void)state;
    struct scene s;
    char before[64], after[64];
    linli_id grant, place;

    scene_start(&s);
    grant_record_id(&s.captain.grant, &grant);
    linli_id below = scope_add(s.node, &s.patch, "patch 1.1");
    assert_ok(replica_device_name(s.node, s.keys.sign_public, before, sizeof(before)));
    const struct hand_write writes[] = {
        {.type = TYPE_BUILDING, .record = grant, .text = "forged", .group = group_number(GRANT_NAME, RULE_REGISTER, CLASS_PERSONAL)},
        {.type = TYPE_BUILDING, .record = below, .text = "forged", .group = group_number(SCOPE_NAME, RULE_REGISTER, CLASS_PUBLIC)},
        {.type = 1000, .record = grant, .text = "forged", .group = group_number(1, RULE_REGISTER, CLASS_PUBLIC)},
    };
    for (size_t i = 0; i < COUNT_OF(writes); i++)
        assert_int_equal(captain_writes(&s, &writes[i]).set_aside, 1);
    assert_ok(replica_device_name(s.node, s.keys.sign_public, after, sizeof(after)));
    assert_string_equal(after, before);
    assert_int_equal(type_of(s.node, &grant), TYPE_GRANT);
    assert_int_equal(type_of(s.node, &below), TYPE_SCOPE);
    assert_ok(replica_scope_find(s.node, "Made-up Lane/patch 1/patch 1.1", &place));
    assert_true(id_equal(&place, &below));
    town_end(&s.town);
}

static uint64_t counted(const struct scene *s, uint32_t what)
{
    struct store_txn *txn = NULL;
    uint32_t scope;
    uint64_t count;

    assert_ok(store_begin(s->node->store, false, &txn));
    assert_ok(scope_number(txn, &s->patch, &scope));
    assert_ok(count_get(txn, scope, what, &count));
    store_abort(txn);
    return count;
}

/* A type's counter has a number of its own, whatever number the type has. */
static void no_type_counts_as_something_else(void **state)
{
    (void)state;
    struct scene s;
    struct linli_verify report = {0};
    struct hand_write w = {.text = "x", .group = group_number(1, RULE_REGISTER, CLASS_PUBLIC)};
    const linli_type types[] = {(linli_type)TYPE_MAX - 1, (linli_type)TYPE_MAX + 1,
                                (linli_type)(0u - COUNT_TYPE + COUNT_RECORDS), (linli_type)(0u - COUNT_TYPE + COUNT_ASIDE)};

    scene_start(&s);
    uint64_t records = counted(&s, COUNT_RECORDS), asides = counted(&s, COUNT_ASIDE);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        w.type = types[i];
        w.record = id_new(&s.town);
        assert_int_equal(captain_writes(&s, &w).set_aside, i > 0);
    }
    assert_int_equal(counted(&s, COUNT_RECORDS), records + 1);
    assert_int_equal(counted(&s, COUNT_ASIDE), asides + COUNT_OF(types) - 1);
    assert_int_equal(counted(&s, COUNT_TYPE + types[0]), 1);
    assert_ok(replica_verify(s.node, &report));
    town_end(&s.town);
}

/* Of two types of one right the greater holds, and the counters and the index follow it. */
static void a_record_of_two_types_is_of_the_greater_one_in_every_table(void **state)
{
    (void)state;
    struct scene s;
    struct linli_verify report = {0};
    struct hand_write w = {.record = {{0}}, .text = "x", .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC)};
    const linli_type types[] = {TYPE_BUILDING, TYPE_RESIDENT, TYPE_BUILDING};

    scene_start(&s);
    w.record = id_new(&s.town);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        w.type = types[i];
        assert_int_equal(captain_writes(&s, &w).set_aside, 0);
    }
    assert_int_equal(type_of(s.node, &w.record), TYPE_RESIDENT);
    assert_int_equal(counted(&s, COUNT_TYPE + TYPE_BUILDING), 0);
    assert_int_equal(counted(&s, COUNT_TYPE + TYPE_RESIDENT), 1);
    assert_ok(replica_verify(s.node, &report));
    town_end(&s.town);
}

/* As many stand beside each other as there are authors: one write still replaces them all, and another deletes the record. */
static void what_very_many_wrote_at_once_is_settled_by_one_write_and_deleted_by_another(void **state)
{
    (void)state;
    enum { AUTHORS = 600 };
    static const uint8_t life[] = {0x81, FIELD_LIFE, LIFE_VALUE_DELETED};
    struct scene s;
    struct hand_write w = {.type = TYPE_BUILDING, .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC)};
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    struct record_state now;
    char text[64];
    size_t values;

    scene_start(&s);
    w.record = building_new(&s.town, s.node, &s.patch, "block 1");
    struct hand first = s.captain;
    for (uint64_t i = 0; i < AUTHORS; i++) {
        s.captain = first;
        s.captain.author.incarnation += 1 + i;
        (void)snprintf(text, sizeof(text), "block %u", (unsigned)i);
        w.text = text;
        assert_int_equal(captain_writes(&s, &w).advanced, 1);
    }
    building_text(s.node, &w.record, BUILDING_NAME, text, &values);
    assert_int_equal(values, AUTHORS); /* "block 1" twice */
    for (unsigned i = 0; i < 2; i++) /* one changeset cites so many authors only */
        building_new(&s.town, s.node, &s.patch, "another");
    assert_ok(building_set(s.node, &s.patch, &w.record, BUILDING_NAME, "settled", false));
    building_text(s.node, &w.record, BUILDING_NAME, text, &values);
    assert_string_equal(text, "settled");
    assert_int_equal(values, 1);
    assert_ok(replica_load(s.node, &edit.arena, &w.record, NULL, &now));
    assert_ok(edit_add(&edit, &s.patch, &w.record, TYPE_BUILDING, GROUP_LIFE, (span){NULL, 0}, span_of(life, sizeof(life))));
    assert_ok(reading_shown_all(&edit.arena, &now, &edit.ops[0].op.ctx));
    assert_true(edit.ops[0].op.ctx.count > AUTHORS);
    assert_ok(replica_commit(s.node, edits, 1, NULL));
    assert_ok(replica_load(s.node, &edit.arena, &w.record, NULL, &now));
    assert_int_equal(reading_life(&now), LIFE_DELETED);
    edit_free(&edit);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_part_of_a_type_of_another_right_does_not_reach_a_record),
        cmocka_unit_test(no_type_counts_as_something_else),
        cmocka_unit_test(a_record_of_two_types_is_of_the_greater_one_in_every_table),
        cmocka_unit_test(what_very_many_wrote_at_once_is_settled_by_one_write_and_deleted_by_another),
    };
    return UNIT_RUN(tests);
}
