/* tests: the same changeset with fewer and with more of its content. */
#include "unit.h"

#include "sample.h"

struct one {
    struct sample_log log;
    struct arena arena;
    struct buf out, back;
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
    buf_free(&one->out);
    buf_free(&one->back);
    sample_end(&one->log);
    return 0;
}

static void every_choice_of_classes_keeps_the_id(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);

    for (unsigned mask = 0; mask < 8; mask++) {
        struct changeset cs;
        buf_clear(&one->out);
        assert_ok(entry_for_classes(entry, mask, &one->out));
        assert_ok(changeset_decode(&one->arena, &one->log.positions[0], buf_span(&one->out), &cs));
        assert_true(hash_equal(&cs.id, &one->log.ids[0]));
        for (size_t i = 0; i < cs.part_count; i++)
            assert_int_equal(cs.parts[i].carried, (mask >> cs.parts[i].cls & 1) != 0 ? PART_HELD : PART_ABSENT);
        buf_clear(&one->back); /* what was left out stays out */
        assert_ok(entry_for_classes(buf_span(&one->out), 7, &one->back));
        assert_true(span_equal(buf_span(&one->out), buf_span(&one->back)));
    }
    buf_clear(&one->out);
    assert_ok(entry_for_classes(entry, 7, &one->out));
    assert_true(span_equal(entry, buf_span(&one->out)));
}

static void parts_filled_in_in_any_order_give_the_entry_back(void **state)
{
    static const size_t orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}};
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);
    struct changeset cs;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry, &cs));
    for (size_t o = 0; o < COUNT_OF(orders); o++) {
        buf_clear(&one->out);
        assert_ok(entry_for_classes(entry, 0, &one->out));
        for (size_t i = 0; i < 4; i++) {
            buf_clear(&one->back);
            assert_ok(entry_with_part(buf_span(&one->out), orders[o][i], cs.parts[orders[o][i]].bytes, &one->back));
            buf_clear(&one->out);
            buf_append(&one->out, one->back.at, one->back.size);
        }
        assert_true(span_equal(entry, buf_span(&one->out)));
    }
    buf_clear(&one->back); /* and once more what is there already */
    assert_ok(entry_with_part(entry, 2, cs.parts[2].bytes, &one->back));
    assert_true(span_equal(entry, buf_span(&one->back)));
}

static void wrong_content_is_not_filled_in(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);
    struct changeset cs;
    uint8_t wrong[256];

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry, &cs));
    assert_ok(entry_for_classes(entry, 0, &one->out));
    for (size_t i = 0; i < 5; i++)
        for (size_t k = 0; k < 4; k++)
            if (i != k)
                assert_code(entry_with_part(buf_span(&one->out), i, cs.parts[k].bytes, &one->back), LINLI_E_FORMAT);
    span part = cs.parts[1].bytes;
    assert_true(part.size <= sizeof(wrong));
    memcpy(wrong, part.at, part.size);
    for (size_t i = 0; i < part.size; i++) {
        wrong[i] ^= 0x10;
        assert_code(entry_with_part(entry, 1, span_of(wrong, part.size), &one->back), LINLI_E_FORMAT);
        wrong[i] ^= 0x10;
        assert_code(entry_with_part(buf_span(&one->out), 1, span_of(wrong, i), &one->back), LINLI_E_FORMAT);
    }
    assert_int_equal(one->back.size, 0);
}

enum { ODD_COUNT = 8 };

