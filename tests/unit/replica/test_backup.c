/*
 * replica tests: a store made from a backup holds the same and shows the same, is the same device in a new incarnation, and forks no log;
 * what was written while it was made is in it; and a file that was damaged anywhere makes nothing.
 */
#include "unit.h"

#include "backups.h"
#include "failing.h"
#include "forks.h"
#include "replica/root_key.h"
#include "story.h"

static linli_hash status_digest(struct replica *r)
{
    struct linli_status status;

    assert_ok(replica_status(r, &status));
    return status.digest;
}

static struct replica *restored(struct town *town, struct buf *file)
{
    struct linli_backup_report told;
    struct replica *r = NULL;

    assert_ok(restore_from(town, file, &told, &r));
    assert_true(told.same);
    assert_verifies(r);
    return r;
}

static void it_shows_the_same_and_goes_on_under_a_new_incarnation(void **state)
{
    struct story s;
    struct buf file = {0};
    char text[64];
    size_t values;

    (void)state;
    story_start(&s);
    linli_id building = building_new(&s.town, s.captain, &s.patch, "block 1");
    meet(s.captain, s.office);
    assert_ok(building_set(s.office, &s.patch, &building, BUILDING_FLOORS, "at the office", true));
    assert_ok(building_set(s.captain, &s.patch, &building, BUILDING_FLOORS, "on the stairs", true));
    meet(s.captain, s.office);
    meet(s.office, s.other);
    struct linli_backup_report told = backup_of(&s.town, 0, &file);
    assert_true(author_equal(&told.device, &s.office->author));

    struct replica *again = restored(&s.town, &file);
    assert_true(hash_equal(&told.digest, &(linli_hash){0}) == false);
    linli_hash before = shown(s.office, &s.patch), after = shown(again, &s.patch);
    assert_true(hash_equal(&before, &after));
    assert_memory_equal(again->author.key, s.office->author.key, KEY_BYTES);
    assert_true(again->author.incarnation != s.office->author.incarnation);

    /* What the old one wrote after the backup, and showed to somebody, and what the new one writes: both stand. */
    assert_ok(building_set(s.office, &s.patch, &building, BUILDING_NAME, "written and lost", false));
    meet(s.office, s.captain);
    assert_ok(building_set(again, &s.patch, &building, BUILDING_NAME, "written again", false));
    meet(again, s.captain);
    meet(s.captain, again);
    building_text(again, &building, BUILDING_NAME, text, &values);
    assert_int_equal(values, 2);
    assert_same(again, s.captain, &s.patch);
    struct linli_status status;
    assert_ok(replica_status(again, &status));
    assert_int_equal(status.forks, 0);
    buf_free(&file);
    town_end(&s.town);
}

static void the_root_key_comes_with_it(void **state)
{
    struct town town;
    struct buf file = {0};
    uint8_t key[32], old[SIGN_SECRET_BYTES], now[SIGN_SECRET_BYTES];

    (void)state;
    town_start(&town);
    (void)town_root(&town);
    memset(key, 7, sizeof(key));
    (void)backup_of(&town, 0, &file);
    (void)restored(&town, &file);
    assert_ok(root_key_read(town.houses[0].dir, key, old));
    assert_ok(root_key_read(town.houses[1].dir, key, now));
    assert_memory_equal(old, now, sizeof(now));

    assert_ok(root_key_remove(town.houses[0].dir));
    buf_clear(&file);
    (void)backup_of(&town, 0, &file);
    (void)restored(&town, &file);
    assert_code(root_key_read(town.houses[2].dir, key, now), LINLI_E_NOT_FOUND);
    buf_free(&file);
    town_end(&town);
}

/* What came from a device whose rights were taken back stays set aside, and an order of the office stays one. */
static void what_was_judged_is_judged_the_same(void **state)
{
    struct story s;
    struct buf file = {0};
    struct linli_status old, now;

    (void)state;
    story_start(&s);
    (void)building_new(&s.town, s.captain, &s.patch, "in time");
    meet(s.captain, s.office);
    (void)revoke(s.office, &s.keys);
    (void)building_new(&s.town, s.captain, &s.patch, "too late");
    hand_on_all(&s, s.captain, s.office);
    (void)backup_of(&s.town, 0, &file);
    struct replica *again = restored(&s.town, &file);
    assert_ok(replica_status(s.office, &old));
    assert_ok(replica_status(again, &now));
    assert_true(old.set_aside > 0);
    assert_int_equal(now.set_aside, old.set_aside);
    assert_int_equal(now.changesets, old.changesets);
    assert_same(again, s.office, &s.patch);
    buf_free(&file);
    town_end(&s.town);
}

