/*
 * tests: a changeset as large as may be, and one that is larger. What is too large is refused by everybody, whatever of it
 * they are given; what is not is whole at last with everybody, whatever came first.
 */
#include "unit.h"

#include "backups.h"
#include "changeset/layout.h"
#include "codec/writer.h"
#include "look.h"

enum { FIELDS = 128, OPS_MOST = 184, OPS_TOO_MANY = 190 };

/* As many items as bytes can be: ops on groups that no schema knows, each with a map of one-byte keys and nils. */
static void part_write(const linli_id *record, unsigned cls, size_t count, struct buf *part)
{
    static const uint8_t salt[SALT_BYTES] = {7};
    struct arena a = {0};
    struct op ops[OPS_TOO_MANY];
    struct buf value = {0}, encoded = {0};

    write_map(&value, FIELDS);
    for (uint32_t i = 0; i < FIELDS; i++) {
        write_uint(&value, i);
        write_nil(&value);
    }
    for (uint32_t i = 0; i < count; i++)
        ops[i] = (struct op){.group = group_number(200 + i, RULE_REGISTER, (enum data_class)cls), .value = buf_span(&value)};
    assert_ok(ops_encode(&encoded, &a, ops, count, hand_index, NULL));
    buf_clear(part);
    write_array(part, PART_FIELDS);
    write_bin(part, salt, sizeof(salt));
    write_uint(part, TYPE_BUILDING);
    write_bin(part, record->b, ID_BYTES);
    write_raw(part, buf_span(&encoded));
    buf_free(&value);
    buf_free(&encoded);
    arena_free(&a);
}

/* A hand's next changeset, of a public and a personal part. */
struct pair {
    struct hand hand;
    struct buf part[2], tail;
    linli_hash id;
};

static void pair_write(struct pair *p, const linli_id *record, size_t ops)
{
    struct position at = {p->hand.of->self.network, p->hand.scope, p->hand.author, p->hand.seq + 1, p->hand.id};
    struct hasher id;
    linli_hash hash;

    buf_clear(&p->tail);
    write_array(&p->tail, TAIL_FIELDS);
    write_array(&p->tail, 0);
    if (p->hand.seq == 0)
        write_bin(&p->tail, p->hand.grant.b, HASH_BYTES);
    else
        write_nil(&p->tail);
    write_uint(&p->tail, p->hand.stamp + 1);
    write_uint(&p->tail, 1);
    write_array(&p->tail, 2);
    for (unsigned cls = 0; cls < 2; cls++) {
        part_write(record, cls, ops, &p->part[cls]);
        write_uint(&p->tail, p->part[cls].size << 3 | cls << 1);
    }
    changeset_hash_start(&id, &at, buf_span(&p->tail));
    for (unsigned cls = 0; cls < 2; cls++) {
        part_hash(buf_span(&p->part[cls]), &hash);
        hasher_add(&id, hash.b, HASH_BYTES);
    }
    hasher_end(&id, p->id.b, HASH_BYTES);
}

/* Its entry with those of its parts whose bit is set. */
static void pair_entry(const struct pair *p, unsigned carried, struct buf *entry)
{
    linli_hash hash;

    write_array(entry, 2);
    write_raw(entry, buf_span(&p->tail));
    write_array(entry, 2);
    for (unsigned i = 0; i < 2; i++) {
        if ((carried >> i & 1) != 0) {
            write_raw(entry, buf_span(&p->part[i]));
            continue;
        }
        part_hash(buf_span(&p->part[i]), &hash);
        write_array(entry, 2);
        write_uint(entry, PART_ABSENT);
        write_bin(entry, hash.b, HASH_BYTES);
    }
}

/* The run of changesets in a row, signed at the last. */
static void pairs_run(const struct pair *p, size_t count, unsigned carried, struct buf *out)
{
    struct buf bytes[2] = {{0}};
    span entries[2];
    struct run run = {.scope = p->hand.scope, .author = p->hand.author, .first = p->hand.seq + 1, .prev = p->hand.id,
                      .entries = entries, .count = count};

    for (size_t i = 0; i < count; i++) {
        pair_entry(&p[i], carried, &bytes[i]);
        entries[i] = buf_span(&bytes[i]);
    }
    assert_ok(changeset_sign(p->hand.keys->sign_secret, &p[count - 1].id, run.signature));
    buf_clear(out);
    assert_ok(run_encode(&run, out));
    buf_free(&bytes[0]);
    buf_free(&bytes[1]);
}

