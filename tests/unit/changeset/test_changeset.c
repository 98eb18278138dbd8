/* tests: one changeset: round trip, what its id covers, and what is refused. */
#include "unit.h"

#include "sample.h"
#include "widen.h"

struct one {
    struct sample_log log;
    struct arena arena;
    struct changeset cs;
    struct buf many; /* an entry of as many parts as there may be */
};

static int start(void **state)
{
    static struct one one;

    one = (struct one){0};
    sample_start(&one.log, 1);
    sample_add(&one.log, 0);
    *state = &one;
    return 0;
}

static int stop(void **state)
{
    struct one *one = *state;

    arena_free(&one->arena);
    buf_free(&one->many);
    sample_end(&one->log);
    return 0;
}

static span entry_of(const struct one *one)
{
    return buf_span(&one->log.entries[0]);
}

static void an_entry_decodes_to_what_was_drafted(void **state)
{
    struct one *one = *state;
    struct changeset *cs = &one->cs;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry_of(one), cs));
    assert_true(hash_equal(&cs->id, &one->log.ids[0]));
    assert_int_equal(cs->seen_count, 2);
    assert_true(author_compare(&cs->seen[0].author, &cs->seen[1].author) < 0);
    assert_int_equal(cs->seen[0].seq, 70000);
    assert_true(cs->has_grant);
    assert_int_equal(cs->grant.b[31], 0x77);
    assert_int_equal(cs->stamp, ((uint64_t)1 << 40) + 1);
    assert_int_equal(cs->schema, 3);
    assert_int_equal(cs->part_count, 4);
    static const unsigned classes[] = {1, 0, 1, 2};
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(cs->parts[i].cls, classes[i]);
        assert_int_equal(cs->parts[i].manage, i == 0);
        assert_int_equal(cs->parts[i].carried, PART_HELD);
        assert_int_equal(cs->parts[i].record.b[0], i == 0 ? 0x31 : 0x41);
        assert_int_equal(cs->parts[i].type, i == 0 ? 300 : 8);
        assert_true(cs->parts[i].ops.size > 0 && cs->parts[i].ops.at[0] == 0x91);
    }
}

static void every_bit_of_an_entry_is_covered_by_its_id(void **state)
{
    struct one *one = *state;
    struct buf *entry = &one->log.entries[0];

    for (size_t bit = 0; bit < 8 * entry->size; bit++) {
        entry->at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int rv = changeset_decode(&one->arena, &one->log.positions[0], buf_span(entry), &one->cs);
        if (rv == LINLI_OK)
            assert_false(hash_equal(&one->cs.id, &one->log.ids[0]));
        else
            assert_true(rv == LINLI_E_FORMAT || rv == LINLI_E_LIMIT);
        entry->at[bit / 8] ^= (uint8_t)(1 << bit % 8);
        arena_reset(&one->arena);
    }
}

static void every_bit_of_the_position_is_covered_by_the_id(void **state)
{
    struct one *one = *state;
    struct position at = one->log.positions[0];
    struct {
        void *at;
        size_t size;
    } fields[] = {{at.network.b, HASH_BYTES}, {at.scope.b, ID_BYTES}, {at.author.key, KEY_BYTES},
                  {&at.author.incarnation, 8}, {&at.seq, 8}, {at.prev.b, HASH_BYTES}};

    for (size_t f = 0; f < COUNT_OF(fields); f++)
        for (size_t bit = 0; bit < 8 * fields[f].size; bit++) {
            uint8_t *byte = (uint8_t *)fields[f].at + bit / 8;
            *byte ^= (uint8_t)(1 << bit % 8);
            if (changeset_decode(&one->arena, &at, entry_of(one), &one->cs) == LINLI_OK)
                assert_false(hash_equal(&one->cs.id, &one->log.ids[0]));
            *byte ^= (uint8_t)(1 << bit % 8);
            arena_reset(&one->arena);
        }
}

