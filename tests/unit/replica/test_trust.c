/* tests: replica: what a relay, a stranger and a captain cannot do to others' records: hide, stop, crowd out, shadow. */
#include "changeset/layout.h"
#include "look.h"

struct place {
    struct town town;
    struct replica *node;
    linli_id root, patch;
};

static void place_start(struct place *p)
{
    memset(p, 0, sizeof(*p));
    town_start(&p->town);
    p->node = town_root(&p->town);
    p->root = replica_identity(p->node)->root_scope;
    p->patch = scope_add(p->node, &p->root, "patch 1");
}

/* A captain whose changesets the test writes by hand. */
static struct hand captain(struct place *p, const linli_id *scope, struct device_keys *keys)
{
    struct invitation inv;
    struct buf answer = {0};

    device_make(&p->town, keys);
    invite(p->node, scope, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(p->node, &inv, keys, &answer));
    buf_free(&answer);
    linli_hash grant = grant_of(p->node, keys);
    return hand_make(p->node, keys, scope, &grant, p->town.now_ms);
}

static struct hand_write write_of(const linli_id *record, const char *text)
{
    return (struct hand_write){.type = TYPE_BUILDING, .record = *record, .text = text,
                               .group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC)};
}

static linli_id resident_new(struct town *town, struct replica *r, const linli_id *scope)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};
    linli_id id = id_new(town);

    id.b[0] &= 0xfe; /* ids say the right that their type needs */
    assert_ok(edit_life(&edit, scope, &id, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, scope, &id, TYPE_RESIDENT, RESIDENT_NAME, "Made-up Person"));
    assert_ok(replica_commit(r, edits, 1, NULL));
    edit_free(&edit);
    return id;
}

static bool shows_name(struct replica *r, const linli_id *resident)
{
    struct arena a = {0};
    struct record_state state;

    assert_ok(replica_load(r, &a, resident, NULL, &state));
    bool shows = record_group(&state, group_number(RESIDENT_NAME, RULE_REGISTER, CLASS_PERSONAL)) != NULL;
    arena_free(&a);
    return shows;
}

/* The run of a log from its beginning, with the content of every part left out and `state` given as the reason. */
static void run_emptied(struct replica *from, const linli_id *scope, const linli_author *author, unsigned state, struct buf *out)
{
    struct arena a = {0};
    struct buf whole = {0}, entry = {0};
    struct run run;
    uint64_t last;

    assert_ok(replica_read_run(from, scope, author, 1, 7, LIMIT_RUN_BYTES, &whole, &last));
    assert_ok(run_decode(&a, buf_span(&whole), &run));
    for (size_t i = 0; i < run.count; i++) {
        buf_clear(&entry);
        assert_ok(entry_for_classes(run.entries[i], 0, &entry));
        for (size_t k = 0; k + 4 < entry.size; k++) /* an array of two: state, 32 bytes */
            if (memcmp(entry.at + k, (const uint8_t[]){0x92, PART_ABSENT, 0xc4, HASH_BYTES}, 4) == 0)
                entry.at[k + 1] = (uint8_t)state;
        run.entries[i] = arena_copy(&a, buf_span(&entry));
    }
    assert_ok(run_encode(&run, out));
    buf_free(&whole);
    buf_free(&entry);
    arena_free(&a);
}

static void nobodys_word_makes_content_pruned_or_erased(void **state)
{
    struct place p;

    (void)state;
    for (unsigned said = PART_ABSENT; said <= PART_ERASED; said++) {
        struct buf empty = {0}, whole = {0};
        uint64_t last;
        place_start(&p);
        struct replica *writer = town_join(&p.town, p.node, &p.patch, LINLI_CAPTAIN);
        struct replica *reader = town_join(&p.town, p.node, &p.patch, LINLI_CAPTAIN);
        meet(p.node, writer);
        meet(p.node, reader);
        linli_id building = building_new(&p.town, writer, &p.patch, "block 9");
        run_emptied(writer, &p.patch, &writer->author, said, &empty);
        assert_int_equal(ingest(reader, buf_span(&empty)).outcome, INGEST_STORED);
        assert_building(reader, &building, BUILDING_NAME, "");
        assert_true(wants(reader, &p.patch) > 0);
        assert_verifies(reader);
        assert_ok(replica_read_run(writer, &p.patch, &writer->author, 1, 7, LIMIT_RUN_BYTES, &whole, &last));
        assert_int_equal(ingest(reader, buf_span(&whole)).advanced, 0); /* held; but this one carries what was left out */
        assert_building(reader, &building, BUILDING_NAME, "block 9");
        assert_int_equal(wants(reader, &p.patch), 0);
        assert_same(reader, writer, &p.patch);
        assert_verifies(reader);
        buf_free(&empty);
        buf_free(&whole);
        town_end(&p.town);
    }
}

