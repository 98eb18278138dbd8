/*
 * tests: what a newer version writes goes through older replicas: types, fields, choices and groups that they never heard of
 * are judged, merged and passed on byte for byte, stay beside what they write themselves, and are read after the upgrade.
 */
#include "unit.h"

#include "codec/writer.h"
#include "look.h"

/* Numbers of a version to come, and what it writes under them. */
enum { NEW_TYPE = 700 << 1, NEW_FIELD = 300, NEW_CHOICE = 77, RULES = RULE_COUNT };

struct scene {
    struct town town;
    struct replica *node, *middle, *third;
    linli_id patch, building, novelty;
    struct device_keys keys[2];
    struct hand hands[2]; /* devices of the newer version */
};

static void scene_start(struct scene *s)
{
    struct invitation inv;
    struct buf answer = {0};

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->node = town_root(&s->town);
    linli_id root = replica_identity(s->node)->root_scope;
    s->patch = scope_add(s->node, &root, "patch");
    s->middle = town_join(&s->town, s->node, &s->patch, LINLI_CAPTAIN);
    s->third = town_join(&s->town, s->node, &s->patch, LINLI_CAPTAIN);
    s->building = building_new(&s->town, s->node, &s->patch, "block 1");
    s->novelty = id_new(&s->town);
    for (size_t i = 0; i < 2; i++) {
        device_make(&s->town, &s->keys[i]);
        invite(s->node, &s->patch, LINLI_CAPTAIN, &inv);
        assert_ok(enrol(s->node, &inv, &s->keys[i], &answer));
        linli_hash grant = grant_of(s->node, &s->keys[i]);
        s->hands[i] = hand_make(s->node, &s->keys[i], &s->patch, &grant, s->town.now_ms);
        buf_clear(&answer);
    }
    buf_free(&answer);
    meet(s->node, s->middle);
    meet(s->middle, s->third);
}

static void op_new(enum merge_rule rule, uint64_t said, struct buf *value, struct buf *key, struct op *out)
{
    uint32_t n = NEW_FIELD + (uint32_t)rule;

    switch (rule) {
    case RULE_REGISTER:
    case RULE_LOG:
    case RULE_LADDER:
        write_map(value, rule == RULE_LADDER ? 3 : 2);
        if (rule == RULE_LADDER) {
            write_uint(value, LADDER_EPISODE);
            write_uint(value, 0);
        }
        write_uint(value, n);
        write_uint(value, said);
        write_uint(value, n + 100); /* a second field of the group */
        write_text(value, "to come", 7);
        break;
    case RULE_SET:
        write_uint(key, said);
        write_bool(value, true);
        break;
    case RULE_COUNTER:
    case RULE_MAX: write_uint(value, said); break;
    }
    *out = (struct op){.group = group_number(n, rule, CLASS_PERSONAL), .key = buf_span(key), .value = buf_span(value)};
}

/* The next changeset of a newer device: a group of each rule on one record. */
static void newer_run(struct hand *h, linli_type type, const linli_id *record, uint64_t said, struct buf *run)
{
    struct arena a = {0};
    struct buf values[RULES] = {{0}}, keys[RULES] = {{0}}, ops = {0}, entry = {0};
    struct op list[RULES];
    struct hand start = *h;

    for (unsigned rule = 0; rule < RULES; rule++)
        op_new((enum merge_rule)rule, said, &values[rule], &keys[rule], &list[rule]);
    assert_ok(ops_encode(&ops, &a, list, RULES, hand_index, NULL));
    struct draft_part part = {.type = type, .record = *record, .cls = CLASS_PERSONAL, .ops = buf_span(&ops)};
    struct draft draft = {.at = {h->of->self.network, h->scope, h->author, h->seq + 1, h->id},
                          .grant = h->seq == 0 ? &h->grant : NULL, .stamp = ++h->stamp, .schema = SCHEMA_VERSION + 8,
                          .parts = &part, .part_count = 1};
    assert_ok(changeset_encode(&a, &draft, &entry, &h->id));
    h->seq++;
    buf_clear(run);
    hand_run(&start, h, buf_span(&entry), &entry.size, 1, run);
    for (size_t i = 0; i < RULES; i++) {
        buf_free(&values[i]);
        buf_free(&keys[i]);
    }
    buf_free(&ops);
    buf_free(&entry);
    arena_free(&a);
}

/* Both newer devices write on a building and on a record of a new type, apart; the node is given all of it. */
static void newer_write(struct scene *s, struct buf run[4])
{
    for (size_t i = 0; i < 2; i++) {
        newer_run(&s->hands[i], TYPE_BUILDING, &s->building, NEW_CHOICE + i, &run[2 * i]);
        newer_run(&s->hands[i], NEW_TYPE, &s->novelty, NEW_CHOICE + i, &run[2 * i + 1]);
    }
    for (size_t i = 0; i < 4; i++) {
        struct ingested done = ingest(s->node, buf_span(&run[i]));
        assert_int_equal(done.advanced, 1);
        assert_int_equal(done.set_aside, 0);
    }
}

/* The whole log of an author, as this replica would send it. */
static void log_read(struct replica *r, const struct scene *s, const struct hand *h, struct buf *out)
{
    uint64_t last;

    buf_clear(out);
    assert_ok(replica_read_run(r, &s->patch, &h->author, 1, 7, LIMIT_RUN_BYTES, out, &last));
    assert_true(last == h->seq);
}