/* What might pass for a part if nobody looked. The last differs from one in nothing but how deep it goes. */
static void odd_write(unsigned which, struct buf *out)
{
    static const uint8_t bytes[64];

    buf_clear(out);
    write_array(out, which == 0 ? 3 : which == 1 ? 5 : which == 2 ? 2 : PART_FIELDS);
    if (which == 2) {
        write_uint(out, PART_ABSENT);
        write_bin(out, bytes, 48);
        return;
    }
    write_bin(out, bytes, which == 3 ? SALT_BYTES + 1 : SALT_BYTES);
    write_uint(out, which == 4 ? UINT64_C(1) << 32 : 300);
    write_bin(out, bytes, which == 5 ? ID_BYTES + 1 : ID_BYTES);
    if (which == 6)
        write_map(out, 0);
    for (unsigned i = 0; which == 7 && i < PART_DEPTH - 1; i++)
        write_array(out, 1);
    if (which != 0 && which != 6)
        write_array(out, 0);
    if (which == 1)
        write_nil(out);
}

/* An entry of one part that is not carried, with this declared of it. */
static void absent_entry(struct one *one, size_t size, const linli_hash *hash)
{
    struct changeset cs;

    buf_clear(&one->out);
    write_array(&one->out, 2);
    write_array(&one->out, TAIL_FIELDS);
    write_array(&one->out, 0);
    write_bin(&one->out, hash->b, HASH_BYTES);
    write_uint(&one->out, 9);
    write_uint(&one->out, 1);
    write_array(&one->out, 1);
    write_uint(&one->out, size << 3);
    write_array(&one->out, 1);
    write_array(&one->out, 2);
    write_uint(&one->out, PART_ABSENT);
    write_bin(&one->out, hash->b, HASH_BYTES);
    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], buf_span(&one->out), &cs));
    assert_int_equal(cs.parts[0].size, size);
}

/* A hash says nothing of what it is the hash of: an author may have hashed anything. */
static void the_right_hash_of_no_part_is_not_filled_in(void **state)
{
    struct one *one = *state;
    struct buf odd = {0};
    linli_hash hash;

    for (unsigned i = 0; i < ODD_COUNT; i++) {
        odd_write(i, &odd);
        part_hash(buf_span(&odd), &hash);
        absent_entry(one, odd.size, &hash);
        assert_code(entry_with_part(buf_span(&one->out), 0, buf_span(&odd), &one->back), LINLI_E_FORMAT);
    }
    buf_free(&odd);
}

/* Nor is a hash that is said to be the hash of a part a part. */
static void a_hash_is_not_filled_in_for_content(void **state)
{
    struct one *one = *state;
    struct buf part = {0};
    linli_hash hash = {{1}};

    write_array(&part, 2);
    write_uint(&part, PART_ABSENT);
    write_bin(&part, hash.b, HASH_BYTES);
    part_hash(buf_span(&part), &hash);
    absent_entry(one, PART_BYTES_MIN, &hash);
    assert_code(entry_with_part(buf_span(&one->out), 0, buf_span(&part), &one->back), LINLI_E_FORMAT);
    assert_int_equal(one->back.size, 0);
    buf_free(&part);
}

static void a_part_of_another_size_than_declared_is_not_filled_in(void **state)
{
    struct one *one = *state;
    struct changeset cs;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], buf_span(&one->log.entries[0]), &cs));
    span part = cs.parts[0].bytes;
    linli_hash hash = cs.parts[0].hash;
    for (size_t size = part.size - 1; size <= part.size + 1; size++) {
        absent_entry(one, size, &hash);
        assert_code(entry_with_part(buf_span(&one->out), 0, part, &one->back),
                    size == part.size ? LINLI_OK : LINLI_E_FORMAT);
        buf_clear(&one->back);
    }
}

static void pruned_content_may_come_back_and_erased_content_may_not(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);
    struct changeset cs, got;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry, &cs));
    assert_ok(entry_for_classes(entry, 0, &one->out));
    uint8_t *state_byte = one->out.at + 1 + cs.tail.size + 2; /* the first part's */
    for (uint8_t s = 0; s < 5; s++) {
        *state_byte = s;
        int rv = changeset_decode(&one->arena, &one->log.positions[0], buf_span(&one->out), &got);
        assert_code(rv, s >= 1 && s <= 3 ? LINLI_OK : LINLI_E_FORMAT);
        if (rv == LINLI_OK) {
            assert_int_equal(got.parts[0].carried, s);
            assert_true(hash_equal(&got.id, &one->log.ids[0]));
        }
        buf_clear(&one->back);
        rv = entry_with_part(buf_span(&one->out), 0, cs.parts[0].bytes, &one->back);
        assert_code(rv, s == 3 ? LINLI_E_REFUSED : s == 1 || s == 2 ? LINLI_OK : LINLI_E_FORMAT);
    }
}