/* A node and a captain's phone, and a device of their patch whose changesets the test writes. */
struct scene {
    struct town town;
    struct replica *node, *phone;
    linli_id patch, record;
    struct device_keys keys;
    struct pair pair[2];
    struct buf run;
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
    s->phone = town_join(&s->town, s->node, &s->patch, LINLI_CAPTAIN);
    device_make(&s->town, &s->keys);
    invite(s->node, &s->patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(s->node, &inv, &s->keys, &answer));
    meet_scope(s->node, s->phone, &root, 7);
    meet_scope(s->node, s->phone, &s->patch, 7);
    linli_hash grant = grant_of(s->node, &s->keys);
    s->pair[0].hand = hand_make(s->node, &s->keys, &s->patch, &grant, s->town.now_ms);
    s->record = id_new(&s->town);
    buf_free(&answer);
}

static void scene_end(struct scene *s)
{
    for (size_t i = 0; i < 2; i++) {
        buf_free(&s->pair[i].part[0]);
        buf_free(&s->pair[i].part[1]);
        buf_free(&s->pair[i].tail);
    }
    buf_free(&s->run);
    town_end(&s->town);
}

static void a_changeset_that_is_too_large_is_refused_whatever_it_carries(void **state)
{
    struct scene s;
    struct ingested done;

    (void)state;
    scene_start(&s);
    pair_write(s.pair, &s.record, OPS_TOO_MANY);
    struct replica *replicas[] = {s.node, s.phone};
    for (size_t i = 0; i < 2; i++)
        for (unsigned carried = 0; carried < 3; carried++) { /* both of them no entry holds */
            span run;
            int code;
            pairs_run(s.pair, 1, carried, &s.run);
            run = buf_span(&s.run);
            assert_ok(replica_ingest(replicas[i], &run, 1, &done, &code));
            assert_code(code, LINLI_E_LIMIT);
            assert_int_equal(done.advanced, 0);
        }
    assert_same(s.node, s.phone, &s.patch);
    scene_end(&s);
}

/* Each is given the part that the other is not. The node is then sent the part alone; the phone the run with it. */
static void the_largest_changeset_is_whole_at_last_whatever_came_first(void **state)
{
    struct scene s;
    struct buf part = {0};

    (void)state;
    scene_start(&s);
    pair_write(s.pair, &s.record, OPS_MOST);
    pairs_run(s.pair, 1, 1 << CLASS_PUBLIC, &s.run);
    assert_int_equal(ingest(s.node, buf_span(&s.run)).advanced, 1);
    assert_int_equal(wants(s.node, &s.patch), 1);
    pairs_run(s.pair, 1, 1 << CLASS_PERSONAL, &s.run);
    assert_int_equal(ingest(s.phone, buf_span(&s.run)).advanced, 1);
    assert_int_equal(wants(s.phone, &s.patch), 1);

    assert_ok(replica_read_part(s.phone, &s.patch, &s.pair[0].hand.author, 1, CLASS_PERSONAL, 7, &part));
    assert_ok(replica_part_fill(s.node, &s.patch, &s.pair[0].hand.author, 1, CLASS_PERSONAL, buf_span(&part)));
    assert_int_equal(wants(s.node, &s.patch), 0);
    pairs_run(s.pair, 1, 1 << CLASS_PUBLIC, &s.run);
    assert_int_equal(ingest(s.phone, buf_span(&s.run)).advanced, 0);
    assert_int_equal(wants(s.phone, &s.patch), 0);
    assert_same(s.node, s.phone, &s.patch);
    assert_verifies(s.node);
    assert_verifies(s.phone);
    buf_free(&part);
    scene_end(&s);
}