/* The suite is a constant of the hash and no field of ours: shown by recomputing the id from the specification's text. */
static void the_id_is_the_hash_that_the_specification_spells_out(void **state)
{
    struct one *one = *state;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry_of(one), &one->cs));
    for (unsigned suite = 0; suite < 3; suite++) {
        const struct position *at = &one->log.positions[0];
        uint8_t author[40], numbers[13];
        linli_hash hashes[4], id;
        numbers[0] = (uint8_t)suite;
        author_encode(&at->author, author);
        be64_put(numbers + 1, at->seq);
        be32_put(numbers + 9, (uint32_t)one->cs.tail.size);
        for (unsigned i = 0; i < 4; i++)
            crypto_hash("linli/part/1", &one->cs.parts[i].bytes, 1, &hashes[i]);
        span spans[] = {span_of(numbers, 1), span_of(at->network.b, 32), span_of(at->scope.b, 16), span_of(author, 40),
                        span_of(numbers + 1, 8), span_of(at->prev.b, 32), span_of(numbers + 9, 4), one->cs.tail,
                        span_of(hashes, sizeof(hashes))};
        crypto_hash("linli/changeset/1", spans, COUNT_OF(spans), &id);
        assert_int_equal(hash_equal(&id, &one->cs.id), suite == 1);
    }
}

/* Build entries by hand around the parts and tail fields of the sample, to say what drafts cannot. */
struct shape {
    unsigned seen[2];       /* which head stands where */
    unsigned parts[4];      /* which part stands where */
    size_t parts_said, parts_there;
    bool no_grant, own_head, seq_zero;
    unsigned flip;          /* bits of the first part's mark */
};

static void shape_write(const struct one *one, const struct shape *s, struct buf *out)
{
    const struct changeset *cs = &one->cs;

    buf_clear(out);
    write_array(out, 2);
    write_array(out, 5);
    write_array(out, 2);
    for (unsigned i = 0; i < 2; i++) {
        const struct seen_head *head = &cs->seen[s->seen[i]];
        uint8_t author[AUTHOR_BYTES];
        author_encode(s->own_head && i == 1 ? &cs->at.author : &head->author, author);
        write_array(out, 3);
        write_bin(out, author, sizeof(author));
        write_uint(out, s->seq_zero && i == 1 ? 0 : head->seq);
        write_bin(out, head->id.b, HASH_BYTES);
    }
    if (s->no_grant)
        write_nil(out);
    else
        write_bin(out, cs->grant.b, HASH_BYTES);
    write_uint(out, cs->stamp);
    write_uint(out, cs->schema);
    write_array(out, s->parts_said);
    for (size_t i = 0; i < s->parts_said; i++) {
        const struct part *part = &cs->parts[s->parts[i % 4]];
        write_uint(out, (part->size << 3 | part->cls << 1 | (part->manage ? 1U : 0U)) ^ (i == 0 ? s->flip : 0));
    }
    write_array(out, s->parts_there);
    for (size_t i = 0; i < s->parts_there; i++)
        write_raw(out, cs->parts[s->parts[i % 4]].bytes);
}

static void entries_out_of_order_or_out_of_count_are_refused(void **state)
{
    static const struct {
        const char *name;
        struct shape shape;
        int code;
    } cases[] = {
        {"as it was", {{0, 1}, {0, 1, 2, 3}, 4, 4, false, false, false, 0}, LINLI_OK},
        {"heads swapped", {{1, 0}, {0, 1, 2, 3}, 4, 4, false, false, false, 0}, LINLI_E_FORMAT},
        {"a head twice", {{0, 0}, {0, 1, 2, 3}, 4, 4, false, false, false, 0}, LINLI_E_FORMAT},
        {"own head cited", {{0, 1}, {0, 1, 2, 3}, 4, 4, false, true, false, 0}, LINLI_E_FORMAT},
        {"head of seq 0", {{0, 1}, {0, 1, 2, 3}, 4, 4, false, false, true, 0}, LINLI_E_FORMAT},
        {"no grant at seq 1", {{0, 1}, {0, 1, 2, 3}, 4, 4, true, false, false, 0}, LINLI_E_FORMAT},
        {"a part not declared", {{0, 1}, {0, 1, 2, 3}, 3, 4, false, false, false, 0}, LINLI_E_FORMAT},
        {"a part declared and not there", {{0, 1}, {0, 1, 2, 3}, 4, 3, false, false, false, 0}, LINLI_E_FORMAT},
        {"no part at all", {{0, 1}, {0, 1, 2, 3}, 0, 0, false, false, false, 0}, LINLI_OK},
        {"another right declared", {{0, 1}, {0, 1, 2, 3}, 4, 4, false, false, false, 1}, LINLI_OK},
        {"another class declared", {{0, 1}, {0, 1, 2, 3}, 4, 4, false, false, false, 6}, LINLI_OK},
        {"a byte more or less declared", {{0, 1}, {0, 1, 2, 3}, 4, 4, false, false, false, 8}, LINLI_E_FORMAT},
        {"another length declared", {{0, 1}, {0, 1, 2, 3}, 4, 4, false, false, false, 256 << 3}, LINLI_E_FORMAT},
        {"too many parts", {{0, 1}, {0, 1, 2, 3}, LIMIT_PARTS + 1, 0, false, false, false, 0}, LINLI_E_LIMIT},
    };
    struct one *one = *state;
    struct buf entry = {0};
    struct changeset got;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry_of(one), &one->cs));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        shape_write(one, &cases[i].shape, &entry);
        int rv = changeset_decode(&one->arena, &one->log.positions[0], buf_span(&entry), &got);
        if (rv != cases[i].code)
            fail_msg("%s: %s", cases[i].name, linli_code_name(rv));
        if (i > 0 && rv == LINLI_OK)
            assert_false(hash_equal(&got.id, &one->log.ids[0]));
    }
    buf_free(&entry);
}

