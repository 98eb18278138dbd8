/* tests: api: the root's keys in files, and drafts carried from one to the next. */
#include "unit.h"

#include <linli/linli.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/handle.h"
#include "auth/root_draft.h"
#include "base/bytes.h"

enum { KEYS = 3 };

/* A store of one root key, and three keys to come. */
struct office {
    char base[64], store_dir[96], draft[96], key_file[KEYS][96];
    uint8_t keys[KEYS][32], store_key[LINLI_KEY_BYTES];
    linli_store *store;
};

static int set_up(void **state)
{
    static struct office o;
    char base[] = "/tmp/linli-root-XXXXXX";

    memset(&o, 0, sizeof(o));
    assert_non_null(mkdtemp(base));
    snprintf(o.base, sizeof(o.base), "%s", base);
    snprintf(o.store_dir, sizeof(o.store_dir), "%s/store", base);
    snprintf(o.draft, sizeof(o.draft), "%s/draft", base);
    struct linli_options options = {.size = sizeof(options), .dir = o.store_dir, .key = o.store_key, .map_bytes = 1 << 20};
    assert_ok(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &o.store));
    for (int i = 0; i < KEYS; i++) {
        snprintf(o.key_file[i], sizeof(o.key_file[i]), "%s/key%d", base, i);
        assert_ok(linli_root_key_make(o.key_file[i], "made-up words", o.keys[i]));
    }
    *state = &o;
    return 0;
}

static int tear_down(void **state)
{
    struct office *o = *state;
    char command[128];

    linli_store_close(o->store);
    snprintf(command, sizeof(command), "rm -rf '%s'", o->base);
    assert_int_equal(system(command), 0);
    return 0;
}

static struct linli_root root_now(struct office *o)
{
    struct linli_root root;

    assert_ok(linli_root_read(o->store, &root));
    return root;
}

static bool first_stands(void *ctx, const struct linli_root_item *item)
{
    if (item->act == LINLI_ROOT_GRANT)
        *(linli_hash *)ctx = item->id;
    return item->act != LINLI_ROOT_GRANT;
}

static void draft_version(struct office *o, uint64_t oldest)
{
    linli_hash founder;
    struct linli_root_order order = {.act = LINLI_ROOT_VERSION, .threshold = 2, .keys = (const uint8_t(*)[32])o->keys,
                                     .key_count = KEYS, .oldest = oldest, .affirm = &founder, .affirm_count = oldest > 1};

    assert_ok(linli_root_each(o->store, first_stands, &founder));
    assert_ok(linli_root_draft(o->store, &order, o->draft));
}

static void the_first_key_hands_over_to_three_others(void **state)
{
    struct office *o = *state;
    struct linli_root_draft d;
    uint8_t key[32];

    assert_int_equal(root_now(o).version, 1);
    assert_int_equal(root_now(o).threshold, 1);
    draft_version(o, 2);
    assert_code(linli_root_apply(o->store, o->draft, NULL), LINLI_E_WAIT);
    assert_ok(linli_root_sign_here(o->store, o->draft, NULL));
    assert_code(linli_root_sign_here(o->store, o->draft, NULL), LINLI_E_EXISTS);
    assert_code(linli_root_sign(o->draft, NULL, o->key_file[0], "other words"), LINLI_E_KEY);
    assert_ok(linli_root_sign(o->draft, NULL, o->key_file[0], "made-up words"));
    assert_code(linli_root_apply(o->store, o->draft, &d), LINLI_E_WAIT);
    assert_int_equal(d.signer_count, 2);
    assert_int_equal(d.item_count, 2);
    assert_int_equal(d.signers[0].missing, 0);
    assert_int_equal(d.signers[1].missing, 1);
    assert_true(d.signers[1].has_signed[0] && !d.signers[1].has_signed[2]);
    assert_ok(linli_root_sign(o->draft, NULL, o->key_file[2], "made-up words"));
    assert_ok(linli_root_apply(o->store, o->draft, &d));
    assert_ok(linli_root_apply(o->store, o->draft, &d));
    struct linli_root now = root_now(o);
    assert_int_equal(now.version, 2);
    assert_int_equal(now.threshold, 2);
    assert_int_equal(now.key_count, 3);
    assert_int_equal(now.oldest, 2);
    assert_int_equal(now.rivals, 0);
    assert_memory_equal(now.keys[1], o->keys[1], 32);
    /* The first key has nothing to say any more, and can be taken away. */
    char old[96];
    snprintf(old, sizeof(old), "%s/old", o->base);
    assert_ok(linli_root_key_export(o->store, old, "made-up words", key));
    assert_code(linli_root_key_export(o->store, o->draft, "made-up words", key), LINLI_E_NOT_FOUND);
    assert_code(linli_root_sign_here(o->store, o->draft, NULL), LINLI_E_NOT_FOUND);
    assert_code(linli_root_sign(o->draft, NULL, old, "made-up words"), LINLI_E_EXISTS);
    uint8_t read[32];
    assert_ok(linli_root_key_read(old, read));
    assert_memory_equal(read, key, 32);
}