static void what_we_may_not_read_is_not_kept_whoever_sends_it(void **state)
{
    struct place p;
    struct buf run = {0}, part = {0};
    uint64_t last;

    (void)state;
    place_start(&p);
    struct replica *viewer = town_join(&p.town, p.node, &p.patch, LINLI_VIEWER);
    meet(p.node, viewer);
    uint64_t from = head_at(p.node, &p.patch, &p.node->author).seq + 1;
    linli_id resident = resident_new(&p.town, p.node, &p.patch);
    assert_ok(replica_read_run(p.node, &p.patch, &p.node->author, from, 7, LIMIT_RUN_BYTES, &run, &last));
    assert_int_equal(ingest(viewer, buf_span(&run)).outcome, INGEST_STORED);
    assert_false(shows_name(viewer, &resident));
    for (uint32_t i = 0; i < 2; i++) { /* life, name: whichever of the two the public one is */
        int rv = replica_read_part(viewer, &p.patch, &p.node->author, from, i, 7, &part);
        assert_int_equal(rv == LINLI_OK, i == 0);
    }
    assert_int_equal(wants(viewer, &p.patch), 0);
    linli_hash x = digest_of(p.node, &p.patch), y = digest_of(viewer, &p.patch);
    assert_memory_equal(x.b, y.b, 32);
    assert_verifies(viewer);
    buf_free(&run);
    buf_free(&part);
    town_end(&p.town);
}

static void a_grant_of_ours_makes_us_want_what_it_opens(void **state)
{
    struct place p;
    struct device_keys keys;
    struct invitation inv;
    struct buf answer = {0};

    (void)state;
    place_start(&p);
    device_make(&p.town, &keys);
    linli_id resident = resident_new(&p.town, p.node, &p.patch);
    struct replica *r = town_join_keys(&p.town, p.node, &p.patch, LINLI_VIEWER, &keys);
    meet(p.node, r);
    assert_false(shows_name(r, &resident));
    assert_int_equal(wants(r, &p.patch), 0);
    invite(p.node, &p.patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(p.node, &inv, &keys, &answer));
    meet(p.node, r);
    assert_true(wants(r, &p.patch) > 0);
    buf_free(&answer);
    town_end(&p.town);
}