static void what_is_not_known_passes_through_an_older_replica_byte_for_byte(void **state)
{
    struct scene s;
    struct buf run[4] = {{0}}, sent = {0}, came = {0};

    (void)state;
    scene_start(&s);
    newer_write(&s, run);
    meet(s.node, s.middle);
    meet(s.middle, s.third); /* who has never met the node since */
    for (size_t i = 0; i < 2; i++) {
        log_read(s.node, &s, &s.hands[i], &sent);
        log_read(s.third, &s, &s.hands[i], &came);
        assert_true(span_equal(buf_span(&sent), buf_span(&came)));
    }
    assert_same(s.node, s.third, &s.patch);
    assert_verifies(s.third);
    struct buf *all[] = {&run[0], &run[1], &run[2], &run[3], &sent, &came};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        buf_free(all[i]);
    town_end(&s.town);
}

/* A field as the version to come knows it. */
static const struct linli_choice new_choices[] = {{NEW_CHOICE, "first", "first", "一", NULL}, {NEW_CHOICE + 1, "second", "second", "二", NULL}};
static const struct linli_schema_field new_fields[] = {
    {.number = NEW_FIELD, .name = "novelty", .label_en = "novelty", .label_zh = "新项", .kind = LINLI_KIND_CHOICE,
     .rule = LINLI_REGISTER, .cls = LINLI_PERSONAL, .group = NEW_FIELD, .choices = new_choices, .choice_count = 2},
    {.number = NEW_FIELD + 100, .name = "remark", .label_en = "remark", .label_zh = "新注", .kind = LINLI_KIND_TEXT,
     .rule = LINLI_REGISTER, .cls = LINLI_PERSONAL, .group = NEW_FIELD},
};
static const struct linli_schema_type new_type = {
    .number = NEW_TYPE, .name = "novelty", .label_en = "novelty", .label_zh = "新类", .fields = new_fields, .field_count = COUNT_OF(new_fields)};

/* One reading by the schema to come; and by ours, which keeps the number and shows the value as what it is. */
static void read_after_upgrade(const struct group_reading *reading, uint64_t said)
{
    const struct linli_schema_field *field;
    struct linli_value value;
    span item = reading_field(reading->values[0]->bytes, NEW_FIELD), remark = reading_field(reading->values[0]->bytes, NEW_FIELD + 100);

    assert_true(field_in_group(&new_type, reading->group, NEW_FIELD, &field));
    assert_non_null(field);
    assert_ok(value_read(item, field, &value));
    assert_true(value.number == (int64_t)said);
    assert_true(field_in_group(&new_type, reading->group, NEW_FIELD + 100, &field));
    assert_ok(value_read(remark, field, &value));
    assert_int_equal(value.kind, LINLI_KIND_TEXT);
    assert_memory_equal(value.bytes.at, "to come", 7);
    assert_true(field_in_group(linli_schema_type_by_number(TYPE_BUILDING), reading->group, NEW_FIELD, &field));
    assert_null(field);
    assert_ok(value_read(item, NULL, &value));
    assert_int_equal(value.kind, LINLI_KIND_INT);
}

/* All rules merge what two newer devices wrote apart: nothing is lost, and what order or sum there is, is right. */
static void merged_check(struct replica *r, const linli_id *record)
{
    static const size_t counts[RULES] = {[RULE_REGISTER] = 2, [RULE_SET] = 2, [RULE_LOG] = 2, [RULE_LADDER] = 1};
    struct arena a = {0};
    struct record_state state;

    assert_ok(replica_load(r, &a, record, NULL, &state));
    for (unsigned rule = 0; rule < RULES; rule++) {
        struct group_reading reading;
        const struct group_state *g = record_group(&state, group_number(NEW_FIELD + rule, (enum merge_rule)rule, CLASS_PERSONAL));
        assert_non_null(g);
        assert_ok(reading_group(&a, g, replica_names(r), &reading));
        if (rule == RULE_COUNTER || rule == RULE_MAX)
            assert_true(reading.number == (rule == RULE_MAX ? NEW_CHOICE + 1 : 2 * NEW_CHOICE + 1));
        else
            assert_true(reading.count >= counts[rule]);
        if (rule == RULE_REGISTER)
            read_after_upgrade(&reading, NEW_CHOICE + 1);
    }
    arena_free(&a);
}

static void what_is_not_known_is_merged_and_stays_beside_older_edits(void **state)
{
    struct scene s;
    struct buf run[4] = {{0}};

    (void)state;
    scene_start(&s);
    newer_write(&s, run);
    meet(s.node, s.middle);
    assert_ok(building_set(s.middle, &s.patch, &s.building, BUILDING_NAME, "block 1, renamed", false));
    meet(s.middle, s.third);
    meet(s.third, s.node);
    struct replica *all[] = {s.node, s.middle, s.third};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        assert_building(all[i], &s.building, BUILDING_NAME, "block 1, renamed");
        merged_check(all[i], &s.building);
        merged_check(all[i], &s.novelty);
    }
    assert_same(s.node, s.third, &s.patch);
    for (size_t i = 0; i < 4; i++)
        buf_free(&run[i]);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_known_passes_through_an_older_replica_byte_for_byte),
        cmocka_unit_test(what_is_not_known_is_merged_and_stays_beside_older_edits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