static void files_are_not_written_over_and_are_for_their_owner(void **state)
{
    struct office *o = *state;
    struct stat st;
    uint8_t key[32];
    struct linli_root_draft d;

    assert_code(linli_root_key_make(o->key_file[0], "made-up words", key), LINLI_E_EXISTS);
    assert_code(linli_root_key_make("/nowhere/at/all", "made-up words", key), LINLI_E_NOT_FOUND);
    assert_code(linli_root_key_make(o->draft, "", key), LINLI_E_ARG);
    draft_version(o, 0);
    struct linli_root_order again = {.act = LINLI_ROOT_VERSION, .threshold = 1, .keys = (const uint8_t(*)[32])o->keys, .key_count = 1};
    assert_code(linli_root_draft(o->store, &again, o->draft), LINLI_E_EXISTS);
    const char *const files[] = {o->draft, o->key_file[0]};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(stat(files[i], &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    assert_code(linli_root_draft_read(o->key_file[0], &d, NULL, NULL), LINLI_E_FORMAT);
    assert_code(linli_root_key_read(o->draft, key), LINLI_E_FORMAT);
    assert_code(linli_root_draft_read("/nowhere/at/all", &d, NULL, NULL), LINLI_E_NOT_FOUND);
    assert_code(linli_root_sign(o->draft, NULL, o->key_file[1], "made-up words"), LINLI_OK);
    assert_int_equal(stat(o->draft, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
}

static void what_no_root_may_say_is_not_drafted(void **state)
{
    struct office *o = *state;
    struct linli_root_order order = {.act = LINLI_ROOT_OTHER};
    struct linli_revoke revoke = {.reason = LINLI_REASON_LOST};
    linli_hash id = {{1}};

    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    for (order.act = LINLI_ROOT_VERSION; order.act < LINLI_ROOT_OTHER; order.act = (enum linli_root_act)(order.act + 1))
        assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    order = (struct linli_root_order){.act = LINLI_ROOT_VERSION, .threshold = 4, .keys = (const uint8_t(*)[32])o->keys, .key_count = KEYS};
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    order.threshold = 1;
    order.oldest = 3;
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    order = (struct linli_root_order){.act = LINLI_ROOT_VERSION, .keys = (const uint8_t(*)[32])o->keys};
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    order.key_count = LINLI_ROOT_KEYS_MAX + 1;
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    order = (struct linli_root_order){.act = LINLI_ROOT_GRANT, .role = LINLI_VIEWER + 1};
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    order.role = LINLI_NODE;
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_NOT_FOUND);
    order = (struct linli_root_order){.act = LINLI_ROOT_AFFIRM, .affirm = &id};
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    revoke.admit.b[0] = 1;
    order = (struct linli_root_order){.act = LINLI_ROOT_REVOKE, .revoke = &revoke};
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_ARG);
    revoke.admit.b[0] = 0;
    order = (struct linli_root_order){.act = LINLI_ROOT_REVOKE, .revoke = &revoke};
    assert_code(linli_root_draft(o->store, &order, o->draft), LINLI_E_NOT_FOUND);
    order = (struct linli_root_order){.act = LINLI_ROOT_AFFIRM, .affirm = &id, .affirm_count = 1};
    assert_ok(linli_root_draft(o->store, &order, o->draft));
}

/* --- disks and files that are not what they should be --- */

static void put_file(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static size_t get_file(const char *path, uint8_t *bytes, size_t most)
{
    FILE *file = fopen(path, "rb");

    assert_non_null(file);
    size_t size = fread(bytes, 1, most, file);
    assert_int_equal(fclose(file), 0);
    return size;
}

/* From here on no file grows beyond this; what would, is told as an error. */
static void files_end_at(rlim_t bytes)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void on_a_full_disk_no_file_is_left_half_written(void **state)
{
    struct office *o = *state;
    uint8_t key[32], before[4096], after[4096];
    char late[96], beside[112];

    draft_version(o, 0);
    snprintf(late, sizeof(late), "%s/late", o->base);
    snprintf(beside, sizeof(beside), "%s.new", o->draft);
    size_t size = get_file(o->draft, before, sizeof(before));
    (void)signal(SIGXFSZ, SIG_IGN);
    files_end_at(10);
    int made = linli_root_key_make(late, "made-up words", key);
    int signed_here = linli_root_sign_here(o->store, o->draft, NULL);
    int exported = linli_root_key_export(o->store, late, "made-up words", key);
    files_end_at(RLIM_INFINITY);
    assert_code(made, LINLI_E_DISK);
    assert_code(signed_here, LINLI_E_DISK);
    assert_code(exported, LINLI_E_DISK);
    assert_int_not_equal(access(late, F_OK), 0);
    assert_int_not_equal(access(beside, F_OK), 0);
    assert_int_equal(get_file(o->draft, after, sizeof(after)), size);
    assert_memory_equal(before, after, size);
    assert_ok(linli_root_sign_here(o->store, o->draft, NULL)); /* the key was not taken away */
}

static void what_lies_in_the_way_is_told(void **state)
{
    struct office *o = *state;
    uint8_t key[32];
    char path[128];
    struct linli_root_draft d;

    assert_code(linli_root_key_read(o->base, key), LINLI_E_DISK); /* a folder */
    assert_code(linli_root_draft_read(o->base, &d, NULL, NULL), LINLI_E_DISK);
    snprintf(path, sizeof(path), "%s/below", o->key_file[0]); /* a file is no folder */
    assert_code(linli_root_key_read(path, key), LINLI_E_DISK);
    assert_code(linli_root_key_make(path, "made-up words", key), LINLI_E_DISK);
    draft_version(o, 0);
    snprintf(path, sizeof(path), "%s.new", o->draft);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_code(linli_root_sign_here(o->store, o->draft, NULL), LINLI_E_DISK);
    assert_int_equal(rmdir(path), 0);
    put_file(path, "cut off", 7); /* of an attempt before this one */
    assert_ok(linli_root_sign_here(o->store, o->draft, NULL));
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_key_file_that_was_changed_is_none(void **state)
{
    struct office *o = *state;
    uint8_t file[512] = {0}, key[32];
    size_t size = get_file(o->key_file[0], file, sizeof(file));

    draft_version(o, 0);
    put_file(o->key_file[0], file, size - 1);
    assert_code(linli_root_key_read(o->key_file[0], key), LINLI_E_FORMAT);
    put_file(o->key_file[0], file, size + 1);
    assert_code(linli_root_key_read(o->key_file[0], key), LINLI_E_FORMAT);
    file[0] ^= 1; /* the mark */
    put_file(o->key_file[0], file, size);
    assert_code(linli_root_key_read(o->key_file[0], key), LINLI_E_FORMAT);
    assert_code(linli_root_sign(o->draft, NULL, o->key_file[0], "made-up words"), LINLI_E_FORMAT);
    file[0] ^= 1;
    put_file(o->key_file[0], file, size);
    assert_ok(linli_root_key_read(o->key_file[0], key));
    put_file(o->key_file[0], "", 0);
    assert_code(linli_root_key_read(o->key_file[0], key), LINLI_E_FORMAT);
}

/* As people type it. */
static void a_file_is_named_from_where_one_is(void **state)
{
    struct office *o = *state;
    uint8_t key[32], read[32];

    assert_int_equal(chdir(o->base), 0);
    assert_ok(linli_root_key_make("here", "made-up words", key));
    assert_ok(linli_root_key_read("here", read));
    assert_int_equal(chdir("/"), 0);
    assert_memory_equal(key, read, 32);
}

static bool first_alone(void *ctx, const struct linli_root_item *item)
{
    (void)item;
    ++*(size_t *)ctx;
    return false;
}

static void whoever_has_seen_enough_of_a_draft_is_told_no_more(void **state)
{
    struct office *o = *state;
    struct linli_root_draft d;
    size_t seen = 0;

    draft_version(o, 2);
    assert_ok(linli_root_draft_read(o->draft, &d, first_alone, &seen));
    assert_int_equal(d.item_count, 2);
    assert_int_equal(seen, 1);
}

/* --- memory --- */

static int draft_work(struct office *o)
{
    struct linli_root_draft d;
    struct linli_root_order order = {.act = LINLI_ROOT_VERSION, .threshold = 1, .keys = (const uint8_t(*)[32])o->keys, .key_count = 1};
    int rv = linli_root_draft(o->store, &order, o->draft);

    if (rv == LINLI_OK)
        rv = linli_root_draft_read(o->draft, &d, NULL, NULL);
    if (rv == LINLI_OK)
        rv = linli_root_sign_here(o->store, o->draft, NULL);
    (void)unlink(o->draft);
    return rv;
}

static void without_memory_nothing_is_drafted_or_signed(void **state)
{
    struct office *o = *state;
    bool failed = true;
    size_t n = 0;

    while (failed) {
        heap_fail_at(++n);
        int rv = draft_work(o);
        failed = heap_failed();
        heap_unwatch();
        assert_code(rv, failed ? LINLI_E_NOMEM : LINLI_OK);
    }
    assert_true(n > 10);
    assert_int_equal(root_now(o).version, 1);
}

static bool one(void *ctx, const struct linli_root_item *item)
{
    *(struct linli_root_item *)ctx = *item;
    return true;
}

static bool founder_stands(void *ctx, const struct linli_root_item *item)
{
    if (item->act == LINLI_ROOT_GRANT)
        *(bool *)ctx = item->stands;
    return true;
}

static void the_root_revokes_and_admits_as_nobody_else_can(void **state)
{
    struct office *o = *state;
    struct linli_status status;
    struct linli_root_item item;
    struct linli_root_draft d;
    struct linli_revoke revoke = {.reason = LINLI_REASON_STOLEN, .strict = true};
    struct linli_root_order order = {.act = LINLI_ROOT_REVOKE, .revoke = &revoke};
    char again[96];
    bool stands = false;

    assert_ok(linli_store_status(o->store, &status));
    memcpy(revoke.device, status.replica.key, 32);
    assert_ok(linli_root_draft(o->store, &order, o->draft));
    assert_ok(linli_root_draft_read(o->draft, &d, one, &item));
    assert_int_equal(item.act, LINLI_ROOT_REVOKE);
    assert_int_equal(item.reason, LINLI_REASON_STOLEN);
    assert_int_equal(item.count, 1); /* its log in the root scope */
    assert_memory_equal(item.device, status.replica.key, 32);
    assert_ok(linli_root_sign_here(o->store, o->draft, NULL));
    assert_ok(linli_root_apply(o->store, o->draft, NULL));
    assert_ok(linli_root_each(o->store, founder_stands, &stands)); /* what it let in goes on: it must be affirmed with the rest */
    assert_true(stands);
    struct linli_scope_spec spec = {.name = "Made-up Court", .kind = LINLI_PATCH};
    linli_id scope;
    assert_code(linli_scope_add(o->store, &status.root_scope, &spec, &scope), LINLI_E_REFUSED);
    order = (struct linli_root_order){.act = LINLI_ROOT_GRANT, .role = LINLI_NODE};
    memcpy(order.device, status.replica.key, 32);
    snprintf(again, sizeof(again), "%s/again", o->base);
    assert_ok(linli_root_draft(o->store, &order, again));
    assert_ok(linli_root_sign_here(o->store, again, NULL));
    assert_ok(linli_root_apply(o->store, again, NULL));
    assert_ok(linli_scope_add(o->store, &status.root_scope, &spec, &scope));
}

static bool written(void *ctx, const struct linli_audit *line)
{
    unsigned *counts = ctx;

    counts[line->act] += line->dot.seq > 0 && strcmp(line->state, "signed") == 0;
    return true;
}

static void what_the_root_says_is_a_record_of_the_office_that_applies_it(void **state)
{
    struct office *o = *state;
    struct linli_status status;
    struct linli_audit_query all = {.since_ms = 0};
    struct linli_root_order order = {.act = LINLI_ROOT_GRANT, .role = LINLI_CLERK};
    struct linli_revoke revoke = {.reason = LINLI_REASON_LOST};
    unsigned counts[LINLI_AUDIT_ERASE + 1] = {0};
    char other[96];

    assert_ok(linli_store_status(o->store, &status));
    assert_ok(linli_audit_each(o->store, &all, written, counts));
    assert_int_equal(counts[LINLI_AUDIT_GRANT], 1); /* its own, by which it was founded */
    memcpy(order.device, status.replica.key, 32);
    assert_ok(linli_root_draft(o->store, &order, o->draft));
    assert_ok(linli_root_sign_here(o->store, o->draft, NULL));
    for (unsigned twice = 0; twice < 2; twice++)
        assert_ok(linli_root_apply(o->store, o->draft, NULL));
    snprintf(other, sizeof(other), "%s/other", o->base);
    memcpy(revoke.device, status.replica.key, 32);
    order = (struct linli_root_order){.act = LINLI_ROOT_REVOKE, .revoke = &revoke};
    assert_ok(linli_root_draft(o->store, &order, other));
    assert_ok(linli_root_sign_here(o->store, other, NULL));
    assert_ok(linli_root_apply(o->store, other, NULL)); /* it has nothing to write under any more */
    memset(counts, 0, sizeof(counts));
    assert_ok(linli_audit_each(o->store, &all, written, counts));
    assert_int_equal(counts[LINLI_AUDIT_GRANT], 2);
    assert_int_equal(counts[LINLI_AUDIT_REVOKE], 0);
}

static void what_has_changed_since_it_was_shown_is_not_signed(void **state)
{
    struct office *o = *state;
    struct linli_root_draft shown;
    char other[96];

    draft_version(o, 0);
    assert_ok(linli_root_draft_read(o->draft, &shown, NULL, NULL));
    snprintf(other, sizeof(other), "%s/other", o->base);
    assert_int_equal(rename(o->draft, other), 0);
    draft_version(o, 2); /* somebody puts another in its place */
    assert_code(linli_root_sign_here(o->store, o->draft, shown.fingerprint), LINLI_E_STALE);
    assert_code(linli_root_sign(o->draft, shown.fingerprint, o->key_file[0], "made-up words"), LINLI_E_STALE);
    assert_int_equal(rename(other, o->draft), 0);
    assert_ok(linli_root_sign_here(o->store, o->draft, shown.fingerprint));
    assert_ok(linli_root_sign(o->draft, shown.fingerprint, o->key_file[0], "made-up words"));
}

/* A ruling: the root may say one, and no listing of a draft tells what it says. */
static void what_cannot_be_shown_is_not_signed(void **state)
{
    struct office *o = *state;
    const struct root_document *first = &replica_identity(o->store->replica)->root.first;
    struct ruling r = {.head = {.by_root = true, .root_version = 1, .issuer = first->id, .network = first->id}, .adopt = true};
    struct ruling_item row = {.seq = 1};
    struct buf certificate = {0}, bytes = {0};
    struct arena a = {0};
    struct root_draft d;

    assert_ok(ruling_make(NULL, &r, &row, 1, &certificate));
    assert_ok(root_draft_start(&d, &a, first));
    assert_ok(root_draft_add(&d, buf_span(&certificate)));
    assert_ok(root_draft_write(&d, &bytes));
    FILE *file = fopen(o->draft, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.at, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
    assert_code(linli_root_sign_here(o->store, o->draft, NULL), LINLI_E_VERSION);
    buf_free(&certificate);
    buf_free(&bytes);
    arena_free(&a);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(the_first_key_hands_over_to_three_others),
        CASE(files_are_not_written_over_and_are_for_their_owner),
        CASE(on_a_full_disk_no_file_is_left_half_written),
        CASE(what_lies_in_the_way_is_told),
        CASE(a_key_file_that_was_changed_is_none),
        CASE(a_file_is_named_from_where_one_is),
        CASE(whoever_has_seen_enough_of_a_draft_is_told_no_more),
        CASE(without_memory_nothing_is_drafted_or_signed),
        CASE(what_no_root_may_say_is_not_drafted),
        CASE(the_root_revokes_and_admits_as_nobody_else_can),
        CASE(what_the_root_says_is_a_record_of_the_office_that_applies_it),
        CASE(what_has_changed_since_it_was_shown_is_not_signed),
        CASE(what_cannot_be_shown_is_not_signed),
    };
    return UNIT_RUN(tests);
}