static void a_run_under_a_grant_of_somebody_elses_is_kept_by_nobody(void **state)
{
    struct place p;
    struct device_keys keys, stranger;
    struct buf run = {0}, late = {0}, certificate = {0}, entries = {0};
    struct ingested out;
    struct linli_status status;
    size_t added, sizes[2];
    int code;

    (void)state;
    place_start(&p);
    struct replica *other = town_join(&p.town, p.node, &p.root, LINLI_NODE);
    meet(p.node, other);
    struct hand honest = captain(&p, &p.patch, &keys);
    linli_id building = building_new(&p.town, p.node, &p.patch, "block 1");
    struct hand_write w = write_of(&building, "anybody's");
    device_make(&p.town, &stranger);
    struct hand h = hand_make(p.node, &stranger, &p.patch, &honest.grant, p.town.now_ms);
    hand_one(&h, &w, &run);
    span one = buf_span(&run);
    assert_ok(replica_ingest(p.node, &one, 1, &out, &code));
    assert_code(code, LINLI_E_FORMAT);
    assert_int_equal(head_at(p.node, &p.patch, &h.author).seq, 0);
    /* Where the grant is not held yet the run waits, whole, and goes when it comes: also a captain's, from her second on. */
    struct hand start = honest;
    sizes[0] = hand_write(&honest, &w, &entries);
    honest.grant = p.node->own[0].grant.id;
    sizes[1] = hand_write(&honest, &w, &entries);
    hand_run(&start, &honest, buf_span(&entries), sizes, 2, &late);
    one = buf_span(&late);
    assert_ok(replica_ingest(p.node, &one, 1, &out, &code));
    assert_code(code, LINLI_E_FORMAT);
    assert_int_equal(head_at(p.node, &p.patch, &honest.author).seq, 0);
    one = buf_span(&run);
    assert_int_equal(ingest(other, one).outcome, INGEST_WAITING);
    assert_ok(replica_read_certificate(p.node, &h.grant, &certificate));
    one = buf_span(&certificate);
    assert_ok(replica_grants_add(other, &one, 1, &added));
    assert_int_equal(added, 1);
    assert_ok(replica_status(other, &status));
    assert_int_equal(status.waiting + status.set_aside, 0);
    assert_int_equal(head_at(other, &p.patch, &h.author).seq, 0);
    buf_free(&run);
    buf_free(&late);
    buf_free(&certificate);
    buf_free(&entries);
    town_end(&p.town);
}

static void whoever_fills_a_scope_with_authors_stops_nobody(void **state)
{
    enum { BATCH = 70, BATCHES = (LIMIT_AUTHORS + 100) / BATCH };
    struct place p;
    struct device_keys keys;
    struct buf runs[BATCH] = {{0}};
    struct ingested outs[BATCH];
    int codes[BATCH];
    span spans[BATCH];

    (void)state;
    place_start(&p);
    struct replica *honest = town_join(&p.town, p.node, &p.patch, LINLI_CAPTAIN);
    struct hand h = captain(&p, &p.patch, &keys);
    linli_id building = building_new(&p.town, p.node, &p.patch, "block 1"), other = building;
    meet(p.node, honest);
    other.b[15] ^= 1;
    for (size_t i = 0; i < BATCHES; i++) {
        for (size_t j = 0; j < BATCH; j++) {
            struct hand one = h;
            struct hand_write w = write_of(&other, "x");
            one.author.incarnation += 1 + i * BATCH + j;
            buf_clear(&runs[j]);
            hand_one(&one, &w, &runs[j]);
            spans[j] = buf_span(&runs[j]);
        }
        assert_ok(replica_ingest(honest, spans, BATCH, outs, codes));
        assert_int_equal(outs[BATCH - 1].outcome, INGEST_STORED);
    }
    for (size_t i = 0; i < LIMIT_AUTHORS / LIMIT_SEEN + 2; i++)
        assert_ok(building_set(honest, &p.patch, &building, BUILDING_NAME, i % 2 == 0 ? "even" : "odd", false));
    char text[64];
    size_t values;
    building_text(honest, &building, BUILDING_NAME, text, &values);
    assert_string_equal(text, "odd");
    assert_int_equal(values, 1); /* what was shown was replaced: its author was cited first */
    for (size_t j = 0; j < BATCH; j++)
        buf_free(&runs[j]);
    town_end(&p.town);
}

static void a_record_is_read_where_it_stands_nearest_the_root(void **state)
{
    struct place p;
    struct device_keys keys;
    struct buf run = {0};

    (void)state;
    place_start(&p);
    linli_id building = building_new(&p.town, p.node, &p.root, "official"), patch = p.patch;
    for (size_t i = 0; i < 16 && id_compare(&patch, &p.root) > 0; i++) {
        const char name[] = {(char)('a' + i), '\0'};
        patch = scope_add(p.node, &p.root, name);
    }
    assert_true(id_compare(&patch, &p.root) < 0);
    struct hand h = captain(&p, &patch, &keys);
    struct hand_write w = write_of(&building, "another's");
    hand_one(&h, &w, &run);
    assert_int_equal(ingest(p.node, buf_span(&run)).set_aside, 0);
    assert_building(p.node, &building, BUILDING_NAME, "official");
    buf_free(&run);
    town_end(&p.town);
}

