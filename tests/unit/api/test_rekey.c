/* tests: api: another key for a store: one of the two opens it, whatever cuts the change off. */
#include "unit.h"

#include <linli/linli.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replica/root_key.h"

enum { SEALED_BYTES = XNONCE_BYTES + SIGN_SECRET_BYTES + AEAD_TAG_BYTES };

struct place {
    char dir[256];
    uint8_t old[LINLI_KEY_BYTES], next[LINLI_KEY_BYTES];
};

static struct linli_options options_of(const struct place *p, const uint8_t *key, const char *passphrase)
{
    return (struct linli_options){.size = sizeof(struct linli_options), .dir = p->dir, .key = key, .passphrase = passphrase,
                                  .map_bytes = 1 << 20};
}

static void place_make(struct place *p)
{
    char base[] = "/tmp/linli-rekey-XXXXXX";
    linli_store *store = NULL;

    assert_non_null(mkdtemp(base));
    snprintf(p->dir, sizeof(p->dir), "%s/store", base);
    memset(p->old, 1, sizeof(p->old));
    memset(p->next, 2, sizeof(p->next));
    struct linli_options options = options_of(p, p->old, NULL);
    assert_ok(linli_store_create(&options, LINLI_COMMUNITY, "Made-up Lane", NULL, &store));
    linli_store_close(store);
}

static void place_remove(const struct place *p)
{
    char command[600];

    snprintf(command, sizeof(command), "rm -rf '%s' && rmdir \"$(dirname '%s')\"", p->dir, p->dir);
    assert_int_equal(system(command), 0);
}

static int open_with(const struct place *p, const uint8_t *key, const char *passphrase)
{
    linli_store *store = NULL;
    struct linli_options options = options_of(p, key, passphrase);
    int rv = linli_store_open(&options, &store);

    linli_store_close(store);
    return rv;
}

static int change(const struct place *p, const uint8_t *key, const char *passphrase, const uint8_t *to, const char *to_passphrase)
{
    linli_store *store = NULL;
    struct linli_options options = options_of(p, key, passphrase);

    assert_ok(linli_store_open(&options, &store));
    int rv = linli_store_rekey(store, to, to_passphrase);
    linli_store_close(store);
    return rv;
}

static void path_of(const struct place *p, const char *name, char path[300])
{
    snprintf(path, 300, "%s/%s", p->dir, name);
}

static size_t file_read(const struct place *p, const char *name, uint8_t *out, size_t room)
{
    char path[300];

    path_of(p, name, path);
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t size = fread(out, 1, room, file);
    fclose(file);
    return size;
}

