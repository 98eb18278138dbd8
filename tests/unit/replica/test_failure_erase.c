/* tests: replica: something erased, further content of it arriving, and what was erased being told, when memory runs out at any point. */
#include "failing.h"
#include "look.h"

enum { RESIDENT_RELATION = 3 };

struct story {
    struct town town;
    struct replica *office, *captain;
    linli_id root, patch, record;
    struct buf run; /* what the captain wrote since */
    size_t told;
};

static void resident_write(struct replica *r, const linli_id *scope, const linli_id *record, linli_field field, const char *text)
{
    struct edit edit = {.count = 0}, *edits[] = {&edit};

    assert_ok(edit_life(&edit, scope, record, TYPE_RESIDENT));
    assert_ok(edit_text(&edit, scope, record, TYPE_RESIDENT, field, text));
    assert_ok(replica_commit(r, edits, 1, NULL));
    edit_free(&edit);
}

static void story_start(struct story *s)
{
    uint64_t last;

    memset(s, 0, sizeof(*s));
    town_start(&s->town);
    s->office = town_root(&s->town);
    s->root = replica_identity(s->office)->root_scope;
    s->patch = scope_add(s->office, &s->root, "patch 1");
    s->captain = town_join(&s->town, s->office, &s->patch, LINLI_CAPTAIN);
    s->record = id_new(&s->town);
    meet(s->office, s->captain);
    resident_write(s->captain, &s->patch, &s->record, RESIDENT_NAME, "Made-up Name");
    meet(s->captain, s->office);
    resident_write(s->captain, &s->patch, &s->record, RESIDENT_RELATION, "made-up relation");
    const linli_author author = s->captain->author;
    assert_ok(replica_read_run(s->captain, &s->patch, &author, head_at(s->office, &s->patch, &author).seq + 1, 7, LIMIT_RUN_BYTES,
                               &s->run, &last));
}

static int erase_work(void *ctx)
{
    struct story *s = ctx;
    struct linli_erase order = {.records = &s->record, .count = 1, .reason = LINLI_ERASE_ERROR, .note = "a made-up reason"};
    struct linli_erased done;

    return replica_erase(s->office, &order, &done);
}

static void an_erasure_without_memory_changes_nothing(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    assert_true(each_failure(s.office, &s.patch, erase_work, &s) > 50);
    assert_verifies(s.office);
    buf_free(&s.run);
    town_end(&s.town);
}

static int late_work(void *ctx)
{
    struct story *s = ctx;
    struct ingested out;
    span run = buf_span(&s->run);
    int code = LINLI_OK;
    int rv = replica_ingest(s->office, &run, 1, &out, &code);

    return rv == LINLI_OK ? code : rv;
}

static void what_comes_later_is_named_or_nothing_is_stored(void **state)
{
    struct story s;
    struct linli_status status;

    (void)state;
    story_start(&s);
    assert_ok(erase_work(&s));
    assert_true(each_failure(s.office, &s.patch, late_work, &s) > 50);
    assert_ok(replica_status(s.office, &status));
    assert_int_equal(status.set_aside, 0); /* it was named in the step that took it in */
    assert_verifies(s.office);
    buf_free(&s.run);
    town_end(&s.town);
}

static bool told_one(void *ctx, const struct linli_erasure *erasure)
{
    (void)erasure;
    ++*(size_t *)ctx;
    return true;
}

static int tell_work(void *ctx)
{
    struct story *s = ctx;

    s->told = 0;
    return replica_erasure_each(s->office, &s->record, told_one, &s->told);
}

static bool due_one(void *ctx, const struct linli_due *due)
{
    (void)due;
    ++*(size_t *)ctx;
    return true;
}

static int due_work(void *ctx)
{
    struct story *s = ctx;

    s->told = 0;
    return replica_due_each(s->office, NULL, due_one, &s->told);
}

static void what_was_erased_is_told_whole_or_not_at_all(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    assert_ok(erase_work(&s));
    assert_true(each_failure(s.office, &s.patch, tell_work, &s) > 0);
    assert_int_equal(s.told, 1);
    assert_true(each_failure(s.office, &s.patch, due_work, &s) > 0);
    assert_int_equal(s.told, 0); /* the term of a resident runs from the day that they left */
    buf_free(&s.run);
    town_end(&s.town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_erasure_without_memory_changes_nothing),
        cmocka_unit_test(what_comes_later_is_named_or_nothing_is_stored),
        cmocka_unit_test(what_was_erased_is_told_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