static void entries_of_another_shape_are_refused(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t size;
    } cases[] = {
        {"no array", "\x01", 1},
        {"no parts", "\x91\x95\x90\xc0\x00\x00\x90", 7},
        {"a tail that is no array", "\x92\x01\x90", 3},
        {"a tail of four fields", "\x92\x94\x90\xc0\x00\x00\x90", 7},
        {"a head that is no array", "\x92\x95\x91\xc0\xc0\x00\x00\x90\x90", 9},
        {"a head of two fields", "\x92\x95\x91\x92\xc0\xc0\xc0\x00\x00\x90\x90", 11},
    };
    struct one *one = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int rv = changeset_decode(&one->arena, &one->log.positions[0], span_of(cases[i].bytes, cases[i].size), &one->cs);
        if (rv != LINLI_E_FORMAT)
            fail_msg("%s: %s", cases[i].name, linli_code_name(rv));
    }
}

static void more_heads_than_may_be_cited_are_refused_before_they_are_read(void **state)
{
    struct one *one = *state;
    struct buf entry = {0};

    write_array(&entry, 2);
    write_array(&entry, 5);
    write_array(&entry, LIMIT_SEEN + 1);
    for (unsigned i = 0; i <= LIMIT_SEEN; i++)
        write_nil(&entry);
    for (unsigned i = 0; i < 3; i++)
        write_uint(&entry, 0);
    write_array(&entry, 0);
    write_array(&entry, 0);
    assert_code(changeset_decode(&one->arena, &one->log.positions[0], buf_span(&entry), &one->cs), LINLI_E_LIMIT);
    assert_null(one->cs.seen);
    buf_free(&entry);
}

static void a_part_out_of_its_order_is_marked_and_never_refused(void **state)
{
    static const unsigned orders[][4] = {{0, 1, 2, 3}, {1, 0, 2, 3}, {0, 2, 1, 3}, {0, 1, 1, 3}, {3, 2, 1, 0}};
    struct one *one = *state;
    struct buf entry = {0};
    struct changeset got;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry_of(one), &one->cs));
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct shape shape = {{0, 1}, {0}, 4, 4, false, false, false, 0};
        for (size_t j = 0; j < 4; j++)
            shape.parts[j] = orders[i][j];
        shape_write(one, &shape, &entry);
        assert_ok(changeset_decode(&one->arena, &one->log.positions[0], buf_span(&entry), &got));
        for (size_t j = 0; j < 4; j++) {
            bool follows = true; /* of parts of one class, each record follows the one before */
            for (size_t k = 0; k < j; k++)
                if (got.parts[k].cls == got.parts[j].cls)
                    follows = id_compare(&got.parts[k].record, &got.parts[j].record) < 0;
            assert_int_equal(got.parts[j].in_order, follows);
        }
    }
    buf_free(&entry);
}

