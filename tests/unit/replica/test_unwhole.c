/*
 * tests: a changeset whose parts together are more than any may hold. Whoever was given one part cannot take in the other: it
 * must be wanted by nobody, so that honest peers who were given different ones still meet.
 */
#include "unit.h"

#include "changeset/layout.h"
#include "codec/writer.h"
#include "look.h"

enum { TEXTS = 4, TEXT_BYTES = 15000 };

/* A part of some 60 KB: four long texts in fields that no schema knows. */
static void part_write(const linli_id *record, unsigned cls, struct buf *part)
{
    static char text[TEXT_BYTES];
    static const uint8_t salt[SALT_BYTES] = {7};
    struct arena a = {0};
    struct op ops[TEXTS];
    struct buf values[TEXTS] = {{0}}, encoded = {0};

    memset(text, 'a', sizeof(text));
    for (uint32_t i = 0; i < TEXTS; i++) {
        write_map(&values[i], 1);
        write_uint(&values[i], 200 + i);
        write_text(&values[i], text, sizeof(text));
        ops[i] = (struct op){.group = group_number(200 + i, RULE_REGISTER, (enum data_class)cls), .value = buf_span(&values[i])};
    }
    assert_ok(ops_encode(&encoded, &a, ops, TEXTS, hand_index, NULL));
    write_array(part, PART_FIELDS);
    write_bin(part, salt, sizeof(salt));
    write_uint(part, TYPE_BUILDING);
    write_bin(part, record->b, ID_BYTES);
    write_raw(part, buf_span(&encoded));
    for (size_t i = 0; i < TEXTS; i++)
        buf_free(&values[i]);
    buf_free(&encoded);
    arena_free(&a);
}

/* The run of one changeset with both parts, of which only `carried` is there. */
static void run_write(struct hand *h, const struct device_keys *keys, span tail, const struct buf part[2], size_t carried,
                      struct buf *out)
{
    struct arena a = {0};
    struct buf entry = {0};
    struct changeset cs;
    linli_hash hash;
    struct position at = {h->of->self.network, h->scope, h->author, 1, h->id};

    write_array(&entry, 2);
    write_raw(&entry, tail);
    write_array(&entry, 2);
    for (size_t i = 0; i < 2; i++) {
        if (i == carried) {
            write_raw(&entry, buf_span(&part[i]));
            continue;
        }
        part_hash(buf_span(&part[i]), &hash);
        write_array(&entry, 2);
        write_uint(&entry, PART_ABSENT);
        write_bin(&entry, hash.b, HASH_BYTES);
    }
    assert_ok(changeset_decode(&a, &at, buf_span(&entry), &cs));
    span entries[] = {buf_span(&entry)};
    struct run run = {.scope = h->scope, .author = h->author, .first = 1, .prev = h->id, .entries = entries, .count = 1};
    assert_ok(changeset_sign(keys->sign_secret, &cs.id, run.signature));
    buf_clear(out);
    assert_ok(run_encode(&run, out));
    buf_free(&entry);
    arena_free(&a);
}

static void what_can_never_be_whole_is_wanted_by_nobody(void **state)
{
    struct town town;
    struct device_keys keys;
    struct invitation inv;
    struct buf answer = {0}, draft = {0}, run = {0}, wanted = {0}, part[2] = {{0}}, none = {0};
    struct arena a = {0};
    linli_hash id;

    (void)state;
    town_start(&town);
    struct replica *node = town_root(&town);
    linli_id root = replica_identity(node)->root_scope, patch = scope_add(node, &root, "patch");
    struct replica *phone = town_join(&town, node, &patch, LINLI_CAPTAIN);
    device_make(&town, &keys);
    invite(node, &patch, LINLI_CAPTAIN, &inv);
    assert_ok(enrol(node, &inv, &keys, &answer));
    meet_scope(node, phone, &root, 7);
    meet_scope(node, phone, &patch, 7);
    linli_hash grant = grant_of(node, &keys);
    struct hand h = hand_make(node, &keys, &patch, &grant, town.now_ms);
    linli_id record = id_new(&town);
    for (unsigned cls = 0; cls < 2; cls++)
        part_write(&record, cls, &part[cls]);

    write_array(&none, 0);
    struct draft_part parts[] = {{.type = TYPE_BUILDING, .record = record, .cls = CLASS_PUBLIC, .ops = buf_span(&none)},
                                 {.type = TYPE_BUILDING, .record = record, .cls = CLASS_PERSONAL, .ops = buf_span(&none)}};
    struct draft d = {.at = {h.of->self.network, h.scope, h.author, 1, h.id}, .grant = &h.grant, .stamp = h.stamp + 1,
                      .schema = 1, .parts = parts, .part_count = 2};
    assert_ok(changeset_encode(&a, &d, &draft, &id)); /* for its tail, which says classes and no sizes */
    struct reader r;
    reader_start(&r, buf_span(&draft));
    assert_int_equal(reader_array(&r, 2), 2);
    span tail = reader_item(&r);

    struct replica *given[] = {node, phone};
    for (size_t i = 0; i < 2; i++) {
        run_write(&h, &keys, tail, part, i, &run);
        assert_int_equal(ingest(given[i], buf_span(&run)).advanced, 1);
        assert_int_equal(wants(given[i], &patch), 1);
    }
    for (size_t i = 0; i < 2; i++) { /* each asks the other for what it was not given */
        buf_clear(&wanted);
        assert_ok(replica_read_part(given[1 - i], &patch, &h.author, 1, (uint32_t)(1 - i), 7, &wanted));
        assert_ok(replica_part_fill(given[i], &patch, &h.author, 1, (uint32_t)(1 - i), buf_span(&wanted)));
        assert_int_equal(wants(given[i], &patch), 0);
        run_write(&h, &keys, tail, part, 1 - i, &run);
        assert_int_equal(ingest(given[i], buf_span(&run)).advanced, 0);
        assert_int_equal(wants(given[i], &patch), 0);
    }
    struct buf *all[] = {&answer, &draft, &run, &wanted, &part[0], &part[1], &none};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        buf_free(all[i]);
    arena_free(&a);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_never_be_whole_is_wanted_by_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