/* An entry of three parts of one class; the second and the third stand before the first in the order of records. */
static void entry_disordered(struct hand *h, struct arena *a, struct buf *entry, struct changeset *out)
{
    struct buf ops = {0}, value = {0};
    struct op op = {.group = group_number(BUILDING_NAME, RULE_REGISTER, CLASS_PUBLIC)};
    const uint8_t salt[SALT_BYTES] = {1}, first[3] = {6, 2, 4};
    linli_id record = {{0}};

    write_map(&value, 1);
    write_uint(&value, BUILDING_NAME);
    write_text(&value, "x", 1);
    op.value = buf_span(&value);
    assert_ok(ops_encode(&ops, a, &op, 1, hand_index, NULL));
    write_array(entry, 2);
    write_array(entry, 5);
    write_array(entry, 0);
    write_bin(entry, h->grant.b, HASH_BYTES);
    write_uint(entry, h->stamp);
    write_uint(entry, 1);
    write_array(entry, 3);
    for (size_t i = 0; i < 3; i++) /* what a part holds besides its ops: heads, salt, type, record */
        write_uint(entry, (1 + 18 + 1 + 18 + ops.size) << 3);
    write_array(entry, 3);
    for (size_t i = 0; i < 3; i++) {
        record.b[0] = first[i];
        write_array(entry, 4);
        write_bin(entry, salt, sizeof(salt));
        write_uint(entry, TYPE_BUILDING);
        write_bin(entry, record.b, ID_BYTES);
        write_raw(entry, buf_span(&ops));
    }
    struct position at = {h->of->self.network, h->scope, h->author, 1, {{0}}};
    assert_ok(changeset_decode(a, &at, buf_span(entry), out));
    buf_free(&ops);
    buf_free(&value);
}

static void a_class_is_judged_when_all_of_it_is_here(void **state)
{
    struct place p;
    struct device_keys keys;
    struct arena a = {0};
    struct buf entry = {0}, run_bytes = {0}, cut = {0};
    struct changeset cs;

    (void)state;
    place_start(&p);
    struct hand h = captain(&p, &p.patch, &keys);
    struct replica *replicas[4], *all;
    for (size_t i = 0; i < COUNT_OF(replicas); i++)
        replicas[i] = town_join(&p.town, p.node, &p.patch, LINLI_CAPTAIN);
    for (size_t i = 0; i < COUNT_OF(replicas); i++)
        meet(p.node, replicas[i]);
    all = replicas[3];
    entry_disordered(&h, &a, &entry, &cs);
    span whole = buf_span(&entry);
    struct run run = {.scope = h.scope, .author = h.author, .first = 1, .entries = &whole, .count = 1};
    assert_ok(changeset_sign(keys.sign_secret, &cs.id, run.signature));
    assert_ok(run_encode(&run, &run_bytes));
    assert_int_equal(ingest(all, buf_span(&run_bytes)).set_aside, 1); /* the second does not follow the first */
    for (size_t left_out = 0; left_out < 3; left_out++) { /* a relay leaves one out; it comes later */
        const struct part *part = &cs.parts[left_out];
        buf_clear(&cut);
        buf_append(&cut, entry.at, (size_t)(part->bytes.at - entry.at));
        write_array(&cut, 2);
        write_uint(&cut, PART_ABSENT);
        write_bin(&cut, part->hash.b, HASH_BYTES);
        size_t end = (size_t)(part->bytes.at + part->bytes.size - entry.at);
        buf_append(&cut, entry.at + end, entry.size - end);
        struct replica *r = replicas[left_out];
        whole = buf_span(&cut);
        buf_clear(&run_bytes);
        assert_ok(run_encode(&run, &run_bytes));
        assert_int_equal(ingest(r, buf_span(&run_bytes)).set_aside, 0);
        assert_int_equal(wants(r, &p.patch), 1);
        assert_verifies(r);
        assert_ok(replica_part_fill(r, &p.patch, &h.author, 1, (uint32_t)left_out, part->bytes));
        assert_same(r, all, &p.patch);
        assert_verifies(r);
    }
    buf_free(&entry);
    buf_free(&run_bytes);
    buf_free(&cut);
    arena_free(&a);
    town_end(&p.town);
}