static void broken_entries_give_an_error_and_no_bytes(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);

    for (size_t size = 0; size < entry.size; size++) {
        assert_code(entry_for_classes(span_of(entry.at, size), 1, &one->out), LINLI_E_FORMAT);
        assert_code(entry_with_part(span_of(entry.at, size), 0, entry, &one->out), LINLI_E_FORMAT);
        assert_int_equal(one->out.size, 0);
    }
}

/* --- two copies, each with some of the content --- */

static void two_copies_join_to_what_either_held(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);
    struct buf other = {0}, want = {0};

    for (unsigned mine = 0; mine < 8; mine++)
        for (unsigned theirs = 0; theirs < 8; theirs++) {
            buf_clear(&one->out);
            buf_clear(&one->back);
            buf_clear(&other);
            buf_clear(&want);
            assert_ok(entry_for_classes(entry, mine, &one->out));
            assert_ok(entry_for_classes(entry, theirs, &other));
            assert_ok(entry_for_classes(entry, mine | theirs, &want));
            assert_ok(entry_join(buf_span(&one->out), buf_span(&other), &one->back));
            assert_true(span_equal(buf_span(&one->back), buf_span(&want)));
        }
    buf_free(&other);
    buf_free(&want);
}

static void copies_of_two_changesets_do_not_join(void **state)
{
    struct one *one = *state;

    sample_add(&one->log, 1);
    assert_code(entry_join(buf_span(&one->log.entries[0]), buf_span(&one->log.entries[1]), &one->out), LINLI_E_FORMAT);
    assert_int_equal(one->out.size, 0);
}

static void a_broken_copy_on_either_side_does_not_join(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);

    for (size_t size = 0; size < entry.size; size++) {
        assert_code(entry_join(span_of(entry.at, size), entry, &one->out), LINLI_E_FORMAT);
        assert_code(entry_join(entry, span_of(entry.at, size), &one->out), LINLI_E_FORMAT);
        assert_int_equal(one->out.size, 0);
    }
}

/* --- bytes that no changeset was decoded from, and too little room --- */

static void marks_that_do_not_match_the_parts_are_refused(void **state)
{
    static const struct {
        const char *name, *bytes;
        size_t size;
    } cases[] = {
        {"no array", "\x01", 1},
        {"marks that are no array", "\x92\x95\x90\xc0\x00\x00\x00\x90", 8},
        {"more marks than parts", "\x92\x95\x90\xc0\x00\x00\x91\x00\x90", 9},
        {"parts that are no array", "\x92\x95\x90\xc0\x00\x00\x90\xc0", 8},
        {"a mark that is no number", "\x92\x95\x90\xc0\x00\x00\x91\xc0\x91\x90", 10},
        {"a part that is no part", "\x92\x95\x90\xc0\x00\x00\x91\x00\x91\x90", 10},
    };
    struct one *one = *state;

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        int rv = entry_for_classes(span_of(cases[i].bytes, cases[i].size), 7, &one->out);
        if (rv != LINLI_E_FORMAT || one->out.size != 0)
            fail_msg("%s: %s", cases[i].name, linli_code_name(rv));
    }
}