static void file_write(const struct place *p, const char *name, const uint8_t *at, size_t size)
{
    char path[300];

    path_of(p, name, path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(at, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static bool root_opens(const struct place *p, const uint8_t *key)
{
    uint8_t sealed[SEALED_BYTES + 1], secret[SIGN_SECRET_BYTES];

    return file_read(p, "root.key", sealed, sizeof(sealed)) == SEALED_BYTES &&
           box_open(key, span_of("root.key", sizeof("root.key")), span_of(sealed, SEALED_BYTES), secret) == LINLI_OK;
}

static bool exists(const struct place *p, const char *name)
{
    char path[300];

    path_of(p, name, path);
    return access(path, F_OK) == 0;
}

static void only_the_newest_key_opens(void **state)
{
    struct place p;

    (void)state;
    place_make(&p);
    assert_true(root_opens(&p, p.old));
    assert_ok(change(&p, p.old, NULL, p.next, NULL));
    assert_code(open_with(&p, p.old, NULL), LINLI_E_KEY);
    assert_ok(open_with(&p, p.next, NULL));
    assert_true(root_opens(&p, p.next) && !exists(&p, "root.key.new"));
    assert_ok(change(&p, p.next, NULL, NULL, "made-up words"));
    assert_code(open_with(&p, p.next, NULL), LINLI_E_KEY);
    assert_code(open_with(&p, NULL, "other words"), LINLI_E_KEY);
    assert_ok(open_with(&p, NULL, "made-up words"));
    assert_ok(change(&p, NULL, "made-up words", p.old, NULL));
    assert_ok(open_with(&p, p.old, NULL));
    assert_true(root_opens(&p, p.old));
    place_remove(&p);
}

/* The same handle goes on, closes its files and opens them again. */
static void the_open_store_works_on_under_the_new_key(void **state)
{
    struct place p;
    linli_store *store = NULL;
    linli_id id;
    struct linli_scope_spec spec = {.name = "made-up patch", .kind = LINLI_PATCH};
    struct linli_status status;

    (void)state;
    place_make(&p);
    struct linli_options options = options_of(&p, p.old, NULL);
    assert_ok(linli_store_open(&options, &store));
    assert_code(linli_store_rekey(store, NULL, NULL), LINLI_E_ARG);
    assert_code(linli_store_rekey(store, p.next, "both"), LINLI_E_ARG);
    assert_ok(linli_store_rekey(store, p.next, NULL));
    assert_ok(linli_store_status(store, &status));
    assert_ok(linli_scope_add(store, &status.root_scope, &spec, &id));
    assert_ok(linli_store_suspend(store));
    assert_ok(linli_store_resume(store));
    assert_ok(linli_store_status(store, &status));
    linli_store_close(store);
    place_remove(&p);
}

/* Cut off before the commit: the old key's file stays. After it, before the file was put in place: the new one's does. */
static void opening_settles_what_was_cut_off(void **state)
{
    struct place p;
    uint8_t before[SEALED_BYTES], after[SEALED_BYTES];

    (void)state;
    place_make(&p);
    assert_int_equal(file_read(&p, "root.key", before, sizeof(before)), SEALED_BYTES);
    struct rng rng = rng_system();
    assert_ok(root_key_prepare(p.dir, p.old, p.next, &rng)); /* and then the power went */
    assert_true(exists(&p, "root.key.new"));
    assert_code(open_with(&p, p.next, NULL), LINLI_E_KEY);
    assert_true(exists(&p, "root.key.new")); /* a wrong key settles nothing */
    assert_ok(open_with(&p, p.old, NULL));
    assert_true(root_opens(&p, p.old) && !exists(&p, "root.key.new"));

    assert_ok(change(&p, p.old, NULL, p.next, NULL));
    assert_int_equal(file_read(&p, "root.key", after, sizeof(after)), SEALED_BYTES);
    file_write(&p, "root.key.new", after, sizeof(after)); /* as it lay between the commit and the renaming */
    file_write(&p, "root.key", before, sizeof(before));
    assert_ok(open_with(&p, p.next, NULL));
    assert_true(root_opens(&p, p.next) && !exists(&p, "root.key.new"));
    place_remove(&p);
}

static void a_root_key_that_was_moved_away_is_not_missed(void **state)
{
    struct place p;
    char path[300];

    (void)state;
    place_make(&p);
    path_of(&p, "root.key", path);
    assert_int_equal(unlink(path), 0);
    assert_ok(change(&p, p.old, NULL, p.next, NULL));
    assert_false(exists(&p, "root.key"));
    assert_ok(open_with(&p, p.next, NULL));
    place_remove(&p);
}

struct changing {
    struct place *p;
    linli_store *store;
};

static int change_once(void *ctx)
{
    struct changing *c = ctx;

    return linli_store_rekey(c->store, c->p->next, NULL);
}

static void memory_that_runs_out_leaves_the_old_key(void **state)
{
    struct place p;
    struct changing c = {&p, NULL};

    (void)state;
    place_make(&p);
    struct linli_options options = options_of(&p, p.old, NULL);
    assert_ok(linli_store_open(&options, &c.store));
    assert_true(heap_each_failure(change_once, &c) >= 1);
    linli_store_close(c.store);
    assert_ok(open_with(&p, p.next, NULL));
    assert_true(root_opens(&p, p.next));
    place_remove(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_newest_key_opens),
        cmocka_unit_test(the_open_store_works_on_under_the_new_key),
        cmocka_unit_test(opening_settles_what_was_cut_off),
        cmocka_unit_test(a_root_key_that_was_moved_away_is_not_missed),
        cmocka_unit_test(memory_that_runs_out_leaves_the_old_key),
    };
    return UNIT_RUN(tests);
}