/* Runs of keys that hold no grant here wait for one; a captain's run that waits for what it cites finds room all the same. */
static void strangers_that_wait_crowd_nobody_out(void **state)
{
    struct place p;
    struct device_keys keys;
    struct buf run = {0}, entries = {0}, out = {0};
    struct linli_status status;
    const linli_hash none = {{0xab}};
    size_t sizes[2];
    uint64_t last;

    (void)state;
    place_start(&p);
    struct hand h = captain(&p, &p.patch, &keys);
    linli_id building = building_new(&p.town, p.node, &p.patch, "block 1");
    struct hand_write w = write_of(&building, "x");
    size_t authors = p.node->author_count;
    for (size_t i = 0; i < 600; i++) {
        struct device_keys d;
        device_make(&p.town, &d);
        struct hand stranger = hand_make(p.node, &d, &p.patch, &none, p.town.now_ms);
        buf_clear(&run);
        hand_one(&stranger, &w, &run);
        assert_int_equal(ingest(p.node, buf_span(&run)).outcome, INGEST_WAITING);
    }
    assert_int_equal(p.node->author_count, authors); /* nothing of theirs is stored, and they have no number */
    assert_ok(replica_status(p.node, &status));
    assert_true(status.waiting < 600); /* one scope does not take all places */
    uint64_t places = status.waiting;
    struct hand start = h;
    struct seen_head seen = {.seq = 1, .author.key = {9}};
    sizes[0] = hand_write(&h, &w, &entries);
    w.seen = &seen;
    sizes[1] = hand_write(&h, &w, &entries);
    buf_clear(&run);
    hand_run(&start, &h, buf_span(&entries), sizes, 2, &run);
    struct ingested taken = ingest(p.node, buf_span(&run));
    assert_int_equal(taken.outcome, INGEST_WAITING);
    assert_int_equal(taken.head, 1);
    assert_ok(replica_status(p.node, &status));
    assert_int_equal(status.waiting, places);
    assert_ok(replica_read_run(p.node, &p.patch, &h.author, 1, 7, LIMIT_RUN_BYTES, &out, &last)); /* with what proves it */
    assert_verifies(p.node);
    /* A captain fills her own places, and takes nothing in for which there is none. */
    for (size_t i = 0; i < 262; i++) {
        struct hand other = start;
        other.author.incarnation += 1 + i;
        struct hand first = other;
        w.seen = NULL;
        buf_clear(&entries);
        sizes[0] = hand_write(&other, &w, &entries);
        w.seen = &seen;
        sizes[1] = hand_write(&other, &w, &entries);
        buf_clear(&run);
        hand_run(&first, &other, buf_span(&entries), sizes, 2, &run);
        taken = ingest(p.node, buf_span(&run));
        assert_int_equal(taken.outcome, INGEST_WAITING);
        buf_clear(&out);
        int rv = replica_read_run(p.node, &p.patch, &other.author, 1, 7, LIMIT_RUN_BYTES, &out, &last);
        assert_int_equal(rv == LINLI_OK, taken.head == 1);
    }
    assert_int_equal(taken.head, 0);
    buf_free(&run);
    buf_free(&entries);
    buf_free(&out);
    town_end(&p.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobodys_word_makes_content_pruned_or_erased),
        cmocka_unit_test(what_we_may_not_read_is_not_kept_whoever_sends_it),
        cmocka_unit_test(a_grant_of_ours_makes_us_want_what_it_opens),
        cmocka_unit_test(a_run_under_a_grant_of_somebody_elses_is_kept_by_nobody),
        cmocka_unit_test(whoever_fills_a_scope_with_authors_stops_nobody),
        cmocka_unit_test(a_record_is_read_where_it_stands_nearest_the_root),
        cmocka_unit_test(a_class_is_judged_when_all_of_it_is_here),
        cmocka_unit_test(strangers_that_wait_crowd_nobody_out),
    };
    return UNIT_RUN(tests);
}