/* What a part is to be carried as: content that is not there cannot be, and each part is spoken of. */
static void an_entry_is_not_copied_as_what_it_is_not(void **state)
{
    struct one *one = *state;
    enum part_carried as[5] = {PART_HELD, PART_ERASED, PART_HELD, PART_ABSENT, PART_HELD};

    buf_clear(&one->out);
    assert_ok(entry_for_classes(buf_span(&one->log.entries[0]), 0, &one->out));
    assert_code(entry_as(buf_span(&one->out), as, 4, &one->back), LINLI_E_FORMAT);
    as[0] = as[2] = PART_ERASED;
    assert_ok(entry_as(buf_span(&one->out), as, 4, &one->back));
    buf_clear(&one->back);
    assert_code(entry_as(buf_span(&one->out), as, 3, &one->back), LINLI_E_FORMAT);
    assert_code(entry_as(buf_span(&one->out), as, 5, &one->back), LINLI_E_FORMAT);
    for (size_t size = 0; size < one->out.size; size++)
        assert_code(entry_as(span_of(one->out.at, size), as, 4, &one->back), LINLI_E_FORMAT);
    assert_int_equal(one->back.size, 0);
}

static void a_pruned_part_is_made_good_by_a_copy_that_holds_it(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);
    enum part_carried as[4] = {PART_PRUNED, PART_PRUNED, PART_PRUNED, PART_PRUNED};

    assert_ok(entry_as(entry, as, 4, &one->out));
    assert_ok(entry_join(buf_span(&one->out), entry, &one->back));
    assert_true(span_equal(buf_span(&one->back), entry));
}

static void a_buffer_without_room_for_all_of_it_is_left_as_it_was(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);
    struct changeset cs;

    assert_ok(changeset_decode(&one->arena, &one->log.positions[0], entry, &cs));
    for (size_t room = 0; room < entry.size; room++) {
        struct buf out = {.cap = 1 + room};
        buf_byte(&out, 0x55);
        assert_code(entry_for_classes(entry, 7, &out), LINLI_E_LIMIT);
        assert_int_equal(out.size, 1);
        out.failed = LINLI_OK;
        assert_code(entry_with_part(entry, 2, cs.parts[2].bytes, &out), LINLI_E_LIMIT);
        assert_int_equal(out.size, 1);
        out.failed = LINLI_OK;
        assert_code(entry_join(entry, entry, &out), LINLI_E_LIMIT);
        assert_int_equal(out.size, 1);
        buf_free(&out);
    }
}

static int redact(void *ctx)
{
    struct buf out = {0};
    int rv = entry_for_classes(*(const span *)ctx, 1, &out);

    buf_free(&out);
    return rv;
}

static void memory_that_runs_out_is_said_and_nothing_leaks(void **state)
{
    struct one *one = *state;
    span entry = buf_span(&one->log.entries[0]);

    assert_true(heap_each_failure(redact, &entry) > 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, start, stop)
    const struct CMUnitTest tests[] = {
        CASE(every_choice_of_classes_keeps_the_id),
        CASE(parts_filled_in_in_any_order_give_the_entry_back),
        CASE(wrong_content_is_not_filled_in),
        CASE(the_right_hash_of_no_part_is_not_filled_in),
        CASE(a_part_of_another_size_than_declared_is_not_filled_in),
        CASE(a_hash_is_not_filled_in_for_content),
        CASE(two_copies_join_to_what_either_held),
        CASE(copies_of_two_changesets_do_not_join),
        CASE(a_broken_copy_on_either_side_does_not_join),
        CASE(marks_that_do_not_match_the_parts_are_refused),
        CASE(an_entry_is_not_copied_as_what_it_is_not),
        CASE(a_pruned_part_is_made_good_by_a_copy_that_holds_it),
        CASE(a_buffer_without_room_for_all_of_it_is_left_as_it_was),
        CASE(pruned_content_may_come_back_and_erased_content_may_not),
        CASE(broken_entries_give_an_error_and_no_bytes),
        CASE(memory_that_runs_out_is_said_and_nothing_leaks),
    };
    return UNIT_RUN(tests);
}