static void evidence_of_a_fork_comes_with_it(void **state)
{
    struct scene s;
    struct buf file = {0};

    (void)state;
    scene_start(&s);
    assert_int_equal(ingest(s.node, buf_span(&s.shared)).outcome, INGEST_STORED);
    for (size_t i = 0; i < BRANCHES; i++)
        (void)ingest(s.node, buf_span(&s.branch[i]));
    assert_true(head_at(s.node, &s.patch, &s.hand.author).frozen);
    (void)backup_of(&s.town, 0, &file);
    struct replica *again = restored(&s.town, &file);
    assert_true(head_at(again, &s.patch, &s.hand.author).frozen);
    assert_same(again, s.node, &s.patch);
    buf_free(&file);
    scene_end(&s);
}

/* --- written while it is used --- */

struct busy {
    struct story story;
    linli_id building;
    size_t writes, most;
};

static void write_more(void *ctx)
{
    struct busy *b = ctx;
    char text[16];

    if (b->writes == b->most)
        return;
    snprintf(text, sizeof(text), "write %zu", b->writes++);
    assert_ok(building_set(b->story.office, &b->story.patch, &b->building, BUILDING_NAME, text, false));
}

/* Enough for several steps, from two who write in turns, each having seen the other's. */
static void fill(struct busy *b)
{
    static char text[12000];

    memset(text, 'x', sizeof(text) - 1);
    b->building = building_new(&b->story.town, b->story.office, &b->story.patch, "block 1");
    for (size_t i = 0; i < 40; i++) {
        struct replica *by = i % 2 == 0 ? b->story.office : b->story.captain;
        meet(b->story.office, b->story.captain);
        assert_ok(building_set(by, &b->story.patch, &b->building, BUILDING_FLOORS, text, false));
    }
    meet(b->story.office, b->story.captain);
}

static void what_is_written_meanwhile_is_in_it(void **state)
{
    static const size_t most[] = {1, SIZE_MAX}; /* then it is calm, or never: the last round is one step */

    (void)state;
    for (size_t i = 0; i < COUNT_OF(most); i++) {
        struct busy b = {.most = most[i]};
        struct buf file = {0};
        char text[64], wanted[16];
        size_t values;
        story_start(&b.story);
        fill(&b);
        (void)backup_with(&b.story.town, 0, &file, write_more, &b);
        assert_true(b.writes > 0);
        struct replica *again = restored(&b.story.town, &file);
        snprintf(wanted, sizeof(wanted), "write %zu", b.writes - 1);
        building_text(again, &b.building, BUILDING_NAME, text, &values);
        assert_string_equal(text, wanted);
        linli_hash old = status_digest(b.story.office), now = status_digest(again);
        assert_true(hash_equal(&old, &now));
        buf_free(&file);
        town_end(&b.story.town);
    }
}

/* --- what fails --- */

static int backup_work(void *ctx)
{
    struct story *s = ctx;
    struct replica_config config = town_config(&s->town, &s->town.houses[0]);
    struct backup *b = NULL;
    struct buf file = {0};
    bool done = false;
    int rv = replica_backup_begin(s->office, &config.store, NULL, &b);

    while (rv == LINLI_OK && !done)
        rv = replica_backup_step(b, &file, &done);
    replica_backup_end(b);
    buf_free(&file);
    return rv;
}

static void a_backup_that_cannot_be_made_says_why(void **state)
{
    struct story s;

    (void)state;
    story_start(&s);
    assert_true(each_failure(s.office, &s.patch, backup_work, &s) > 1);
    town_end(&s.town);
}

/* As many ways to fail as there are allocations and reads: each of the first, then fewer and fewer of them. */
static size_t next_of(size_t n)
{
    return n + 1 + n / 16;
}