/* Two that large came as one run, without content; part by part they grew past what any run holds. */
static void grow_past_a_run(struct scene *s)
{
    pair_write(&s->pair[0], &s->record, OPS_MOST);
    s->pair[1].hand = s->pair[0].hand;
    s->pair[1].hand.id = s->pair[0].id;
    s->pair[1].hand.seq++;
    s->pair[1].hand.stamp++;
    pair_write(&s->pair[1], &s->record, OPS_MOST);
    pairs_run(s->pair, 2, 0, &s->run);
    assert_int_equal(ingest(s->node, buf_span(&s->run)).advanced, 2);
    for (uint32_t i = 0; i < 4; i++)
        assert_ok(replica_part_fill(s->node, &s->patch, &s->pair[0].hand.author, 1 + i / 2, i % 2,
                                    buf_span(&s->pair[i / 2].part[i % 2])));
    assert_int_equal(wants(s->node, &s->patch), 0);
}

static void what_no_run_holds_any_more_goes_out_with_less_of_it_and_the_rest_by_parts(void **state)
{
    struct scene s;

    (void)state;
    scene_start(&s);
    grow_past_a_run(&s);
    meet(s.node, s.phone);
    assert_int_equal(wants(s.phone, &s.patch), 2); /* the first changeset had room */
    for (uint32_t part = 0; part < 2; part++)
        assert_ok(replica_part_fill(s.phone, &s.patch, &s.pair[0].hand.author, 2, part, buf_span(&s.pair[1].part[part])));
    assert_int_equal(wants(s.phone, &s.patch), 0);
    assert_same(s.node, s.phone, &s.patch);
    assert_verifies(s.phone);
    scene_end(&s);
}

static void a_backup_has_it_part_by_part(void **state)
{
    struct scene s;
    struct buf file = {0};
    struct linli_backup_report told;
    struct replica *again = NULL;

    (void)state;
    scene_start(&s);
    grow_past_a_run(&s);
    (void)backup_of(&s.town, 0, &file);
    assert_ok(restore_from(&s.town, &file, &told, &again));
    assert_true(told.same);
    assert_int_equal(wants(again, &s.patch), 0);
    assert_same(s.node, again, &s.patch);
    assert_verifies(again);
    buf_free(&file);
    scene_end(&s);
}

struct late {
    struct scene *scene;
    bool came;
};

static void part_comes(void *ctx)
{
    struct late *late = ctx;
    struct scene *s = late->scene;

    if (!late->came)
        assert_ok(replica_part_fill(s->node, &s->patch, &s->pair[0].hand.author, 1, CLASS_PERSONAL, buf_span(&s->pair[0].part[CLASS_PERSONAL])));
    late->came = true;
}

static void a_part_that_comes_while_a_backup_is_written_is_in_it(void **state)
{
    static char text[12000];
    struct scene s;
    struct late late = {.scene = &s};
    struct buf file = {0};
    struct linli_backup_report told;
    struct replica *again = NULL;

    (void)state;
    scene_start(&s);
    pair_write(s.pair, &s.record, OPS_MOST);
    pairs_run(s.pair, 1, 1 << CLASS_PUBLIC, &s.run);
    assert_int_equal(ingest(s.node, buf_span(&s.run)).advanced, 1);
    memset(text, 'x', sizeof(text) - 1);
    linli_id building = building_new(&s.town, s.node, &s.patch, "block 1");
    for (size_t i = 0; i < 30; i++) /* so that it takes more than one step */
        assert_ok(building_set(s.node, &s.patch, &building, BUILDING_FLOORS, text, false));
    (void)backup_with(&s.town, 0, &file, part_comes, &late);
    assert_true(late.came);
    assert_ok(restore_from(&s.town, &file, &told, &again));
    assert_int_equal(wants(again, &s.patch), 0);
    assert_same(s.node, again, &s.patch);
    buf_free(&file);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_changeset_that_is_too_large_is_refused_whatever_it_carries),
        cmocka_unit_test(the_largest_changeset_is_whole_at_last_whatever_came_first),
        cmocka_unit_test(what_no_run_holds_any_more_goes_out_with_less_of_it_and_the_rest_by_parts),
        cmocka_unit_test(a_backup_has_it_part_by_part),
        cmocka_unit_test(a_part_that_comes_while_a_backup_is_written_is_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