/* An entry of absent parts, whose sizes are told by the tail alone: these, and the rest of `count` as small as a part can be. */
static void sizes_write(const struct one *one, const size_t sizes[2], size_t count, struct buf *out)
{
    buf_clear(out);
    write_array(out, 2);
    write_array(out, TAIL_FIELDS);
    write_array(out, 0);
    write_bin(out, one->cs.grant.b, HASH_BYTES);
    write_uint(out, one->cs.stamp);
    write_uint(out, one->cs.schema);
    write_array(out, count);
    for (size_t i = 0; i < count; i++)
        write_uint(out, (i < 2 ? sizes[i] : PART_BYTES_MIN) << 3);
    write_array(out, count);
    for (size_t i = 0; i < count; i++) {
        write_array(out, 2);
        write_uint(out, PART_ABSENT);
        write_bin(out, one->cs.parts[0].hash.b, HASH_BYTES);
    }
}

/* The greatest part that still has room beside one of `other` bytes. */
static size_t room_beside(const struct one *one, size_t other)
{
    struct buf entry = {0};
    size_t absent = 2 * (2 + 2 + HASH_BYTES);

    sizes_write(one, (const size_t[]){LIMIT_CHANGESET_BYTES / 2, other}, 2, &entry);
    size_t room = LIMIT_CHANGESET_BYTES - (entry.size - absent) - other;
    buf_free(&entry);
    return room;
}

static void a_changeset_is_judged_by_its_size_with_all_its_parts(void **state)
{
    struct one *one = *state;
    struct buf entry = {0};
    struct changeset got;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry_of(one), &one->cs));
    size_t most = room_beside(one, 30000);
    struct {
        size_t sizes[2], count;
        int code;
    } cases[] = {
        {{PART_BYTES_MIN, PART_BYTES_MIN}, 2, LINLI_OK},
        {{PART_BYTES_MIN - 1, PART_BYTES_MIN}, 2, LINLI_E_FORMAT},
        {{0, 0}, 2, LINLI_E_FORMAT},
        {{most, 30000}, 2, LINLI_OK},
        {{most + 1, 30000}, 2, LINLI_E_LIMIT},
        {{most, 30001}, 2, LINLI_E_LIMIT},
        {{most, 30000}, 3, LINLI_E_LIMIT},
        {{LIMIT_CHANGESET_BYTES, 1000}, 2, LINLI_E_LIMIT},
        {{LIMIT_CHANGESET_BYTES + 1, 1000}, 2, LINLI_E_FORMAT},
        {{SIZE_MAX >> 3, 1000}, 2, LINLI_E_FORMAT},
        {{LIMIT_CHANGESET_BYTES, LIMIT_CHANGESET_BYTES}, LIMIT_PARTS, LINLI_E_LIMIT},
        {{PART_BYTES_MIN, PART_BYTES_MIN}, LIMIT_PARTS, LINLI_OK},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        sizes_write(one, cases[i].sizes, cases[i].count, &entry);
        assert_code(changeset_decode(&one->arena, &one->log.positions[0], buf_span(&entry), &got), cases[i].code);
        arena_reset(&one->arena);
    }
    buf_free(&entry);
}

static void nothing_shorter_than_the_whole_is_accepted(void **state)
{
    struct one *one = *state;
    span entry = entry_of(one);

    for (size_t size = 0; size < entry.size; size++)
        assert_int_not_equal(
            changeset_decode(&one->arena, &one->log.positions[0], span_of(entry.at, size), &one->cs), LINLI_OK);
    struct buf longer = {0};
    buf_append(&longer, entry.at, entry.size);
    buf_byte(&longer, 0xc0);
    assert_code(changeset_decode(&one->arena, &one->log.positions[0], buf_span(&longer), &one->cs), LINLI_E_FORMAT);
    buf_free(&longer);
}

static void refused(void *ctx, span variant)
{
    struct one *one = ctx;

    assert_code(changeset_decode(&one->arena, &one->log.positions[0], variant, &one->cs), LINLI_E_FORMAT);
}

static void a_longer_form_of_any_head_is_refused(void **state)
{
    struct one *one = *state;

    assert_true(widen_each(entry_of(one), refused, one) > 60);
}