static void restoring_that_fails_leaves_nothing(void **state)
{
    struct story s;
    struct buf file = {0};
    struct linli_backup_report told;
    struct replica *r = NULL;

    (void)state;
    story_start(&s);
    (void)building_new(&s.town, s.captain, &s.patch, "block 1");
    meet(s.captain, s.office);
    (void)backup_of(&s.town, 0, &file);
    for (int heap = 0; heap < 2; heap++) {
        bool failed = true;
        for (size_t n = 1; failed; n = next_of(n)) {
            if (heap == 1)
                heap_fail_at(n);
            else
                rows_fail_at(ROWS_UNREAD, n);
            int rv = restore_from(&s.town, &file, &told, &r);
            failed = heap == 1 ? heap_failed() : rows_failed();
            heap_unwatch();
            rows_unwatch();
            if (rv != LINLI_OK) {
                assert_true(failed);
                assert_code(rv, heap == 1 ? LINLI_E_NOMEM : LINLI_E_DISK);
                assert_false(store_exists(s.town.houses[s.town.count - 1].dir));
            }
            house_remove(&s.town.houses[--s.town.count]);
        }
    }
    buf_free(&file);
    town_end(&s.town);
}

/* --- damage --- */

static void nothing_is_left_of(struct town *town, struct buf *file, int wanted)
{
    struct linli_backup_report told;
    struct replica *r = NULL;
    int rv = restore_from(town, file, &told, &r);

    assert_null(r);
    if (wanted != LINLI_OK)
        assert_code(rv, wanted);
    else
        assert_true(rv == LINLI_E_KEY || rv == LINLI_E_FORMAT || rv == LINLI_E_VERSION);
    assert_false(store_exists(town->houses[town->count - 1].dir));
    house_remove(&town->houses[--town->count]);
}

static void a_damaged_file_makes_nothing(void **state)
{
    struct town town;
    struct buf file = {0};

    (void)state;
    town_start(&town);
    (void)town_root(&town);
    (void)backup_of(&town, 0, &file);
    for (size_t at = 0; at < file.size; at += at < 80 ? 1 : 97) {
        file.at[at] ^= 1;
        nothing_is_left_of(&town, &file, LINLI_OK);
        file.at[at] ^= 1;
    }
    size_t whole = file.size;
    for (file.size = 0; file.size < whole; file.size += file.size < 80 ? 1 : 97)
        nothing_is_left_of(&town, &file, LINLI_E_FORMAT);
    file.size = whole;
    assert_ok(buf_byte(&file, 0));
    nothing_is_left_of(&town, &file, LINLI_E_FORMAT);
    file.size = whole;
    (void)restored(&town, &file);
    buf_free(&file);
    town_end(&town);
}

/* Who holds the store's key can seal what he likes, but not sign for the device. */
static void entries_that_the_device_did_not_sign_make_nothing(void **state)
{
    struct town town;
    struct buf file = {0}, forged = {0}, item = {0};
    struct backup_reader reader = {.used = 0};
    struct backup_writer writer = {.plain = {0}};
    struct backup_head head = {.salted = false};
    struct linli_backup_source source = backup_source(&file);
    struct backup_entry entry;
    uint8_t key[32];

    (void)state;
    town_start(&town);
    (void)town_root(&town);
    memset(key, 7, sizeof(key));
    (void)backup_of(&town, 0, &file);
    assert_ok(backup_writer_start(&writer, key, &head, &forged));
    assert_ok(backup_reader_start(&reader, &source, key));
    while (backup_reader_next(&reader, &entry) == LINLI_OK) {
        buf_clear(&item);
        if (entry.kind == BACKUP_SELF) {
            entry.self.made_ms++;
            backup_self_write(&item, &entry.self);
        } else if (entry.kind == BACKUP_END) {
            backup_end_write(&item, &entry.end);
        } else {
            continue;
        }
        assert_ok(backup_writer_add(&writer, buf_span(&item), &forged));
    }
    assert_ok(backup_writer_end(&writer, &forged));
    nothing_is_left_of(&town, &forged, LINLI_E_SIGNATURE);
    backup_writer_free(&writer);
    backup_reader_free(&reader);
    buf_free(&item);
    buf_free(&forged);
    buf_free(&file);
    town_end(&town);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_shows_the_same_and_goes_on_under_a_new_incarnation),
        cmocka_unit_test(the_root_key_comes_with_it),
        cmocka_unit_test(what_was_judged_is_judged_the_same),
        cmocka_unit_test(evidence_of_a_fork_comes_with_it),
        cmocka_unit_test(what_is_written_meanwhile_is_in_it),
        cmocka_unit_test(a_backup_that_cannot_be_made_says_why),
        cmocka_unit_test(restoring_that_fails_leaves_nothing),
        cmocka_unit_test(a_damaged_file_makes_nothing),
        cmocka_unit_test(entries_that_the_device_did_not_sign_make_nothing),
    };
    return seed_report(cmocka_run_group_tests(tests, NULL, NULL));
}