static void a_draft_that_contradicts_itself_is_an_argument_error(void **state)
{
    struct one *one = *state;
    struct arena scratch = {0};
    struct buf out = {0};
    linli_hash id, grant = {{9}};
    static const uint8_t empty_ops[] = {0x90}, not_canonical[] = {0xdc, 0, 0};
    struct draft_part parts[2] = {{.type = 8, .ops = {empty_ops, 1}}, {.type = 8, .ops = {empty_ops, 1}}};
    struct seen_head seen[2] = {{{{1}, 1}, 1, {{0}}}, {{{2}, 1}, 1, {{0}}}};
    struct draft d = {one->log.positions[0], seen, 2, &grant, 5, 1, parts, 1};

    buf_byte(&out, 0x55);
    assert_ok(changeset_encode(&scratch, &d, &out, &id));
    assert_true(out.size > 1);
    out.size = 1;
    d.part_count = 2;
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_ARG);
    parts[1].cls = 4;
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_ARG);
    d.part_count = 1;
    seen[1] = seen[0];
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_ARG);
    seen[1].author = d.at.author;
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_ARG);
    seen[1] = (struct seen_head){.author = {{2}, 1}, .seq = 0};
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_ARG);
    d.seen_count = LIMIT_SEEN + 1;
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_LIMIT);
    d.seen_count = 1;
    d.grant = NULL;
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_ARG);
    d.grant = &grant;
    d.at.seq = 0;
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_ARG);
    d.at.seq = 1;
    parts[0].ops = span_of(not_canonical, sizeof(not_canonical));
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_FORMAT);
    d.part_count = LIMIT_PARTS + 1;
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_LIMIT);
    assert_int_equal(out.size, 1);
    assert_int_equal(out.at[0], 0x55);
    buf_free(&out);
    arena_free(&scratch);
}

static void a_buffer_without_room_for_all_of_it_is_left_as_it_was(void **state)
{
    struct one *one = *state;
    struct arena scratch = {0};
    linli_hash id, grant = {{9}};
    static const uint8_t empty_ops[] = {0x90};
    struct draft_part part = {.type = 8, .ops = {empty_ops, 1}};

    for (size_t parts = 0; parts < 2; parts++) {
        struct draft d = {one->log.positions[0], NULL, 0, &grant, 5, 1, &part, parts};
        struct buf whole = {0};
        assert_ok(changeset_encode(&scratch, &d, &whole, &id));
        for (size_t room = 0; room < whole.size; room++) {
            struct buf out = {.cap = 1 + room};
            buf_byte(&out, 0x55);
            assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_LIMIT);
            assert_int_equal(out.size, 1);
            buf_free(&out);
        }
        buf_free(&whole);
    }
    arena_free(&scratch);
}

static void a_changeset_over_its_limit_is_neither_written_nor_read(void **state)
{
    struct one *one = *state;
    struct arena scratch = {0};
    struct buf ops = {0}, out = {0};
    linli_hash id, grant = {{9}};

    write_array(&ops, 6);
    for (int i = 0; i < 6; i++) {
        static const uint8_t block[LIMIT_VALUE_BYTES];
        write_bin(&ops, block, sizeof(block));
    }
    struct draft_part part = {.type = 8, .ops = buf_span(&ops)};
    struct draft d = {one->log.positions[0], NULL, 0, &grant, 5, 1, &part, 1};
    assert_code(changeset_encode(&scratch, &d, &out, &id), LINLI_E_LIMIT);
    assert_int_equal(out.size, 0);
    ops.at[0] = 0x95;
    part.ops.size -= LIMIT_VALUE_BYTES + 3;
    assert_ok(changeset_encode(&scratch, &d, &out, &id));
    buf_extend(&out, LIMIT_CHANGESET_BYTES);
    assert_code(changeset_decode(&one->arena, &d.at, buf_span(&out), &one->cs), LINLI_E_LIMIT);
    buf_free(&out);
    buf_free(&ops);
    arena_free(&scratch);
}

static void a_signature_is_good_for_its_head_and_author_alone(void **state)
{
    struct one *one = *state;
    uint8_t signature[SIGNATURE_BYTES];
    linli_hash id = one->log.ids[0];
    linli_author author = one->log.at.author;

    assert_ok(changeset_sign(one->log.secret, &id, signature));
    assert_ok(changeset_check(&author, &id, signature));
    author.incarnation++; /* of no weight here: the incarnation is in the id */
    assert_ok(changeset_check(&author, &id, signature));
    for (size_t bit = 0; bit < 8 * SIGNATURE_BYTES; bit += 7) {
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_code(changeset_check(&author, &id, signature), LINLI_E_SIGNATURE);
        signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    id.b[5] ^= 1;
    assert_code(changeset_check(&author, &id, signature), LINLI_E_SIGNATURE);
    id.b[5] ^= 1;
    author.key[5] ^= 1;
    assert_code(changeset_check(&author, &id, signature), LINLI_E_SIGNATURE);
}

static int encode_and_decode(void *ctx)
{
    const struct position *at = ctx;
    struct arena arena = {0};
    struct changeset cs;
    linli_hash id;
    static uint8_t entry[4096];
    span copy = {entry, 0};
    struct arena scratch = {0};
    struct buf out = {0};
    struct seen_head seen = {{{1}, 1}, 1, {{0}}};
    static const uint8_t no_ops[] = {0x90};
    struct draft_part part = {.type = 8, .ops = {no_ops, 1}};
    linli_hash grant = {{9}};
    struct draft draft = {*at, &seen, 1, &grant, 5, 1, &part, 1};

    int rv = changeset_encode(&scratch, &draft, &out, &id);
    if (rv == LINLI_OK) {
        memcpy(entry, out.at, out.size);
        copy.size = out.size;
        rv = changeset_decode(&arena, at, copy, &cs);
    }
    buf_free(&out);
    arena_free(&scratch);
    arena_free(&arena);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    struct one *one = *state;

    assert_true(heap_each_failure(encode_and_decode, &one->log.positions[0]) > 3);
}

/* So many parts that what is told of them does not fit where the heads are. */
static int decode_many_parts(void *ctx)
{
    struct arena arena = {0};
    struct changeset cs;
    const struct one *one = ctx;
    int rv = changeset_decode(&arena, &one->log.positions[0], buf_span(&one->many), &cs);

    arena_free(&arena);
    return rv;
}

/* A scratch that is nearly used up when the parts are sorted in it. */
static int encode_in_a_full_arena(void *ctx)
{
    enum { PARTS = 64, NEARLY_A_BLOCK = 16 * 1024 - 64 };
    static const uint8_t no_ops[] = {0x90};
    struct draft_part parts[PARTS] = {{.type = 0}};
    struct arena scratch = {0};
    struct buf out = {0};
    linli_hash id, grant = {{9}};
    struct draft draft = {*(const struct position *)ctx, NULL, 0, &grant, 5, 1, parts, PARTS};

    for (uint8_t i = 0; i < PARTS; i++)
        parts[i] = (struct draft_part){.type = 8, .record = {{i}}, .ops = {no_ops, 1}};
    int rv = arena_alloc(&scratch, NEARLY_A_BLOCK) == NULL ? LINLI_E_NOMEM : LINLI_OK;
    if (rv == LINLI_OK)
        rv = changeset_encode(&scratch, &draft, &out, &id);
    buf_free(&out);
    arena_free(&scratch);
    return rv;
}

static void memory_that_runs_out_between_heads_and_parts_is_said(void **state)
{
    struct one *one = *state;
    struct shape shape = {{0, 1}, {0, 1, 2, 3}, LIMIT_PARTS, LIMIT_PARTS, false, false, false, 0};

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry_of(one), &one->cs));
    shape_write(one, &shape, &one->many);
    assert_int_equal(heap_each_failure(decode_many_parts, one), 2);
    assert_true(heap_each_failure(encode_in_a_full_arena, &one->log.positions[0]) > 2);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(an_entry_decodes_to_what_was_drafted),
        CASE(every_bit_of_an_entry_is_covered_by_its_id),
        CASE(every_bit_of_the_position_is_covered_by_the_id),
        CASE(the_id_is_the_hash_that_the_specification_spells_out),
        CASE(entries_out_of_order_or_out_of_count_are_refused),
        CASE(a_part_out_of_its_order_is_marked_and_never_refused),
        CASE(a_changeset_is_judged_by_its_size_with_all_its_parts),
        CASE(nothing_shorter_than_the_whole_is_accepted),
        CASE(a_longer_form_of_any_head_is_refused),
        CASE(a_draft_that_contradicts_itself_is_an_argument_error),
        CASE(a_changeset_over_its_limit_is_neither_written_nor_read),
        CASE(a_signature_is_good_for_its_head_and_author_alone),
        CASE(entries_of_another_shape_are_refused),
        CASE(more_heads_than_may_be_cited_are_refused_before_they_are_read),
        CASE(a_buffer_without_room_for_all_of_it_is_left_as_it_was),
        CASE(memory_that_runs_out_is_said_and_nothing_leaks),
        CASE(memory_that_runs_out_between_heads_and_parts_is_said),
    };
    return UNIT_RUN(tests);
}
